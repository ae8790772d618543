"""The standard modules and their fields (contract, section 16), as a table to read. What a field's type means is in
fields.py; who may do what with it, in values.py.

A line is: API name, type, then `*` (mandatory), `ro` (read-only), `:80` (length), `>Accounts` (lookup)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Standard:
    """`name`: the field that names a record. `key`: the system duplicate-check field; None: no upsert."""

    api_name: str
    singular: str
    name: str
    key: str | None
    fields: str
    subform: bool = False


_ADDRESS = "{0}_Street text:250\n{0}_City text:100\n{0}_State text:100\n{0}_{1} text:30\n{0}_Country text:100\n"
_MONEY = "Currency picklist\nExchange_Rate double\n"
_ABOUT = "Who_Id lookup >Contacts\nWhat_Id multi_module_lookup\nDescription textarea\n"

STANDARD: tuple[Standard, ...] = (
    Standard(
        "Leads", "Lead", "Full_Name", "Email",
        "Last_Name text:80 *\nFirst_Name text:40\nFull_Name text ro\nCompany text:200\nEmail email\n"
        "Secondary_Email email\nPhone phone\nMobile phone\nFax phone\nWebsite website\nDesignation text:100\n"
        "Lead_Source picklist\nLead_Status picklist\nIndustry picklist\nRating picklist\nAnnual_Revenue currency\n"
        "No_of_Employees integer\nStreet text:250\nCity text:100\nState text:100\nZip_Code text:30\nCountry text:100\n"
        "Email_Opt_Out boolean\nDescription textarea\n" + _MONEY +
        "Converted__s boolean ro\nConverted_Date_Time datetime ro\nConverted_Contact lookup >Contacts ro\n"
        "Converted_Account lookup >Accounts ro\nConverted_Deal lookup >Deals ro\n",
    ),
    Standard(
        "Contacts", "Contact", "Full_Name", "Email",
        "Salutation picklist\nFirst_Name text:40\nLast_Name text:80 *\nFull_Name text ro\nEmail email\n"
        "Secondary_Email email\nPhone phone\nMobile phone\nHome_Phone phone\nOther_Phone phone\nAsst_Phone phone\n"
        "Fax phone\nTitle text:100\nDepartment text:50\nAccount_Name lookup >Accounts\nReporting_To lookup >Contacts\n"
        "Lead_Source picklist\nDate_of_Birth date\nEmail_Opt_Out boolean\nSkype_ID text:50\nTwitter text:50\n"
        "Description textarea\n" + _ADDRESS.format("Mailing", "Zip") + _ADDRESS.format("Other", "Zip") +
        "Last_Activity_Time datetime ro\nUnsubscribed_Mode picklist ro\nUnsubscribed_Time datetime ro\n",
    ),
    Standard(
        "Accounts", "Account", "Account_Name", "Account_Name",
        "Account_Name text:200 *\nAccount_Number text:40\nAccount_Type picklist\nAccount_Site text:80\n"
        "Industry picklist\nAnnual_Revenue currency\nEmployees integer\nOwnership picklist\nRating picklist\n"
        "SIC_Code integer\nTicker_Symbol text:30\nPhone phone\nFax phone\nWebsite website\n"
        "Parent_Account lookup >Accounts\n" + _ADDRESS.format("Billing", "Code") +
        _ADDRESS.format("Shipping", "Code") + "Description textarea\n" + _MONEY,
    ),
    Standard(
        "Deals", "Deal", "Deal_Name", "Deal_Name",
        "Deal_Name text:120 *\nStage picklist *\nPipeline picklist\nAmount currency\nClosing_Date date\n"
        "Account_Name lookup >Accounts\nContact_Name lookup >Contacts\nType picklist\nProbability integer\n"
        "Expected_Revenue currency ro\nLead_Source picklist\nCampaign_Source lookup >Campaigns\nNext_Step text:100\n"
        "Reason_For_Loss__s picklist\nDescription textarea\n" + _MONEY,
    ),
    Standard(
        "Campaigns", "Campaign", "Campaign_Name", "Campaign_Name",
        "Campaign_Name text:200 *\nType picklist\nStatus picklist\nStart_Date date\nEnd_Date date\n"
        "Expected_Revenue currency\nBudgeted_Cost currency\nActual_Cost currency\nExpected_Response integer\n"
        "Num_sent integer\nParent_Campaign lookup >Campaigns\nDescription textarea\n" + _MONEY,
    ),
    Standard(
        "Cases", "Case", "Subject", "Subject",
        "Subject text:255 *\nStatus picklist *\nCase_Origin picklist *\nCase_Number autonumber ro\nType picklist\n"
        "Case_Reason picklist\nPriority picklist\nDescription textarea\nSolution textarea\nInternal_Comments textarea\n"
        "No_of_comments integer ro\nReported_By text:100\nEmail email\nPhone phone\nRelated_To lookup >Contacts\n"
        "Account_Name lookup >Accounts\nDeal_Name lookup >Deals\nProduct_Name lookup >Products\n",
    ),
    Standard(
        "Tasks", "Task", "Subject", None,
        "Subject text:255 *\nStatus picklist\nPriority picklist\nDue_Date date\nClosed_Time datetime ro\n"
        "Send_Notification_Email boolean\n" + _ABOUT,
    ),
    Standard(
        "Events", "Event", "Event_Title", None,
        "Event_Title text:255 *\nStart_DateTime datetime *\nEnd_DateTime datetime *\nVenue text:255\nAll_day boolean\n"
        + _ABOUT,
    ),
    Standard(
        "Calls", "Call", "Subject", None,
        "Subject text:255 *\nCall_Type picklist *\nCall_Start_Time datetime *\nCall_Duration text:20\n"
        "Call_Duration_in_seconds integer\nCall_Purpose picklist\nCall_Result text:255\n"
        "Outgoing_Call_Status picklist\n" + _ABOUT,
    ),
    Standard(
        "Products", "Product", "Product_Name", "Product_Name",
        "Product_Name text:200 *\nProduct_Code text:40\nProduct_Active boolean\nProduct_Category picklist\n"
        "Unit_Price currency\nQty_in_Stock double\nDescription textarea\n",
    ),
    Standard(
        "Sales_Orders", "Sales Order", "Subject", "Subject",
        "Subject text:255 *\nSO_Number autonumber ro\nAccount_Name lookup >Accounts\nContact_Name lookup >Contacts\n"
        "Deal_Name lookup >Deals\nStatus picklist\nDue_Date date\nPurchase_Order text:100\nCustomer_No text:100\n"
        "Sub_Total currency ro\nDiscount currency\nTax currency\nAdjustment currency\nGrand_Total currency ro\n"
        "Ordered_Items subform >Ordered_Items\nTerms_and_Conditions textarea\nDescription textarea\n" + _MONEY,
    ),
    Standard(
        "Ordered_Items", "Ordered Item", "Product_Name", None,
        "Product_Name lookup >Products\nQuantity double\nList_Price currency\nDiscount currency\nTotal currency ro\n"
        "Description textarea\n",
        subform=True,
    ),
    Standard(  # this one and the next are the organisation's own
        "Benefit_Claims", "Benefit Claim", "Name", None,
        "Name text:120 *\nCode text:40\nState picklist\nPoints integer\nRemark textarea\nClaimed_At datetime\n"
        "Good_Until datetime\nRedeemed_At datetime\nContact lookup >Contacts\n",
    ),
    Standard(
        "Survey_Answers", "Survey Answer", "Name", None,
        "Name text:120 *\nQuestion textarea\nScale picklist\nScore integer\nChannel picklist\nAnswered_At datetime\n"
        "Contact lookup >Contacts\n",
    ),
    Standard("Notes", "Note", "Note_Title", None,
             "Note_Title text:120\nNote_Content textarea:65535 *\nParent_Id multi_module_lookup *\n"),
)  # fmt: skip

SYSTEM = (
    "id bigint ro\nOwner ownerlookup\nCreated_By ownerlookup ro\nCreated_Time datetime ro\nModified_By ownerlookup ro\n"
    "Modified_Time datetime ro\nTag text\nRecord_Status__s picklist ro\nLocked__s boolean ro\n"
)
"""Fields that every module has (a subform: the id alone)."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "Leads.Lead_Status": ("Attempted to Contact", "Contacted", "Not Contacted", "Lost Lead"),
    "Deals.Stage": ("Qualification", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost"),
    "Cases.Status": ("New", "On Hold", "Escalated", "Closed"),
    "Cases.Case_Origin": ("Email", "Phone", "Web"),
    "Cases.Type": ("Problem", "Feature Request", "Question"),
    "Cases.Priority": ("High", "Medium", "Low"),
    "Campaigns.Status": ("Planning", "Active", "Inactive", "Completed"),
    "Tasks.Status": ("Not Started", "In Progress", "Completed", "Deferred", "Waiting for input"),
    "Tasks.Priority": ("High", "Normal", "Low"),
    "Calls.Call_Type": ("Outbound", "Inbound", "Missed"),
    "Sales_Orders.Status": ("Created", "Approved", "Delivered", "Cancelled"),
    "Benefit_Claims.State": ("claimed", "redeemed", "expired", "cancelled"),
    "Survey_Answers.Scale": ("rating", "nps", "ces"),
    "Survey_Answers.Channel": ("form", "phone", "online"),
    "*.Currency": ("CNY", "USD"),
    "*.Lead_Source": ("Advertisement", "Cold Call", "Employee Referral", "Web Download", "Chat"),
    "*.Record_Status__s": ("Available", "Draft", "Trash"),
}

LABELS = {
    "id": "Record Id",
    "SO_Number": "SO Number",
    "Record_Status__s": "Record Status",
    "Locked__s": "Locked",
    "Reason_For_Loss__s": "Reason For Loss",
    "Converted__s": "Is Converted",
    "Date_of_Birth": "Date of Birth",
}
