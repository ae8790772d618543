"""The standard 客户分类标准: every threshold that rules use, with its default, and what a person may set it to.
Pure. Which version is in force is kept by standards.py; what follows from it by the rules themselves."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kequn.contracts.records import FIELDS, Kind
from kequn.domain.service.lexicon import Grading
from kequn.store.rates import Dated

Days = Annotated[int, Field(ge=1, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
MILLION = 1_000_000
CLASSES = ("regular", "vip", "strategic")
"""Of tiers, from the lowest."""
TierName = Annotated[str, Field(pattern="^(regular|vip|strategic)$")]


class BadStandard(ValueError):
    """It cannot be used. `places`: {path of a threshold: what is wrong with it}."""

    def __init__(self, places: dict[str, str]) -> None:
        super().__init__("; ".join(f"{place}: {words}" for place, words in places.items()))
        self.places = places


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Windows(_Part):
    """How far back is looked. `recent`: the window that is compared with the three before it."""

    window_days: Days = 365
    recent_days: Days = 90
    half_days: Days = 182


class Frequency(_Part):
    """At risk: orders of the recent window at most `drop` of the mean of the three before, or `silence_days` of
    silence of somebody who used to talk to us."""

    high_orders: Annotated[int, Field(ge=1, le=100_000)] = 6
    drop: Share = 0.5
    silence_days: Days = 60


class Value(_Part):
    """Shares of the customers with spend in the window, from the top."""

    high_share: Share = 0.2
    medium_share: Share = 0.3

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.high_share + self.medium_share > 1:
            raise ValueError("high_share and medium_share are more than everybody")
        return self


class Loyalty(_Part):
    """Weights of the three percentile ranks, and the edges of the classes."""

    purchase: Share = 0.5
    interaction: Share = 0.3
    satisfaction: Share = 0.2
    loyal_from: Share = 0.7
    low_below: Share = 0.3

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.purchase + self.interaction <= 0:
            raise ValueError("purchase or interaction must weigh something")
        if self.low_below > self.loyal_from:
            raise ValueError("low_below is above loyal_from")
        return self


class Lifecycle(_Part):
    churn_days: Days = 180
    introduction_days: Days = 90
    mature_orders: Count = 4
    mature_growth: Annotated[float, Field(ge=-1, le=100)] = 0.2


class Step(_Part):
    """A tier above the one of its class: of those within the class who have so many points, and so much spend in the
    window in units of the standard's currency; both at least."""

    tier: Annotated[str, Field(min_length=1, max_length=40)]
    within: TierName
    points: Count = 0
    spend: Count = 0


class Tiers(_Part):
    """`names`: which tier of the tenant stands for regular, vip and strategic. `steps`: further tiers, the lowest of
    each class first. A tier changes after `runs` evaluations on different days, or when every measure is further than
    `margin` from its edge; down only after `grace_days`."""

    regular: str = "普通"
    vip: str = "VIP"
    strategic: str = "战略"
    vip_points: Count = 5000
    steps: Annotated[tuple[Step, ...], Field(max_length=20)] = ()
    runs: Annotated[int, Field(ge=1, le=100)] = 2
    margin: Share = 0.05
    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if len(self.ladder) < len(CLASSES) + len(self.steps):
            raise ValueError("two tiers have the same name")
        for within in CLASSES:
            for lower, upper in pairwise(self.of_class(within)):
                if upper.points < lower.points or upper.spend < lower.spend:
                    raise ValueError(f"{upper.tier} asks for less than {lower.tier}, which is lower")
        return self

    def of_class(self, within: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.within == within)

    @property
    def ladder(self) -> Mapping[str, str]:
        """The class of each tier, by name, from the lowest tier up."""
        return {
            tier: within
            for within in CLASSES
            for tier in (getattr(self, within), *(step.tier for step in self.of_class(within)))
        }


class Service(_Part):
    """What the customers of a tier get. `approach`: exclusive, cultivate or basic; `priority`: 1 is served first;
    `contact_days`: they hear from us so often; `content`: of what."""

    approach: Annotated[str, Field(pattern="^(exclusive|cultivate|basic)$")] = "basic"
    dedicated_manager: bool = False
    priority: Annotated[int, Field(ge=1, le=9)] = 3
    response_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    exclusive_events: bool = False
    contact_days: Days = 90
    content: Annotated[str, Field(max_length=1000)] = ""


class Strategy(_Part):
    """What is done with customers of whom a rule says this, and how often they hear from us."""

    rule: Annotated[str, Field(pattern="^(frequency|value|loyalty|importance|lifecycle)$")]
    value: Annotated[str, Field(min_length=1, max_length=40)]
    advice: Annotated[str, Field(min_length=1, max_length=1000)]
    contact_days: Days | None = None


