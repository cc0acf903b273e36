"""What CRMs export: the canonical entities, and the fields that a source mapping may fill.

Here: names, types after cleaning, one sentence each. Not here: the tables made of them (tables.py), what one CRM calls a
field (sources/<crm>/source.yml).
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entity:
    """One kind of thing that CRMs export: the canonical fields a source mapping may fill.

    `fields` maps a canonical column to (type after cleaning, sentence). `record_id` is always the key and not listed.
    """

    name: str
    sentence: str
    fields: dict[str, tuple[str, str]]


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            name="customers",
            sentence="A company or person that is sold to, as one CRM writes it (客户).",
            fields={
                "name": ("text", "Name as written."),
                "credit_code": ("text", "统一社会信用代码, the Chinese register number of 18 characters."),
                "registry_id": ("text", "Any other company register number."),
                "parent_record_id": ("text", "record_id of the parent company in the same source."),
                "parent_name": ("text", "Name of the parent company where the source gives no id."),
                "phone": ("text", "Main telephone number."),
                "email": ("text", "Main e-mail address."),
                "website": ("text", "Web site."),
                "address": ("text", "Whole address as free text, where it does not come in parts."),
                "street": ("text", "Street and house number."),
                "district": ("text", "District or county (区县)."),
                "city": ("text", "City (市)."),
                "region": ("text", "State, province or region (省): name or code."),
                "postal_code": ("text", "Postal code."),
                "country": ("text", "Country: name or ISO code."),
                "latitude": ("double", "Latitude in degrees as given."),
                "longitude": ("double", "Longitude in degrees as given."),
                "industry": ("text", "Industry in the source's own words, after its value list."),
                "size_band": ("text", "Size band in the source's own words, after its value list."),
                "employee_count": ("integer", "Number of employees."),
                "annual_revenue_amount": ("decimal", "Yearly revenue in currency_code."),
                "currency_code": ("text", "ISO 4217 code of the amounts; empty means the source's default."),
                "owner_user_id": ("text", "Id of the user who owns the record in the source (归属)."),
                "territory_id": ("text", "Id of the territory that the source itself holds for the record."),
                "created_at": ("timestamp", "When the record was made in the source."),
                "modified_at": ("timestamp", "When the record was last changed in the source."),
                "is_deleted": ("boolean", "The source marks the record as deleted."),
            },
        ),
        Entity(
            name="opportunities",
            sentence="A deal, won, lost or open (商机).",
            fields={
                "name": ("text", "Name of the deal."),
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "owner_user_id": ("text", "Id of the user who owns the deal."),
                "territory_id": ("text", "Id of the territory that the deal itself carries."),
                "product": ("text", "Product or product line, after the source's value list."),
                "stage": ("text", "Stage in the source's own words."),
                "outcome": ("text", "won, lost or open: what the source's value list makes of the stage."),
                "amount": ("decimal", "Amount in currency_code."),
                "currency_code": ("text", "ISO 4217 code; empty means the source's default."),
                "opened_date": ("date", "Day the deal was opened."),
                "closed_date": ("date", "Day the deal was won or lost, or is expected to be."),
                "modified_at": ("timestamp", "When the record was last changed in the source."),
                "is_deleted": ("boolean", "The source marks the record as deleted."),
            },
        ),
        Entity(
            name="orders",
            sentence="An order or signed contract (订单).",
            fields={
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "owner_user_id": ("text", "Id of the user who is credited with the order."),
                "territory_id": ("text", "Id of the territory that the order itself carries."),
                "amount": ("decimal", "Amount in currency_code."),
                "currency_code": ("text", "ISO 4217 code; empty means the source's default."),
                "ordered_date": ("date", "Day of the order."),
                "status": ("text", "Status in the source's own words."),
                "modified_at": ("timestamp", "When the record was last changed in the source."),
                "is_deleted": ("boolean", "The source marks the record as deleted."),
            },
        ),
        Entity(
            name="reps",
            sentence="A person who sells or leads those who do (销售).",
            fields={
                "name": ("text", "Name of the person."),
                "user_name": ("text", "Login name, used by row access."),
                "manager_user_id": ("text", "record_id of the manager in the same source."),
                "is_active": ("boolean", "False once the person has left."),
            },
        ),
        Entity(
            name="territories",
            sentence="A sales territory that the source itself keeps (区域).",
            fields={
                "name": ("text", "Name of the territory."),
                "parent_territory_id": ("text", "record_id of the territory above."),
                "manager_user_id": ("text", "record_id of the person who leads it."),
            },
        ),
        Entity(
            name="rep_territories",
            sentence="Which person works which territory, from when to when.",
            fields={
                "user_id": ("text", "record_id of the person."),
                "territory_id": ("text", "record_id of the territory."),
                "role": ("text", "owner, manager, overlay or support; empty means owner."),
                "valid_from": ("date", "First day."),
                "valid_to": ("date", "First day no longer (exclusive); empty means still."),
            },
        ),
        Entity(
            name="quotas",
            sentence="What a person or a territory is to sell in the period that starts on a day (目标).",
            fields={
                "user_id": ("text", "record_id of the person."),
                "territory_id": ("text", "record_id of the territory, where the quota is the territory's own."),
                "quota_date": ("date", "First day of the period; the quota counts in that day's month."),
                "amount": ("decimal", "Amount in currency_code."),
                "currency_code": ("text", "ISO 4217 code; empty means the source's default."),
            },
        ),
    )
}
