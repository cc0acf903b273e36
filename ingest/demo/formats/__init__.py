"""The six export formats of the demo, by system.

Each module has `files(export, spools)`, `record_id(number)`, `user_id(rep_id)`, FLAGS_DELETION, and ids of what else it has.
Not here: what is true (ingest/demo/company.py), the home that the exports lie in (ingest/demo/home.py).
"""

from collections.abc import Iterator
from datetime import date
from types import ModuleType

from ingest.demo.company import Company
from ingest.demo.formats import fxiaoke, jiandaoyun, neocrm, salesforce, yonyou, zoho
from ingest.demo.formats.writing import Spools, Write, export_of

FORMATS: dict[str, ModuleType] = {module.SYSTEM: module for module in (salesforce, zoho, fxiaoke, neocrm, yonyou, jiandaoyun)}


def exports(company: Company, system: str, night: date) -> Iterator[tuple[str, Write]]:
    """The night's files of a system: path below landing/<system>/<night>/, and what writes the content, to be called before the next is
    asked for. None where that night's export is missing on purpose."""
    export = export_of(company, system, night)
    if export is None:
        return
    with Spools() as spools:
        yield from FORMATS[system].files(export, spools)