class Services(_Part):
    regular: Service = Service(content="standard service and offers 标准化服务与优惠")
    vip: Service = Service(
        approach="cultivate", priority=2, response_hours=8, contact_days=30, exclusive_events=True,
        content="news and offers by preference 按偏好推送新品与优惠",
    )  # fmt: skip
    strategic: Service = Service(
        approach="exclusive", dedicated_manager=True, priority=1, response_hours=2, contact_days=14,
        exclusive_events=True, content="personal review of needs 专属需求沟通",
    )  # fmt: skip


STRATEGIES = (
    Strategy(rule="frequency", value="high", advice="Keep first: thank, reward, ask what is missing 优先维护"),
    Strategy(rule="frequency", value="low", advice="Promotion or a personal recommendation 促销或个性化推荐"),
    Strategy(rule="frequency", value="at_risk", advice="Win back: call, ask why, offer 挽回关怀", contact_days=7),
    Strategy(rule="value", value="medium", advice="Guide to a higher value 引导提升消费"),
    Strategy(rule="value", value="low", advice="Raise how often they buy 提高购买频次"),
    Strategy(rule="loyalty", value="low", advice="Better service first 改善服务体验"),
    Strategy(rule="importance", value="potential", advice="Cultivate: introduce what they do not know 重点培养"),
    Strategy(rule="lifecycle", value="introduction", advice="Welcome, first call-back 欢迎与首次回访", contact_days=14),
    Strategy(rule="lifecycle", value="growth", advice="Recommend what goes together 关联推荐"),
    Strategy(rule="lifecycle", value="maturity", advice="Reward loyalty, ask for their word 忠诚奖励与口碑推荐"),
    Strategy(rule="lifecycle", value="churn", advice="Offer, solve the cause 优惠与解决问题", contact_days=30),
)  # fmt: skip


class Forecast(_Part):
    """The horizon of the lifetime value, in years, and the yearly discount of what comes late."""

    years: Annotated[int, Field(ge=1, le=10)] = 3
    discount: Annotated[float, Field(ge=0, le=1)] = 0.1


class Alerts(_Part):
    """`segment`: whose alerts are raised; left out: everybody's.
    `recent_days`: how old an answer, complaint or return may be to raise something. `answer_hours`: within which
    feedback is to be answered. `due_days`: until when the care that an alert asks for is due. `noted`: it is noted
    with the customer as an interaction, so that the CRMs' people see it and their own reminders work."""

    recent_days: Days = 30
    contact_drop: Share = 0.5
    low_answer: Annotated[int, Field(ge=0, le=100)] = 25
    fall: Annotated[int, Field(ge=1, le=100)] = 50
    mean_fall: Annotated[int, Field(ge=1, le=100)] = 25
    returns: Annotated[int, Field(ge=1, le=100_000)] = 2
    answer_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    due_days: Days = 3
    noted: bool = False
    segment: Annotated[str, Field(pattern="^seg_[0-9a-f]{32}$")] | None = None


Department = Annotated[str, Field(pattern="^(market|sales|service)$")]


class Occasion(_Part):
    """A day on which customers of these tiers hear from us: their birthday, or a holiday of care/calendar.py. `gift`:
    what comes with the wish; empty: nothing."""

    name: Annotated[
        str,
        Field(
            pattern="^(birthday|new_year|womens_day|national_day|spring_festival|lantern_festival|dragon_boat|qixi"
            "|mid_autumn|double_ninth)$"
        ),
    ]
    tiers: Annotated[tuple[TierName, ...], Field(min_length=1, max_length=3)] = ("regular", "vip", "strategic")
    wish: Annotated[str, Field(max_length=1000)] = ""
    gift: Annotated[str, Field(max_length=1000)] = ""


OCCASIONS = (
    Occasion(name="birthday", wish="Happy birthday 生日快乐"),
    Occasion(name="spring_festival", tiers=("vip", "strategic"), wish="Happy new year 新春快乐"),
    Occasion(name="mid_autumn", tiers=("strategic",), wish="Happy Mid-Autumn 中秋快乐", gift="moon cakes 月饼"),
)


class CarePlan(_Part):
    """Which tasks are planned. `ahead_days`: so early. `birthdays`: by which calendar they are kept. `off_days`: what
    falls on a day off is done on the work day before or after, or the same day. `hour`: until which hour of that day,
    in the tenant's zone. `calls_a_day`: so many call-backs at most, for the customers who come first; none are added
    while so many are open. The departments: whose tasks they are."""

    ahead_days: Annotated[int, Field(ge=0, le=31)] = 7
    birthdays: Annotated[str, Field(pattern="^(solar|lunar)$")] = "solar"
    off_days: Annotated[str, Field(pattern="^(before|after|same)$")] = "before"
    hour: Annotated[int, Field(ge=0, le=23)] = 18
    calls_a_day: Annotated[int, Field(ge=0, le=10_000)] = 100
    call_department: Department = "sales"
    occasion_department: Department = "market"
    occasions: Annotated[tuple[Occasion, ...], Field(max_length=50)] = OCCASIONS


