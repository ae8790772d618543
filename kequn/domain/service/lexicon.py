"""The words by which feedback is graded: what it is about, what makes it critical, how it is meant. Part of the
standard, so that a tenant edits them in versions; these are the defaults. Pure."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Annotated[str, Field(min_length=1, max_length=40)]
Words = Annotated[tuple[Word, ...], Field(max_length=200)]
Category = Literal["delivery", "price", "benefit", "service", "product"]
CATEGORIES: Mapping[Category, Words] = {
    "delivery": ("物流", "快递", "发货", "配送", "到货", "deliver", "shipping", "shipment", "parcel"),
    "price": ("价格", "贵", "收费", "退款", "发票", "price", "refund", "expensive", "invoice"),
    "benefit": ("福利", "优惠券", "积分", "活动", "抽奖", "coupon", "points", "event"),
    "service": ("客服", "态度", "服务", "回复", "service", "attitude", "reply", "rude"),
    "product": ("质量", "产品", "坏", "破损", "故障", "瑕疵", "quality", "product", "broken", "defect"),
}


class Grading(BaseModel):
    """`categories`: of two that fit as well the one that is named first. `critical`: one of these makes it so.
    `negative`, `positive`: how it is meant, where the customer gave no rating; "not good" is one word of the first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    categories: dict[Category, Words] = Field(default_factory=lambda: dict(CATEGORIES))
    critical: Words = (
        "安全", "受伤", "过敏", "起火", "媒体", "曝光", "律师", "法院", "injur", "allerg", "fire", "lawyer", "lawsuit",
    )  # fmt: skip
    negative: Words = (
        "不满", "不满意", "不喜欢", "不好", "失望", "生气", "太差", "糟糕",
        "disappoint", "angry", "terrible", "not good",
    )  # fmt: skip
    positive: Words = ("满意", "喜欢", "感谢", "谢谢", "很好", "thank", "great", "love", "good")
