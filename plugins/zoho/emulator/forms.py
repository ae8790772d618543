"""How people fill in the modules at Zoho's screens, in kequn's words."""

from kequn.contracts.emulator import Form
from kequn.contracts.records import Kind

FORMS = (
    Form(
        Kind.CUSTOMER,
        "Contacts",
        {
            "last_name": "Last_Name",
            "first_name": "First_Name",
            "email": "Email",
            "phone": "Mobile",
            "notes": "Description",
            "city": "Mailing_City",
            "street": "Mailing_Street",
            "occupation": "Title",
        },
    ),
    Form(
        Kind.CUSTOMER,
        "Accounts",
        {"name": "Account_Name", "phone": "Phone", "notes": "Description", "city": "Billing_City"},
    ),
    Form(
        Kind.FEEDBACK,
        "Cases",
        {"subject": "Subject", "content": "Description", "solution": "Solution"},
        {"Status": "New", "Case_Origin": "Phone"},
        {"customer": "Related_To"},
    ),
    Form(
        Kind.PURCHASE,
        "Deals",
        {"name": "Deal_Name"},
        {"Stage": "Closed Won"},
        {"customer": "Contact_Name"},
        amounts={"amount": "Amount"},
    ),
    Form(
        Kind.INTERACTION, "Tasks", {"subject": "Subject", "content": "Description"}, references={"customer": "Who_Id"}
    ),
)
