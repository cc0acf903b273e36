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
                "short_name": ("text", "Short name (简称), where the source keeps one beside the full name."),
                "credit_code": ("text", "统一社会信用代码, the Chinese register number of 18 characters."),
                "registry_id": ("text", "Any other company register number."),
                "parent_record_id": ("text", "record_id of the parent company in the same source."),
                "parent_name": ("text", "Name of the parent company where the source gives no id."),
                "phone": ("text", "Main telephone number; clean.*: E.164 (+ and digits), null where it cannot be read."),
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
                "owner_changed_at": ("timestamp", "When the record last got another owner, where the source says so."),
                "territory_id": ("text", "Id of the territory that the source itself holds for the record."),
                "pool_id": ("text", "Id of the public pool (公海) the record lies in or came from."),
                "claimed_at": ("timestamp", "When the owner claimed the record or was given it."),
                "expires_at": ("timestamp", "When the source itself means to take the record back into the pool."),
                "last_activity_at": ("timestamp", "When somebody last followed up, as the source counts it."),
                "return_reason": ("text", "Why the record was last returned or taken back, in the source's own words."),
                "merged_into_record_id": ("text", "record_id of the record that this one was merged into."),
                "created_at": ("timestamp", "When the record was made in the source."),
                "modified_at": ("timestamp", "When the record was last changed in the source."),
                "is_deleted": ("boolean", "The source marks the record as deleted."),
            },
        ),
        Entity(
            name="contacts",
            sentence="A person at a customer (联系人).",
            fields={
                "name": ("text", "Name of the person."),
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "title": ("text", "Position in the company."),
                "phone": ("text", "Telephone number; clean.*: E.164."),
                "mobile": ("text", "Mobile telephone number; clean.*: E.164."),
                "email": ("text", "E-mail address."),
                "owner_user_id": ("text", "Id of the user who owns the contact."),
                "merged_into_record_id": ("text", "record_id of the contact that this one was merged into."),
                "created_at": ("timestamp", "When the record was made in the source."),
                "modified_at": ("timestamp", "When the record was last changed in the source."),
                "is_deleted": ("boolean", "The source marks the record as deleted."),
            },
        ),
        Entity(
            name="leads",
            sentence="Somebody who may become a customer (线索).",
            fields={
                "name": ("text", "Name of the person or of the lead."),
                "company_name": ("text", "Name of the company."),
                "phone": ("text", "Telephone number; clean.*: E.164."),
                "mobile": ("text", "Mobile telephone number; clean.*: E.164."),
                "email": ("text", "E-mail address."),
                "address": ("text", "Whole address as free text, where it does not come in parts."),
                "street": ("text", "Street and house number."),
                "district": ("text", "District or county (区县)."),
                "city": ("text", "City (市)."),
                "region": ("text", "State, province or region (省): name or code."),
                "postal_code": ("text", "Postal code."),
                "country": ("text", "Country: name or ISO code."),
                "industry": ("text", "Industry in the source's own words, after its value list."),
                "lead_source": ("text", "Where the lead came from, in the source's own words."),
                "status": ("text", "Status in the source's own words."),
                "owner_user_id": ("text", "Id of the user who works the lead."),
                "owner_changed_at": ("timestamp", "When the lead last got another owner, where the source says so."),
                "territory_id": ("text", "Id of the territory that the lead itself carries."),
                "pool_id": ("text", "Id of the public pool (线索池) the lead lies in or came from."),
                "converted_customer_record_id": ("text", "record_id of the customer that the lead became."),
                "converted_opportunity_record_id": ("text", "record_id of the deal that the lead became."),
                "converted_at": ("timestamp", "When the lead was converted."),
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
            name="payments",
            sentence="Money that a customer paid (回款).",
            fields={
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "order_record_id": ("text", "record_id of the order it pays."),
                "owner_user_id": ("text", "Id of the user who is credited with the payment."),
                "amount": ("decimal", "Amount in currency_code; negative for a refund."),
                "currency_code": ("text", "ISO 4217 code; empty means the source's default."),
                "paid_date": ("date", "Day the money arrived."),
                "status": ("text", "Status in the source's own words."),
                "modified_at": ("timestamp", "When the record was last changed in the source."),
                "is_deleted": ("boolean", "The source marks the record as deleted."),
            },
        ),
        Entity(
            name="activities",
            sentence="Something a person did about a customer, a deal or a lead: a call, a visit, a task (跟进).",
            fields={
                "kind": ("text", "What it was, in the source's own words: call, visit, meeting, task, e-mail."),
                "subject": ("text", "What it was about."),
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "opportunity_record_id": ("text", "record_id of the deal."),
                "lead_record_id": ("text", "record_id of the lead."),
                "contact_record_id": ("text", "record_id of the contact."),
                "owner_user_id": ("text", "Id of the user who did it."),
                "activity_at": ("timestamp", "When it took place."),
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
                "email": ("text", "E-mail address: the same person in another system has the same one."),
                "employee_number": ("text", "The company's own number of the person (工号)."),
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
                "is_active": ("boolean", "False once the territory is closed."),
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
            name="customer_territories",
            sentence="A territory that the source itself holds for a customer; there may be several.",
            fields={
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "territory_id": ("text", "record_id of the territory."),
                "cause": ("text", "How it came about, after the value list: rule or manual."),
                "assigned_at": ("timestamp", "When the territory was assigned."),
                "assigned_by_user_id": ("text", "Id, or name, of the user who assigned it."),
                "is_deleted": ("boolean", "The source marks the link as deleted."),
            },
        ),
        Entity(
            name="customer_members",
            sentence="A person who works on a customer beside its owner (相关团队).",
            fields={
                "customer_record_id": ("text", "record_id of the customer in the same source."),
                "user_id": ("text", "record_id of the person."),
                "role": ("text", "owner, collaborator or the source's own word, after the value list."),
                "permission": ("text", "read or write, after the value list."),
                "share_ratio": ("double", "Share of the credit, 0 to 1, where the source keeps one."),
            },
        ),
        Entity(
            name="owner_changes",
            sentence="A change of owner that the source itself recorded: its own history, not a difference of exports.",
            fields={
                "subject": ("text", "What changed hands: customers, leads or opportunities."),
                "subject_record_id": ("text", "record_id of it in the same source."),
                "changed_at": ("timestamp", "When it changed hands."),
                "from_user_id": (
                    "text",
                    "Id, or name, of the owner before; empty where nobody was or the source does not say.",
                ),
                "to_user_id": ("text", "Id, or name, of the user who owns it from then on; empty when it went into the pool."),
                "changed_by_user_id": ("text", "Id, or name, of the user who changed it."),
                "action": ("text", "What happened, in the source's own words or after its value list: assigned, claimed, returned."),
                "reason": ("text", "Why, in the source's own words."),
            },
        ),
        Entity(
            name="pool_events",
            sentence="A customer or lead that went into a public pool (公海) or came out of it, as the source recorded it.",
            fields={
                "subject": ("text", "What it was: customers or leads."),
                "subject_record_id": ("text", "record_id of it in the same source."),
                "happened_at": ("timestamp", "When it happened."),
                "event": ("text", "entered, claimed, assigned, returned or retaken, after the value list."),
                "pool_id": ("text", "Id of the pool."),
                "from_user_id": ("text", "Id of the user who held it before."),
                "to_user_id": ("text", "Id of the user who holds it from then on."),
                "actor_user_id": ("text", "Id of the user who did it."),
                "reason": ("text", "Why, in the source's own words."),
                "retake_rule": ("text", "The source's own rule that took it back (收回规则)."),
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
