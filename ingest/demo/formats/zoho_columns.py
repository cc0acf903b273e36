"""The columns of Zoho CRM's data backup, in the order in which it writes them: display labels, a lookup as the pair `X.id`, `X`.

Here: labels. Not here: what stands in them (zoho.py), what the program makes of them (sources/zoho/source.yml).

Labels of accounts, deals and owners were seen in real exports; of the other modules only the API names are known, whose underscores
are blanks here. Guesses: Territories.id and Territories of accounts, What Id and Who Id of tasks and calls, Record Id and Reporting To
of users, Converted of leads.
"""

from ingest.demo.formats.writing import listed

_AUDIT = "Created By.id|Created By|Modified By.id|Modified By|Created Time|Modified Time"

ACCOUNT = listed(
    "Record Id|Account Owner.id|Account Owner|Account Name|Account Number|Account Site|Account Type|Parent Account.id|Parent Account|"
    "Industry|Employees|Annual Revenue|Rating|Ownership|SIC Code|Phone|Fax|Website|Billing Street|Billing City|Billing State|"
    "Billing Code|Billing Country|Shipping Street|Shipping City|Shipping State|Shipping Code|Shipping Country|Territories.id|"
    f"Territories|Currency|Exchange Rate|{_AUDIT}|Last Activity Time|Tag|Change Log Time|Locked",
    "|",
)
CONTACT = listed(
    "Record Id|Contact Owner.id|Contact Owner|First Name|Last Name|Account Name.id|Account Name|Title|Department|Email|Phone|Mobile|"
    f"Lead Source|Mailing City|Mailing Country|{_AUDIT}|Last Activity Time|Tag|Locked",
    "|",
)
LEAD = listed(
    "Record Id|Lead Owner.id|Lead Owner|Company|First Name|Last Name|Title|Email|Phone|Mobile|Lead Source|Lead Status|Industry|"
    "No of Employees|Annual Revenue|Street|City|State|Zip Code|Country|Converted|Converted Account.id|Converted Account|"
    f"Converted Deal.id|Converted Deal|Converted Date Time|{_AUDIT}|Last Activity Time|Tag|Locked",
    "|",
)
DEAL = listed(
    "Record Id|Deal Owner.id|Deal Owner|Deal Name|Amount|Expected Revenue|Stage|Closing Date|Probability (%)|Next Step|Type|Lead Source|"
    "Account Name.id|Account Name|Contact Name.id|Contact Name|Pipeline.id|Pipeline|Sub-Pipeline|Currency|Territory.id|Territory|"
    f"Reason For Loss|Overall Sales Duration|Sales Cycle Duration|Lead Conversion Time|{_AUDIT}|Last Activity Time|Tag|Locked",
    "|",
)
TASK = listed(
    f"Record Id|Task Owner.id|Task Owner|Subject|Due Date|Status|What Id.id|What Id|Who Id.id|Who Id|{_AUDIT}|Closed Time|Tag|Locked", "|"
)
CALL = listed(
    "Record Id|Call Owner.id|Call Owner|Subject|Call Start Time|Call Duration in seconds|What Id.id|What Id|Who Id.id|Who Id|"
    f"{_AUDIT}|Tag|Locked",
    "|",
)
USER = listed("Record Id|Full Name|Email|Status|Role|Profile|Time Zone|Date Format|Reporting To.id|Reporting To", "|")
TERRITORY = listed(f"Record Id|Name|Api Name|Manager.id|Manager|Reporting To.id|Reporting To|Permission Type|Description|{_AUDIT}", "|")

FILES = (ACCOUNT, ACCOUNT, CONTACT, LEAD, DEAL, TASK, CALL, USER, TERRITORY)
"""In the order of zoho._Files."""
