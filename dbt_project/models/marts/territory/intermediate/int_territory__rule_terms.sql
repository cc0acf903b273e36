-- The alternatives in the cells of territory rules.
-- Grain: one row per dimension, cell and alternative.
--   1. term is what is compared, written what the sheet says
--   2. depth is how small a place is: 1 country, 2 region, 3 city (and county of the US), 4 district, postal code or circle; 0 is no place
--   3. a postal code stands for all that begin with one between postal_from and postal_to; a single code stands for itself
--   4. of a region that was left out the country is asked for, or that none is known (an empty term)
-- Not here: who meets them (int_territory__value_terms).
with rules as (
    select * from {{ ref('int_territory__rules') }}
),

written_terms as (
    {%- for dimension in ['country', 'region', 'division', 'city', 'postal', 'industry', 'size', 'potential', 'product', 'customer'] %}
    select '{{ dimension }}' as dimension, {{ dimension }}_cell as cell, {{ alternatives(dimension ~ '_cell') }} as written
    from (select distinct {{ dimension }}_cell from rules where {{ dimension }}_cell <> '')

    union all
    {% endfor %}
    select distinct 'circle' as dimension, circle_cell as cell, circle_cell as written from rules where circle_cell <> ''
),

terms as (
    select
        dimension,
        cell,
        case
            when dimension = 'city' then {{ comparable_city('written') }}
            when dimension = 'country' and cell like 'of %' then lower(substr(replace(written, 'of ', ''), 1, 2))
            else lower(trim(written))
        end as term,
        min(written) as written
    from written_terms
    where written <> ''
    group by all

    union all

    select distinct dimension, cell, '' as term, 'unknown' as written
    from written_terms
    where dimension = 'country' and cell like 'of %'
),

circles as (
    select distinct circle_cell, latitude, longitude, within_km from rules where circle_cell <> ''
),

final as (
    select
        -- text
        terms.dimension,
        terms.cell,
        terms.term,
        terms.written,
        case
            when terms.dimension <> 'postal' then null
            when instr(terms.written, '..') > 0 then substr(terms.written, 1, instr(terms.written, '..') - 1)
            else replace(terms.written, '*', '')
        end as postal_from,
        case
            when terms.dimension <> 'postal' then null
            when instr(terms.written, '..') > 0 then substr(terms.written, instr(terms.written, '..') + 2)
            else replace(terms.written, '*', '')
        end as postal_to,

        -- numbers
        cast(
            case
                when terms.dimension = 'country' then 1
                when terms.dimension = 'region' then 2
                when terms.dimension = 'division' and (terms.term like '%-%' or terms.term like '%0000') then 2
                when terms.dimension = 'division' and (length(terms.term) = 5 or terms.term like '%00') then 3
                when terms.dimension = 'city' then 3
                when terms.dimension in ('division', 'postal', 'circle') then 4
                else 0
            end as bigint
        ) as depth,
        circles.latitude,
        circles.longitude,
        circles.within_km,

        -- flags
        terms.dimension = 'postal' and terms.written not like '%*%' and instr(terms.written, '..') = 0 as is_single_postal
    from terms
    left join circles on terms.dimension = 'circle' and terms.cell = circles.circle_cell
)

select * from final
