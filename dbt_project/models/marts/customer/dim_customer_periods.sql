-- What the customers were (客户档案), and from when to when: all that rules look at, as its sources write it.
-- Grain: one row per customer and period.
--   1. exports do not say since when: other values count from the as-of date of the night that first saw them, what was seen first from the
--      beginning, so that it reaches back
--   2. the last period, without an end, holds tonight's values; those before it stand in the record (home: record/customer_values/)
--   3. other values than those recorded last have the next version_number; by it the record knows that it lacks them. A second refresh
--      of one day says better what the first one said of that day
--   4. a past day that was recorded is told with the values that were recorded of it, and with nothing that later nights wrote
--   5. products count like all else: from the night that first sees a deal of it; more deals of it change nothing
-- Not here: ids that are no longer in use, and values that no rule looks at (dim_customers has them as of tonight).
-- noqa: disable=layout.indent
with night as (
    select
        company.as_of_date,
        coalesce(max(case when nights.recorded_on <= company.as_of_date then nights.night end), 0) as last_night,
        min(case when nights.recorded_on = company.as_of_date then nights.night end) as same_day_night,
        coalesce(max(nights.recorded_on) > company.as_of_date, false)
        and count(case when nights.recorded_on = company.as_of_date then 1 end) > 0 as is_told_again
    from {{ ref('stg_company') }} as company
    left join {{ ref('stg_record_nights') }} as nights on nights.night > 0
    group by company.as_of_date
),

recorded as (
    select customer_values.*
    from {{ ref('stg_record_customer_values') }} as customer_values
    inner join night on customer_values.night <= night.last_night
),

moved as (
    select customer_id, max(place) as place
    from recorded
    where place > 1
    group by customer_id
),

newest as (
    select recorded.*
    from recorded
    left join moved on recorded.customer_id = moved.customer_id
    where recorded.place = coalesce(moved.place, 1)
),

tonight as (
    select
        customers.customer_id,
        customers.is_active,
        customers.customer_name,
        customers.country_code,
        customers.region_code,
        customers.division_code,
        customers.city_name,
        customers.postal_code,
        round(customers.latitude, 5) as latitude,
        round(customers.longitude, 5) as longitude,
        customers.place_precision,
        customers.industry_code,
        customers.size_band,
        customers.potential_band,
        products.products
    from {{ ref('dim_customers') }} as customers
    left join {{ ref('int_customer__products') }} as products on customers.customer_id = products.customer_id
),

compared as (
    select
        tonight.*,
        newest.place,
        newest.night,
        newest.valid_from,
        {%- for column in recorded_values() %}
        newest.{{ column }} as recorded_{{ column }},
        {%- endfor %}
        {%- for column in recorded_values() %}
        {% if not loop.first %}or {% endif %}(tonight.{{ column }} is distinct from newest.{{ column }})
        {%- endfor %} as is_other
    from tonight
    left join newest on tonight.customer_id = newest.customer_id
),

current_values as (
    select
        compared.customer_id,
        {%- for column in recorded_values() %}
        case
            when night.is_told_again and compared.place is not null then compared.recorded_{{ column }} else compared.{{ column }}
        end as {{ column }},
        {%- endfor %}
        case
            when compared.place is null then 1
            when compared.is_other and not night.is_told_again then compared.place + 1
            else compared.place
        end as version_number,
        compared.is_active,
        case
            when compared.place is null then cast('0001-01-01' as date)
            when compared.is_other and not night.is_told_again and compared.night < coalesce(night.same_day_night, compared.night + 1)
                then night.as_of_date
            else compared.valid_from
        end as valid_from
    from compared
    cross join night
),

begun as (
    select customer_id, is_active, valid_from
    from current_values
    where valid_from > cast('0001-01-01' as date)
),

former_values as (
    select
        recorded.*,
        begun.is_active,
        begun.valid_from as last_from,
        row_number() over (partition by recorded.customer_id, recorded.valid_from order by recorded.place desc) as place_rank
    from recorded
    inner join begun on recorded.customer_id = begun.customer_id and recorded.valid_from < begun.valid_from
),

periods as (
    select
        customer_id,
        {%- for column in recorded_values() %}
        {{ column }},
        {%- endfor %}
        version_number,
        is_active,
        valid_from,
        cast(null as date) as valid_to
    from current_values

    union all

    select
        customer_id,
        {%- for column in recorded_values() %}
        {{ column }},
        {%- endfor %}
        place as version_number,
        is_active,
        valid_from,
        lead(valid_from, 1, last_from) over (partition by customer_id order by valid_from) as valid_to
    from former_values
    where place_rank = 1
),

final as (
    select
        -- ids
        customer_id,

        -- text
        {%- for column in recorded_values() if column not in ['latitude', 'longitude'] %}
        {{ column }},
        {%- endfor %}

        -- numbers
        latitude,
        longitude,
        version_number,

        -- dates
        valid_from,
        valid_to,

        -- flags
        is_active
    from periods
)

select * from final