class Level(_Part):
    """A level of the membership. `from_points`: so many earned within the programme's window reach it. `discount`: off
    every price; `early_hours`: may buy what is new so long before others."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    from_points: Count = 0
    discount: Share = 0.0
    early_hours: Annotated[int, Field(ge=0, le=8760)] = 0


class Programme(_Part):
    """The membership 会员制度: its levels, from the lowest up, by the points that were earned in `window_days`."""

    window_days: Days = 365
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=20)] = (
        Level(name="member 会员"),
        Level(name="silver 银卡", from_points=1000, discount=0.02),
        Level(name="gold 金卡", from_points=5000, discount=0.05, early_hours=24),
        Level(name="diamond 钻石卡", from_points=20_000, discount=0.1, early_hours=48),
    )

    @field_validator("levels")
    @classmethod
    def _rise(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        edges = [level.from_points for level in levels]
        if edges[0] != 0 or sorted(set(edges)) != edges:
            raise ValueError("the first level begins at 0 points, each other above the one before")
        return levels


class Points(_Part):
    """Points for a unit of the standard's currency spent, and how long they last."""

    per_unit: Annotated[float, Field(ge=0, le=1000)] = 1.0
    valid_days: Days = 365
    warn_days: Days = 30


class Preference(_Part):
    """A customer prefers the category that at least this share of the window's spend went to."""

    share: Share = 0.5


class Quality(_Part):
    """`wanted`: what should be known of every customer. `fresh_days`: what is outdated when nobody has written or
    confirmed it for so many days."""

    wanted: Annotated[tuple[str, ...], Field(max_length=30)] = (
        "phone", "email", "gender", "birthday", "region", "industry", "source", "interests", "product_preferences",
        "needs",
    )  # fmt: skip
    fresh_days: dict[str, Days] = {
        "phone": 365, "email": 365, "region": 730, "occupation": 730, "interests": 365, "product_preferences": 365,
        "needs": 180,
    }  # fmt: skip

    @model_validator(mode="after")
    def _fit(self) -> Self:
        unknown = {*self.wanted, *self.fresh_days} - FIELDS[Kind.CUSTOMER].keys()
        if unknown:
            raise ValueError(f"customers have no {', '.join(sorted(unknown))}")
        return self


class Thresholds(_Part):
    """All of them. `rates`: what one unit of another currency is worth in `currency`, where
    `dated` has no rate of the day: those are noted beside the standard, and read with it."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    rates: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Decimal] = Field(default_factory=dict)
    dated: tuple[Dated, ...] = Field(default=(), exclude=True)
    windows: Windows = Windows()
    frequency: Frequency = Frequency()
    value: Value = Value()
    loyalty: Loyalty = Loyalty()
    lifecycle: Lifecycle = Lifecycle()
    tiers: Tiers = Tiers()
    forecast: Forecast = Forecast()
    alerts: Alerts = Alerts()
    points: Points = Points()
    quality: Quality = Quality()
    preference: Preference = Preference()
    service: Services = Services()
    grading: Grading = Grading()
    care: CarePlan = CarePlan()
    programme: Programme = Programme()
    strategies: Annotated[tuple[Strategy, ...], Field(max_length=200)] = STRATEGIES

    @field_validator("rates")
    @classmethod
    def _positive(cls, rates: dict[str, Decimal]) -> dict[str, Decimal]:
        if any(not rate.is_finite() or not 0 < rate < MILLION for rate in rates.values()):
            raise ValueError("a rate is a number above 0")
        return rates


def read(plain: Any) -> Thresholds:
    """The thresholds that JSON settings say; what is left out has its default. Raises BadStandard."""
    if isinstance(plain, dict) and "dated" in plain:
        raise BadStandard({"dated": "rates with a date are noted by themselves"})
    try:
        return Thresholds.model_validate(plain)
    except ValidationError as error:
        places = {".".join(str(part) for part in one["loc"]) or "settings": one["msg"] for one in error.errors()}
        raise BadStandard(places) from None


def show(thresholds: Thresholds) -> dict[str, Any]:
    """The JSON of which `read` makes the same; every threshold stands in it."""
    return thresholds.model_dump(mode="json")


def millionths(share: float) -> int:
    return round(share * MILLION)
