"""The columns of Salesforce's weekly Data Export, in the order in which it writes them.

Here: API names. Not here: what stands in them (salesforce.py), what the program makes of them (sources/salesforce/source.yml).
"""

from ingest.demo.formats.writing import listed

_AUDIT = "CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp"

ACCOUNT = listed(
    "Id IsDeleted MasterRecordId Name Type RecordTypeId ParentId BillingStreet BillingCity BillingState BillingPostalCode "
    "BillingCountry BillingLatitude BillingLongitude ShippingStreet ShippingCity ShippingState ShippingPostalCode ShippingCountry "
    "ShippingLatitude ShippingLongitude Phone Fax AccountNumber Website Sic SicDesc Industry AnnualRevenue NumberOfEmployees "
    "Ownership TickerSymbol Description Rating Site CurrencyIsoCode OwnerId "
    f"{_AUDIT} LastActivityDate AccountSource Credit_Code__c Parent_Account_Ref__c"
)
CONTACT = listed(
    "Id IsDeleted MasterRecordId AccountId FirstName LastName Name Email Phone MobilePhone Title Department MailingStreet MailingCity "
    f"MailingState MailingPostalCode MailingCountry ReportsToId LeadSource OwnerId {_AUDIT}"
)
LEAD = listed(
    "Id IsDeleted MasterRecordId FirstName LastName Company Title Email Phone MobilePhone Street City State PostalCode Country Industry "
    "AnnualRevenue NumberOfEmployees LeadSource Status Rating OwnerId IsConverted ConvertedDate ConvertedAccountId ConvertedContactId "
    f"ConvertedOpportunityId IsUnreadByOwner {_AUDIT}"
)
OPPORTUNITY = listed(
    "Id IsDeleted AccountId Name Amount ExpectedRevenue StageName Probability CloseDate Type LeadSource NextStep IsClosed IsWon "
    "ForecastCategory ForecastCategoryName CampaignId Pricebook2Id SyncedQuoteId RecordTypeId Fiscal FiscalQuarter FiscalYear "
    f"HasOpportunityLineItem CurrencyIsoCode OwnerId Territory2Id IsExcludedFromTerritory2Filter {_AUDIT}"
)
TASK = listed(
    f"Id WhoId WhatId AccountId OwnerId ActivityDate Subject Status Type TaskSubtype IsClosed CallDurationInSeconds IsDeleted {_AUDIT}"
)
USER = listed(
    "Id Name Username Email IsActive ManagerId UserRoleId ProfileId Department Division TimeZoneSidKey LanguageLocaleKey "
    "CreatedDate LastModifiedDate SystemModstamp"
)
USER_ROLE = ["Id", "Name", "ParentRoleId"]
TERRITORY = listed(
    "Id Name DeveloperName Description ParentTerritory2Id Territory2ModelId Territory2TypeId ForecastUserId AccountAccessLevel "
    "ContactAccessLevel OpportunityAccessLevel CaseAccessLevel"
)
USER_TERRITORY = ["Id", "UserId", "Territory2Id", "IsActive", "RoleInTerritory2"]
OBJECT_TERRITORY = ["Id", "ObjectId", "Territory2Id", "AssociationCause", "SobjectType", "IsDeleted", "LastModifiedById"]
HISTORY = ["Id", "IsDeleted", "AccountId", "CreatedById", "CreatedDate", "Field", "DataType", "OldValue", "NewValue"]

FILES = (
    ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT, CONTACT, OPPORTUNITY, TASK, OBJECT_TERRITORY, HISTORY, LEAD, USER, USER_ROLE,
    TERRITORY, USER_TERRITORY,
)  # fmt: skip
"""In the order of salesforce._Files."""
