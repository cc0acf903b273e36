-- Which value of customers meets which term of a rule, and which values meet the same terms.
-- Grain: one row per dimension, value, term and period.
--   1. only values that customers have and terms that rules ask for, each distinct value once however many customers have it
--   2. country, region, city, size, potential: equal; a division: itself and those above it; a customer: its name or its
--      customer_id, or a retired id that leads to it now, whatever the day: that two records are one customer was so before we learned it
--   3. a postal code: equal, or its beginning within the range; a point: within the circle's kilometres, which cells of a grid find first
--   4. an industry: itself and those above it in the sheet's tree on that day, level 1 at the top; a product: any in the customer's list
--   5. facet numbers the values of a dimension that meet exactly the same terms: rules cannot tell them apart
with customer_values as (
    select * from {{ ref('int_territory__customer_values') }}
),

terms as (
    select distinct
        dimension,
        term,
        postal_from,
        postal_to,
        is_single_postal,
        latitude,
        longitude,
        within_km
    from {{ ref('int_territory__rule_terms') }}
),

tree as (
    select * from {{ ref('bridge_industry_levels') }}
),

written_values as (
    {%- for dimension in ['country', 'region', 'city', 'size', 'potential'] %}
    select '{{ dimension }}' as dimension, {{ dimension }}_value as value, {{ dimension }}_value as term
    from (select distinct {{ dimension }}_value from customer_values where {{ dimension }}_value is not null) as distinct_values

    union all
    {% endfor %}
    select 'customer' as dimension, customer_value as value, customer_name_value as term from customer_values

    union all

    select 'customer' as dimension, customer_value as value, {{ comparable('customer_id') }} as term from customer_values

    union all

    select 'customer' as dimension, customer_values.customer_value as value, {{ comparable('redirects.old_customer_id') }} as term
    from {{ ref('customer_id_redirects') }} as redirects
    inner join customer_values on redirects.customer_id = customer_values.customer_id

    union all

    select distinct 'product' as dimension, product_value as value, {{ alternatives('product_value') }} as term
    from (select distinct product_value from customer_values where product_value is not null) as distinct_values
),

divisions as (
    select
        division_value as value,
        substr(division_value, 1, instr(division_value, ':') - 1) as region,
        substr(division_value, instr(division_value, ':') + 1) as code
    from (select distinct division_value from customer_values where division_value is not null) as distinct_values
),

division_levels as (
    select value, region as term from divisions
    union
    select value, code as term from divisions
    union
    select value, substr(code, 1, 4) || '00' as term from divisions where length(code) = 6
    union
    select value, substr(code, 1, 2) || '0000' as term from divisions where length(code) = 6
),

industry_levels as (
    select industry as value, upper_industry as term, level, valid_from, valid_to from tree

    union all

    select
        industry_value as value,
        industry_value as term,
        cast(1 as bigint) as level,
        cast('0001-01-01' as date) as valid_from,
        cast(null as date) as valid_to
    from (select distinct industry_value from customer_values where industry_value is not null) as distinct_values
    where industry_value not in (select industry from tree)
),

postal_codes as (
    select distinct postal_value as value from customer_values where postal_value is not null
),

circles as (
    select
        term,
        latitude,
        longitude,
        within_km,
        within_km / 111.19 as reach,
        -- 2026-11-22: cells about as large as the circle, so that it lies in few of them; a sixteenth of a degree is 7 km
        power(2, least(6, greatest(-4, ceil(log2(within_km / 111.19))))) as cell_size,
        case
            when abs(latitude) + within_km / 111.19 >= 89 then 180.0
            else least(180.0, degrees(asin(least(1.0, sin(radians(within_km / 111.19)) / cos(radians(latitude))))) * 1.01 + 0.0001)
        end as reach_east
    from terms
    where dimension = 'circle'
),

circle_rows as (
    select
        *,
        {{ numbers_between(
            'cast(floor((latitude - reach * 1.01) / cell_size) as bigint)', 'cast(floor((latitude + reach * 1.01) / cell_size) as bigint)'
        ) }} as cell_north
    from circles
),

