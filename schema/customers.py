"""Customers: persons and organisations, and the keys by which they are recognised."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET, Info

from kequn.domain import moments
from schema import duplicates
from schema.assessed import Assessed
from schema.care.around import CustomerCare, CustomerCareWhere
from schema.care.programme import CustomerProgramme
from schema.community.around import CustomerLife, CustomerLifeWhere
from schema.context import Context
from schema.declared import Found, Worked, said
from schema.kept import Kept, KeptWhere
from schema.known import Known
from schema.lists import every, linked, listed, one_where, some_where
from schema.operators import (
    BooleanFilter,
    DateFilter,
    EnumFilter,
    SetFilter,
    TextFilter,
    logic,
)
from schema.paging import Key, Order
from schema.payloads import Payload
from schema.portrait import Portrayed
from schema.process.journey import CustomerJourney
from schema.words import shown, worded


@strawberry.enum(description="What a customer is 客户类型")
class CustomerType(Enum):
    PERSON = strawberry.enum_value("person", description="A person 个人")
    ORGANISATION = strawberry.enum_value("organisation", description="An organisation 机构")


@worded("identity")
@strawberry.type(description="A key by which a customer is recognised, in normal form 身份标识")
class Identity:
    type: str
    value: str
    customer = linked("Customer", "customer_id")


@worded("identity")
@strawberry.input(description="Asks about an identity 身份标识条件")
class IdentityWhere:
    and_: list["IdentityWhere"] | None = logic("and")
    or_: list["IdentityWhere"] | None = logic("or")
    not_: "IdentityWhere | None" = logic("not")
    type: TextFilter | None = UNSET
    value: TextFilter | None = UNSET
    customer: Any = one_where("Customer")


def _age(birthday: date | None, context: Context) -> int | None:
    today = context.now.date()
    return moments.years_between(birthday, today) if birthday and birthday <= today else None


def _found_age(found: Found) -> int | None:
    return _age(found.here["birthday"], found.context)


@worded("customer")
@strawberry.type(description="A person or an organisation 客户")
class Customer(Assessed, CustomerProgramme, CustomerCare, CustomerLife, CustomerJourney, Known, Portrayed, Kept):
    noun = "customer"

    type: CustomerType
    name: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    email: str | None
    union_id: str | None
    uscc: str | None
    reference: str | None
    gender: str | None
    birthday: date | None
    occupation: str | None
    industry: str | None
    website: str | None
    country: str | None
    region: str | None
    city: str | None
    street: str | None
    postcode: str | None
    language: str | None
    currency: str | None
    source: str | None
    needs: str | None
    notes: str | None
    interests: list[str]
    product_preferences: list[str]
    opted_out: bool | None
    tier = linked("Tier", "tier_id")
    parent = linked("Customer", "parent_id")
    owner = linked("Staff", "owner_id")
    members = listed("Customer", "members")
    groups = listed("Group", "groups")
    memberships = listed("Membership", "memberships")
    purchases = listed("Purchase", "purchases", usual=(Key("paid_at", descending=True),))
    interactions = listed("Interaction", "interactions", usual=(Key("happened_at", descending=True),))
    feedbacks = listed("Feedback", "feedbacks", usual=(Key("id", descending=True),))
    identities = every("Identity", "identities", "type", "value")
    standing = linked("Standing", "id")
    alerts = listed("Alert", "alerts", usual=(Key("raised_at", descending=True),))
    tasks = listed("Task", "tasks", usual=(Key("due_at"),))
    duplicates = listed(
        "Duplicate",
        "duplicates",
        usual=duplicates.USUAL,
        more=duplicates.ARGUMENTS,
        narrow=duplicates.narrow,
    )
    stays = listed("SegmentStay", "stays", usual=(Key("entered_at", descending=True),))
    flaws = every("Flaw", "flaws", "found_at", "kind")
    timeline = listed("Moment", "timeline", usual=(Key("at", descending=True),))
    merged_into = linked("Customer", "merged_into")
    merged_from = every("Customer", "merged_from", "id", deleted=True)
    benefit_claims = listed("BenefitClaim", "benefit_claims", usual=(Key("claimed_at", descending=True),))
    survey_answers = listed("SurveyAnswer", "survey_answers", usual=(Key("answered_at", descending=True),))
    survey_invitations = listed("SurveyInvitation", "survey_invitations", usual=(Key("invited_at", descending=True),))

    @shown(None, said(Worked(_found_age, ("birthday",))))
    async def age(self, info: Info[Context]) -> int | None:
        return _age(self.birthday, info.context)


@worded("customer")
@strawberry.input(description="Asks about a customer 客户条件")
class CustomerWhere(CustomerCareWhere, CustomerLifeWhere, KeptWhere):
    and_: list["CustomerWhere"] | None = logic("and")
    or_: list["CustomerWhere"] | None = logic("or")
    not_: "CustomerWhere | None" = logic("not")
    type: EnumFilter[CustomerType] | None = UNSET
    name: TextFilter | None = UNSET
    first_name: TextFilter | None = UNSET
    last_name: TextFilter | None = UNSET
    phone: TextFilter | None = UNSET
    email: TextFilter | None = UNSET
    union_id: TextFilter | None = UNSET
    uscc: TextFilter | None = UNSET
    reference: TextFilter | None = UNSET
    gender: TextFilter | None = UNSET
    birthday: DateFilter | None = UNSET
    occupation: TextFilter | None = UNSET
    industry: TextFilter | None = UNSET
    website: TextFilter | None = UNSET
    country: TextFilter | None = UNSET
    region: TextFilter | None = UNSET
    city: TextFilter | None = UNSET
    street: TextFilter | None = UNSET
    postcode: TextFilter | None = UNSET
    language: TextFilter | None = UNSET
    currency: TextFilter | None = UNSET
    source: TextFilter | None = UNSET
    needs: TextFilter | None = UNSET
    notes: TextFilter | None = UNSET
    interests: SetFilter | None = UNSET
    product_preferences: SetFilter | None = UNSET
    opted_out: BooleanFilter | None = UNSET
    tier: Any = one_where("Tier")
    parent: Any = one_where("Customer")
    owner: Any = one_where("Staff")
    groups: Any = some_where("Group")
    memberships: Any = some_where("Membership")
    purchases: Any = some_where("Purchase")
    interactions: Any = some_where("Interaction")
    feedbacks: Any = some_where("Feedback")
    members: Any = some_where("Customer")
    identities: Any = some_where("Identity")
    standing: Any = one_where("Standing")
    alerts: Any = some_where("Alert")
    tasks: Any = some_where("Task")
    duplicates: Any = some_where("Duplicate")
    stays: Any = some_where("SegmentStay")
    in_segment: strawberry.ID | None = UNSET
    timeline: Any = some_where("Moment")
    flaws: Any = some_where("Flaw")
    benefit_claims: Any = some_where("BenefitClaim")
    survey_answers: Any = some_where("SurveyAnswer")
    survey_invitations: Any = some_where("SurveyInvitation")


@worded("customer")
@strawberry.enum(description="What they can be ordered by 排序字段")
class CustomerOrderField(Enum):
    ID = "id"
    VERSION = "version"
    TYPE = "type"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    EMAIL = "email"
    UNION_ID = "union_id"
    USCC = "uscc"
    REFERENCE = "reference"
    GENDER = "gender"
    BIRTHDAY = "birthday"
    OCCUPATION = "occupation"
    INDUSTRY = "industry"
    WEBSITE = "website"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"
    STREET = "street"
    POSTCODE = "postcode"
    LANGUAGE = "language"
    CURRENCY = "currency"
    SOURCE = "source"
    NEEDS = "needs"
    NOTES = "notes"
    OPTED_OUT = "opted_out"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DELETED_AT = "deleted_at"


@strawberry.input(description="How customers are ordered 客户排序")
class CustomerOrder(Order):
    field: CustomerOrderField = strawberry.field(description="By what 字段")


@worded("customer")
@strawberry.input(description="What is to change of a customer 修改客户")
class CustomerChanges:
    name: str | None = UNSET
    type: CustomerType | None = UNSET
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    phone: str | None = UNSET
    email: str | None = UNSET
    union_id: str | None = UNSET
    uscc: str | None = UNSET
    reference: str | None = UNSET
    gender: str | None = UNSET
    birthday: date | None = UNSET
    occupation: str | None = UNSET
    industry: str | None = UNSET
    website: str | None = UNSET
    country: str | None = UNSET
    region: str | None = UNSET
    city: str | None = UNSET
    street: str | None = UNSET
    postcode: str | None = UNSET
    language: str | None = UNSET
    currency: str | None = UNSET
    source: str | None = UNSET
    needs: str | None = UNSET
    notes: str | None = UNSET
    interests: list[str] | None = UNSET
    product_preferences: list[str] | None = UNSET
    opted_out: bool | None = UNSET
    tier_id: strawberry.ID | None = UNSET
    parent_id: strawberry.ID | None = UNSET
    owner_id: strawberry.ID | None = UNSET


@worded("customer")
@strawberry.enum(description="What a customer can be known by 身份标识")
class CustomerIdentity(Enum):
    USCC = "uscc"
    PHONE = "phone"
    EMAIL = "email"
    UNION_ID = "union_id"
    REFERENCE = "reference"


@worded("customer")
@strawberry.input(description="Which customer is to change, and what of it 批量修改客户")
class CustomerUpdate(CustomerChanges):
    id: strawberry.ID
    version: int | None = UNSET


@worded("customer")
@strawberry.input(description="What a customer is to be 新建客户")
class CustomerInput(CustomerChanges):
    name: str


@strawberry.type(description="The customer, or why nothing was changed 客户修改结果")
class CustomerPayload(Payload):
    customer: Customer | None = strawberry.field(default=None, description="As it now is 当前内容")
