"""The forms that the emulator starts with: those of the contract's section 12, with some widgets more, so that every
field of kequn's kinds has a place; and the settings of a connection to them. Decides names and ids only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.jiandaoyun.emulator.forms import Widget
from plugins.jiandaoyun.emulator.ids import fixed

APP_ID = fixed("5f")
APP_NAME = "客户运营"
FIRST_WIDGET = 1669106585317
FIRST_ITEM = 1669106585401

Column = tuple[str | None, str, str]
"""Alias, label, type. `lookup:<form>` says where a lookup points."""


@dataclass(frozen=True)
class Design:
    """`lines`: the columns of its subforms, by the subform's label."""

    key: str
    number: int
    name: str
    columns: tuple[Column, ...]
    lines: Mapping[str, tuple[Column, ...]]
    ids: tuple[str, ...] = ()

    @property
    def entry_id(self) -> str:
        return fixed("60", self.number)

    def widgets(self) -> list[Widget]:
        ids = self.ids or [f"_widget_{FIRST_WIDGET + place}" for place in range(len(self.columns))]
        return [_widget(id, column, self.lines) for id, column in zip(ids, self.columns, strict=True)]


def _widget(id: str, column: Column, lines: Mapping[str, Sequence[Column]]) -> Widget:
    alias, label, type = column
    type, _, target = type.partition(":")
    items = tuple(_widget(f"_widget_{FIRST_ITEM + at}", one, {}) for at, one in enumerate(lines.get(label, ())))
    return Widget(id, label, type, alias, items, entry_id(target) if target else None)


KEY: Column = ("kq_id", "KQ编号", "text")
OWNER: Column = ("owner", "负责人", "user")
CUSTOMER: tuple[Column, ...] = (
    ("customer_ref", "客户", "lookup:customer"),
    ("customer_kq_id", "客户KQ编号", "text"),
)

DESIGNS: tuple[Design, ...] = (
    Design(
        "customer", 0, "客户",
        (
            KEY,  # the first five widgets are those that the vendor's demo writes
            ("score", "评分", "number"), ("visited", "到访时间", "datetime"), ("address", "地址", "address"),
            (None, "明细", "subform"),
            ("name", "客户名称", "text"), ("type", "类型", "radiogroup"), ("phone", "手机", "phone"),
            ("email", "邮箱", "text"), ("source", "来源", "combo"), ("tier_ref", "等级", "lookup:tier"), OWNER,
            ("note", "备注", "textarea"), ("birthday", "生日", "datetime"), ("gender", "性别", "radiogroup"),
            ("occupation", "职业", "text"), ("industry", "行业", "combo"), ("website", "网址", "text"),
            ("country", "国家", "text"), ("postcode", "邮编", "text"), ("language", "语言", "combo"),
            ("currency", "币种", "combo"), ("needs", "需求", "textarea"), ("interests", "兴趣", "combocheck"),
            ("preferences", "产品偏好", "checkboxgroup"), ("opted_out", "不再联系", "radiogroup"),
            ("union_id", "UnionID", "text"), ("uscc", "统一社会信用代码", "text"), ("code", "客户编码", "text"),
            ("parent_ref", "上级客户", "lookup:customer"), ("tags", "标签", "checkboxgroup"),
            ("group_names", "分组", "combocheck"), ("deleted", "已删除", "radiogroup"),
        ),
        {"明细": ((None, "品名", "text"),)},
    ),
    Design(
        "tier", 1, "等级",
        (KEY, ("code", "编码", "text"), ("name", "名称", "text"), ("rank", "级别", "number"),
         ("description", "说明", "textarea")),
        {},
    ),
    Design(
        "group", 2, "分组",
        (KEY, ("name", "名称", "text"), ("description", "说明", "textarea"), ("kind", "用途", "combo"),
         ("platform", "平台", "combo"), ("colour", "颜色", "text"), OWNER),
        {},
    ),
    Design(
        "membership", 3, "分组成员",
        (KEY, *CUSTOMER, ("group_ref", "分组", "lookup:group"), ("group_kq_id", "分组KQ编号", "text"),
         ("joined_at", "加入时间", "datetime")),
        {},
    ),
    Design(
        "feedback", 4, "反馈",
        (KEY, ("subject", "主题", "text"), *CUSTOMER, ("kind", "类型", "combo"), ("channel", "渠道", "combo"),
         ("content", "内容", "textarea"), ("score", "评分", "number"), ("status", "状态", "combo"),
         ("priority", "优先级", "combo"), ("solution", "处理结果", "textarea"), ("happened_at", "时间", "datetime"),
         ("handler", "处理人", "user")),
        {},
    ),
    Design(
        "purchase", 5, "订单",
        (KEY, ("order_no", "订单号", "text"), *CUSTOMER, ("ordered_at", "下单时间", "datetime"),
         ("paid_at", "付款时间", "datetime"), ("amount", "金额", "number"), ("currency", "币种", "combo"),
         ("kind", "类型", "combo"), ("status", "状态", "combo"), ("lines", "订单明细", "subform"), OWNER),
        {
            "订单明细": (
                ("sku", "编码", "text"), ("title", "品名", "text"), ("category", "品类", "text"),
                ("qty", "数量", "number"), ("price", "单价", "number"), ("amount", "金额", "number"),
                ("cost", "成本", "number"), ("returned", "已退", "radiogroup"),
            ),
        },
    ),
    Design(
        "interaction", 6, "互动",
        (KEY, ("subject", "主题", "text"), *CUSTOMER, ("channel", "渠道", "combo"), ("direction", "方向", "combo"),
         ("summary", "内容", "textarea"), ("status", "状态", "combo"), ("happened_at", "时间", "datetime"),
         ("staff", "员工", "user"), ("place", "地点", "location")),
        {},
    ),
    Design(
        "benefit_claim", 8, "福利领取",
        (KEY, ("benefit", "福利", "text"), *CUSTOMER, ("code", "兑换码", "text"), ("state", "状态", "combo"),
         ("expires_at", "到期时间", "datetime")),
        {},
    ),
    Design(
        "survey_answer", 9, "调查评分",
        (KEY, ("survey", "调查", "text"), *CUSTOMER, ("question", "问题", "textarea"), ("score", "分数", "number"),
         ("answered_at", "回答时间", "datetime")),
        {},
    ),
    Design(  # what the vendor's receiver of pushes stores
        "push_demo", 7, "推送演示",
        ((None, "单号", "text"), (None, "名称", "text"), (None, "地址", "text"), (None, "备注", "text"),
         (None, "数量", "number")),
        {},
        ("_widget_1515649885212", "_widget_1516945244833", "_widget_1516945244846", "_widget_1516945244887",
         "_widget_1516945245257"),
    ),
)  # fmt: skip