circle_turns as (
    select circle_rows.*, turns.turn
    from circle_rows
    cross join (values (-360.0), (0.0), (360.0)) as turns (turn)
),

circle_cells as (
    select
        *,
        {{ numbers_between(
            'cast(floor((longitude + turn - reach_east) / cell_size) as bigint)',
            'cast(floor((longitude + turn + reach_east) / cell_size) as bigint)'
        ) }} as cell_east
    from circle_turns
),

points as (
    select
        circle_value as value,
        min(latitude) as latitude,
        min(longitude) as longitude
    from customer_values
    where circle_value is not null and exists (select 1 from circles)
    group by circle_value
),

point_cells as (
    select
        points.*,
        sizes.cell_size,
        cast(floor(points.latitude / sizes.cell_size) as bigint) as cell_north,
        cast(floor(points.longitude / sizes.cell_size) as bigint) as cell_east
    from points
    cross join (select distinct cell_size from circles) as sizes
),

points_in_circles as (
    select distinct
        point_cells.value,
        circle_cells.term
    from point_cells
    inner join circle_cells
        on
            point_cells.cell_size = circle_cells.cell_size
            and point_cells.cell_north = circle_cells.cell_north
            and point_cells.cell_east = circle_cells.cell_east
    where
        {{ kilometres_between('circle_cells.latitude', 'circle_cells.longitude', 'point_cells.latitude', 'point_cells.longitude') }}
        <= circle_cells.within_km
),

met as (
    select distinct
        written_values.dimension,
        written_values.value,
        terms.term,
        cast(0 as bigint) as level,
        cast('0001-01-01' as date) as valid_from,
        cast(null as date) as valid_to
    from written_values
    inner join terms on written_values.dimension = terms.dimension and written_values.term = terms.term

    union all

    select 'division' as dimension, levels.value, terms.term, 0 as level, cast('0001-01-01' as date) as valid_from, null as valid_to
    from division_levels as levels
    inner join terms on terms.dimension = 'division' and levels.term = terms.term

    union all

    select 'industry' as dimension, levels.value, terms.term, levels.level, levels.valid_from, levels.valid_to
    from industry_levels as levels
    inner join terms on terms.dimension = 'industry' and levels.term = terms.term
    where levels.value in (select industry_value from customer_values)

    union all

    select 'postal' as dimension, postal_codes.value, terms.term, 0 as level, cast('0001-01-01' as date) as valid_from, null as valid_to
    from postal_codes
    inner join terms on terms.dimension = 'postal' and terms.is_single_postal and postal_codes.value = terms.postal_from

    union all

    select 'postal' as dimension, postal_codes.value, terms.term, 0 as level, cast('0001-01-01' as date) as valid_from, null as valid_to
    from postal_codes
    inner join terms
        on
            terms.dimension = 'postal'
            and not terms.is_single_postal
            and substr(postal_codes.value, 1, length(terms.postal_from)) between terms.postal_from and terms.postal_to

    union all

    select 'circle' as dimension, value, term, 0 as level, cast('0001-01-01' as date) as valid_from, cast(null as date) as valid_to
    from points_in_circles
),

signatures as (
    select
        dimension,
        value,
        {{ dbt.listagg(
            "term || ' ' || level || ' ' || valid_from || ' ' || coalesce(cast(valid_to as varchar), '')",
            "'|'",
            "order by term, level, valid_from, valid_to"
        ) }} as signature
    from met
    group by dimension, value
),

facets as (
    select
        dimension,
        value,
        dense_rank() over (partition by dimension order by signature) as facet
    from signatures
),

final as (
    select
        -- text
        met.dimension,
        met.value,
        met.term,

        -- numbers
        facets.facet,
        met.level,

        -- dates
        met.valid_from,
        met.valid_to
    from met
    inner join facets on met.dimension = facets.dimension and met.value = facets.value
)

select * from final
