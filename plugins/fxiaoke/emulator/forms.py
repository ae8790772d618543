"""How people fill in the objects at Fxiaoke's screens, in kequn's words."""

from kequn.contracts.emulator import Form
from kequn.contracts.records import Kind
from plugins.fxiaoke.emulator.objects import ANSWER, CLAIM, GROUP, PARENT

FORMS = (
    Form(
        Kind.CUSTOMER,
        "AccountObj",
        {"name": "name", "email": "email", "phone": "tel", "notes": "remark", "street": "address", "website": "url"},
        {"account_type": "2"},
        {"parent": PARENT},
        organisations={"account_type": "1"},
        tier="account_level",
    ),
    Form(
        Kind.FEEDBACK,
        "CasesObj",
        {"subject": "name", "content": "kq_content__c", "solution": "kq_solution__c"},
        {"kq_status__c": "New", "kq_channel__c": "Phone"},
        {"customer": "account_id"},
    ),
    Form(
        Kind.PURCHASE,
        "SalesOrderObj",
        {"name": "name"},
        {"kq_kind__c": "1"},
        {"customer": "account_id"},
        amounts={"amount": "order_amount"},
    ),
    Form(
        Kind.INTERACTION,
        "ActiveRecordObj",
        {"subject": "name", "content": "kq_content__c"},
        references={"customer": "account_id"},
    ),
    Form(
        Kind.BENEFIT_CLAIM,
        CLAIM,
        {"name": "name", "code": "kq_code__c", "state": "kq_state__c"},
        references={"customer": "kq_customer__c"},
        words={"state": {"1": "claimed", "2": "redeemed", "3": "expired", "4": "cancelled"}},
    ),
    Form(
        Kind.SURVEY_ANSWER,
        ANSWER,
        {"survey": "name", "question": "kq_question__c"},
        references={"customer": "kq_customer__c"},
        amounts={"score": "kq_score__c"},
    ),
    Form(
        Kind.GROUP,
        GROUP,
        {"name": "name", "description": "kq_description__c", "purpose": "kq_purpose__c", "platform": "kq_platform__c"},
    ),
)
