"""Who was given an offer, and which way of a trial: for people to act on, and for filters and segments to ask for."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from schema.lists import linked, one_where
from schema.operators import DateTimeFilter, EnumFilter, logic
from schema.paging import Order
from schema.standings import FrequencyClass, Lifecycle, ValueClass
from schema.words import worded


@strawberry.enum(description="One of the two ways of a trial 试验方案")
class Way(Enum):
    A = strawberry.enum_value("a", description="As before 对照")
    B = strawberry.enum_value("b", description="The new one 试验")


@worded("offer_recipient")
@strawberry.type(description="A customer who was given an offer, as they were at that moment 优惠对象")
class OfferRecipient:
    given_at: datetime
    value_class: ValueClass | None
    frequency_class: FrequencyClass | None
    lifecycle: Lifecycle | None
    offer = linked("Offer", "offer_id")
    customer = linked("Customer", "customer_id")


@worded("offer_recipient")
@strawberry.input(description="Asks about who was given an offer 优惠对象条件")
class OfferRecipientWhere:
    and_: list["OfferRecipientWhere"] | None = logic("and")
    or_: list["OfferRecipientWhere"] | None = logic("or")
    not_: "OfferRecipientWhere | None" = logic("not")
    given_at: DateTimeFilter | None = UNSET
    value_class: EnumFilter[ValueClass] | None = UNSET
    frequency_class: EnumFilter[FrequencyClass] | None = UNSET
    lifecycle: EnumFilter[Lifecycle] | None = UNSET
    offer: Any = one_where("Offer")
    customer: Any = one_where("Customer")


@worded("offer_recipient")
@strawberry.enum(description="What they can be ordered by 排序字段")
class OfferRecipientOrderField(Enum):
    GIVEN_AT = "given_at"
    VALUE_CLASS = "value_class"
    FREQUENCY_CLASS = "frequency_class"
    LIFECYCLE = "lifecycle"


@strawberry.input(description="How recipients of offers are ordered 优惠对象排序")
class OfferRecipientOrder(Order):
    field: OfferRecipientOrderField = strawberry.field(description="By what 字段")


@worded("trial_subject")
@strawberry.type(description="A customer on whom something is tried, and the way they were given 试验对象")
class TrialSubject:
    way: Way
    assigned_at: datetime
    trial = linked("Trial", "trial_id")
    customer = linked("Customer", "customer_id")


@worded("trial_subject")
@strawberry.input(description="Asks about whom something is tried on 试验对象条件")
class TrialSubjectWhere:
    and_: list["TrialSubjectWhere"] | None = logic("and")
    or_: list["TrialSubjectWhere"] | None = logic("or")
    not_: "TrialSubjectWhere | None" = logic("not")
    way: EnumFilter[Way] | None = UNSET
    assigned_at: DateTimeFilter | None = UNSET
    trial: Any = one_where("Trial")
    customer: Any = one_where("Customer")


@worded("trial_subject")
@strawberry.enum(description="What they can be ordered by 排序字段")
class TrialSubjectOrderField(Enum):
    WAY = "way"
    ASSIGNED_AT = "assigned_at"


@strawberry.input(description="How subjects of trials are ordered 试验对象排序")
class TrialSubjectOrder(Order):
    field: TrialSubjectOrderField = strawberry.field(description="By what 字段")
