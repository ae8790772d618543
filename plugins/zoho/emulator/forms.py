"""How people fill in the modules at Zoho's screens, in kequn's words; and the modules that they leave to kequn."""

from collections.abc import Mapping
from typing import Any

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
        references={"parent": "Account_Name"},
        tier="Customer_Tier",
    ),
    Form(
        Kind.CUSTOMER,
        "Accounts",
        {"name": "Account_Name", "phone": "Phone", "notes": "Description", "city": "Billing_City"},
        organisations={},
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
    Form(
        Kind.BENEFIT_CLAIM,
        "Benefit_Claims",
        {"name": "Name", "code": "Code", "state": "State"},
        references={"customer": "Contact"},
    ),
    Form(
        Kind.SURVEY_ANSWER,
        "Survey_Answers",
        {"survey": "Name", "question": "Question"},
        references={"customer": "Contact"},
        amounts={"score": "Score"},
    ),
)

TOLD: Mapping[str, Any] = {
    "modules": {"Benefit_Claims": "benefit_claim", "Survey_Answers": "survey_answer"},
    "fields": {
        "Benefit_Claims": {
            "Name": "name", "Code": "code", "State": "state", "Points": "points", "Claimed_At": "claimed_at",
            "Good_Until": "expires_at", "Redeemed_At": "redeemed_at", "Contact": "customer",
        },
        "Survey_Answers": {
            "Name": "survey", "Question": "question", "Scale": "scale", "Score": "score", "Channel": "channel",
            "Answered_At": "answered_at", "Contact": "customer",
        },
    },
}  # fmt: skip
"""What a connection must be told of these."""