def entry_id(key: str) -> str:
    return next(design.entry_id for design in DESIGNS if design.key == key)


YES_NO = {"true": "是", "false": "否"}
CUSTOMER_KEY = {"customer": "customer_kq_id"}

FORMS: Mapping[str, Mapping[str, Any]] = {
    "tier": {"fields": {"name": "name", "rank": "rank", "description": "description"}},
    "group": {
        "fields": {
            "name": "name", "description": "description", "purpose": "kind", "platform": "platform",
            "colour": "colour", "owner": "owner",
        },
    },
    "customer": {
        "fields": {
            "type": "type", "name": "name", "phone": "phone", "email": "email", "source": "source",
            "tier": "tier_ref", "owner": "owner", "region": "address.province", "city": "address.city",
            "street": "address.detail", "notes": "note", "birthday": "birthday", "gender": "gender",
            "occupation": "occupation", "industry": "industry", "website": "website", "country": "country",
            "postcode": "postcode", "language": "language", "currency": "currency", "needs": "needs",
            "interests": "interests", "product_preferences": "preferences", "opted_out": "opted_out",
            "union_id": "union_id", "uscc": "uscc", "reference": "code", "parent": "parent_ref",
        },
        "options": {"type": {"person": "个人", "organisation": "组织"}, "opted_out": YES_NO},
    },
    "membership": {
        "fields": {"customer": "customer_ref", "group": "group_ref"},
        "keys": {**CUSTOMER_KEY, "group": "group_kq_id"},
    },
    "feedback": {
        "fields": {
            "subject": "subject", "kind": "kind", "channel": "channel", "status": "status", "priority": "priority",
            "content": "content", "solution": "solution", "happened_at": "happened_at", "customer": "customer_ref",
            "owner": "handler",
        },
        "keys": CUSTOMER_KEY,
    },
    "purchase": {
        "fields": {
            "name": "order_no", "kind": "kind", "status": "status", "amount": "amount", "ordered_at": "ordered_at",
            "paid_at": "paid_at", "lines": "lines", "customer": "customer_ref", "owner": "owner",
        },
        "keys": CUSTOMER_KEY,
        "currency": "currency",
        "options": {"kind": {"sale": "销售", "return": "退货"}, "lines.returned": YES_NO},
        "lines": {
            "product": "title", "category": "category", "quantity": "qty", "amount": "amount", "cost": "cost",
            "returned": "returned",
        },
    },
    "interaction": {
        "fields": {
            "subject": "subject", "channel": "channel", "direction": "direction", "content": "summary",
            "status": "status", "happened_at": "happened_at", "customer": "customer_ref", "owner": "staff",
        },
        "keys": CUSTOMER_KEY,
    },
}  # fmt: skip
"""How a connection names the widgets: the setting `forms`, without the ids."""


TOLD: Mapping[str, Mapping[str, Any]] = {
    "benefit_claim": {
        "fields": {
            "name": "benefit", "code": "code", "state": "state", "expires_at": "expires_at", "customer": "customer_ref",
        },
        "keys": CUSTOMER_KEY,
    },
    "survey_answer": {
        "fields": {
            "survey": "survey", "question": "question", "score": "score", "answered_at": "answered_at",
            "customer": "customer_ref",
        },
        "keys": CUSTOMER_KEY,
    },
}  # fmt: skip
"""The same of forms that are left to kequn."""


def form_settings(forms: Mapping[str, Mapping[str, Any]] = FORMS) -> dict[str, Any]:
    return {key: {"app_id": APP_ID, "entry_id": entry_id(key), **more} for key, more in forms.items()}
