-- Which industry (行业) lies below which, in the words of exports and of rules, in lower case.
-- Grain: one row per industry, industry at or above it, and period.
--   1. levels from the top down: 1 is an industry without one above it
--   2. from every word up to the top, in the periods in which nothing of the way changes
--   3. words that share an industry_code are one industry: whoever is at or above one is at or above the other
--   4. a word is itself also on days on which the sheet does not know it; a word that it never knows is not here
-- Not here: the codes of the national lists (dim_customers). Circles are refused at the door to rules/.
with recursive
industries as (
    select
        {{ comparable('industry') }} as word,
        industry_code,
        {{ comparable('parent_industry') }} as parent_word,
        valid_from,
        valid_to
    from {{ ref('stg_rule_industries') }}
),

roots as (
    select children.*
    from industries as children
    left join industries as parents on children.parent_word = parents.word
    where parents.word is null
),

levels as (
    select
        word,
        cast(1 as bigint) as level,
        valid_from,
        valid_to,
        '|' || word || '|' as path
    from roots

    union all

    select
        children.word,
        levels.level + 1 as level,
        greatest(children.valid_from, levels.valid_from) as valid_from,
        {{ closed_end('least(' ~ open_end('children.valid_to') ~ ', ' ~ open_end('levels.valid_to') ~ ')') }} as valid_to,
        levels.path || children.word || '|' as path
    from levels
    inner join industries as children
        on
            levels.word = children.parent_word
            and {{ periods_meet('children', 'levels') }}
    where instr(levels.path, '|' || children.word || '|') = 0
),

climbed as (
    select word, word as ancestor, level, valid_from, valid_to from levels

    union all

    select
        climbed.word,
        industries.parent_word as ancestor,
        climbed.level - 1 as level,
        climbed.valid_from,
        climbed.valid_to
    from climbed
    inner join industries
        on
            climbed.ancestor = industries.word
            and {{ holds_on('industries', 'climbed.valid_from') }}
    where climbed.level > 1
),

synonyms as (
    select
        climbed.word,
        others.word as ancestor,
        climbed.level,
        greatest(climbed.valid_from, codes.valid_from, others.valid_from) as valid_from,
        least({{ open_end('climbed.valid_to') }}, {{ open_end('codes.valid_to') }}, {{ open_end('others.valid_to') }}) as until
    from climbed
    inner join industries as codes on climbed.ancestor = codes.word and {{ periods_meet('climbed', 'codes') }}
    inner join industries as others on codes.industry_code = others.industry_code and {{ periods_meet('codes', 'others') }}
),

ends as (
    select
        word,
        lag(valid_to) over (partition by word order by valid_from) as gap_from,
        valid_from as gap_to,
        row_number() over (partition by word order by valid_from) = 1 as is_first
    from industries

    union all

    select word, max(valid_to) as gap_from, cast(null as date) as gap_to, false as is_first
    from industries
    group by word
    having count(*) = count(valid_to)
),

final as (
    select distinct
        -- text
        word as industry,
        ancestor as upper_industry,

        -- numbers
        level,

        -- dates
        valid_from,
        {{ closed_end('until') }} as valid_to
    from synonyms
    where valid_from < until

    union all

    select
        word as industry,
        word as upper_industry,
        cast(1 as bigint) as level,
        case when is_first then cast('0001-01-01' as date) else gap_from end as valid_from,
        gap_to as valid_to
    from ends
    where is_first or gap_from < {{ open_end('gap_to') }}
)

select * from final
