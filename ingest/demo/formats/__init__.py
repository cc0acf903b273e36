"""The six export formats of the demo, by system.

Each module has `exports(company, night)`, `record_id(number)`, `user_id(rep_id)`, FLAGS_DELETION, and ids of what else it has.
Not here: what is true (ingest/demo/company.py), the home that the exports lie in (ingest/demo/home.py).
"""

from types import ModuleType

from ingest.demo.formats import fxiaoke, jiandaoyun, neocrm, salesforce, yonyou, zoho

FORMATS: dict[str, ModuleType] = {module.SYSTEM: module for module in (salesforce, zoho, fxiaoke, neocrm, yonyou, jiandaoyun)}
