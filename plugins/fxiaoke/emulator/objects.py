"""The objects that the tenant has at the start. Where the contract names fields, these are they; where it leaves them
open (cases, records of visits, members), the tenant's administrator has made custom ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.fxiaoke.emulator.fields import KEQUN_ID, OWNER, Field, choice, number, reference, text

GROUP = "object_kqgroup__c"
MEMBER = "object_kqmember__c"
PARENT = "kq_parent__c"
CLAIM = "object_kqclaim__c"
ANSWER = "object_kqanswer__c"


@dataclass(frozen=True)
class Spec:
    """`master`: the field that makes its records details of another object's."""

    api_name: str
    label: str
    fields: tuple[Field, ...]
    master: str | None = None

    @property
    def custom(self) -> bool:
        return self.api_name.endswith("__c")


def _spec(api_name: str, label: str, *fields: Field, name: Field | None = None) -> Spec:
    first = name or text("name", f"{label}名称", required=True)
    return Spec(api_name, label, (first, OWNER, *fields))


_ACCOUNT = _spec(
    "AccountObj", "客户",
    Field("account_no", "客户编号", "auto_number"),
    choice("account_type", "客户类型", "企业客户", "个人客户"),
    choice("account_level", "客户级别", "A 级", "B 级"),
    choice("account_source", "来源", "Chat", "Web Download", "转介绍"),
    choice("industry_level1", "一级行业", "制造", "零售"),
    choice("industry_level2", "二级行业", "食品", "服装"),
    text("tel", "电话", "phone_number"), text("fax", "传真"), text("email", "邮件", "email"),
    text("url", "网址", "url"), text("address", "详细地址"), text("remark", "备注", "long_text"),
    text("back_reason", "退回原因"),
    text("area_location", "地区定位", "location"), reference(PARENT, "上级客户", "AccountObj"), KEQUN_ID,
)  # fmt: skip

_CONTACT = _spec(
    "ContactObj", "联系人",
    reference("account_id", "客户名称", "AccountObj"),
    *(text(f"tel{n}", f"电话{n}", "phone_number") for n in (1, 2, 3)),
    text("mobile1", "手机1", "phone_number"), text("email", "邮件", "email"), text("company", "公司"), KEQUN_ID,
)  # fmt: skip

_MEMBER = _spec(
    "MemberObj", "会员",
    text("kq_phone__c", "手机", "phone_number"), reference("kq_grade__c", "等级", "MemberGradeObj"), KEQUN_ID,
)  # fmt: skip

_GRADE = _spec("MemberGradeObj", "会员等级", number("kq_rank__c", "序号", "number", 0), KEQUN_ID)

_PRODUCT = _spec("ProductObj", "产品", number("price", "价格"), KEQUN_ID)

_LINE = Spec(
    "SalesOrderProductObj", "订单产品",
    (
        Field("name", "订单产品编号", "auto_number"), OWNER,
        reference("order_id", "销售订单编号", "SalesOrderObj", "master_detail", required=True),
        reference("product_id", "产品名称", "ProductObj", required=True),
        number("quantity", "数量", "number"), text("unit", "单位"), number("sales_price", "销售单价"),
        number("product_price", "价格"), number("subtotal", "小计"), number("discount", "折扣", "percentile"),
        text("remark", "备注", "long_text"),
    ),
    master="order_id",
)  # fmt: skip

_CASE = _spec(
    "CasesObj", "工单",
    reference("account_id", "客户名称", "AccountObj"),
    choice("kq_kind__c", "工单类型", "Problem", "Feature Request", "Question"),
    choice("kq_channel__c", "渠道", "Email", "Phone", "Web"),
    choice("kq_status__c", "处理状态", "New", "On Hold", "Escalated", "Closed"),
    choice("kq_priority__c", "优先级", "High", "Medium", "Low"),
    text("kq_content__c", "内容", "long_text"), text("kq_solution__c", "解决办法", "long_text"), KEQUN_ID,
)  # fmt: skip

_ACTIVITY = _spec(
    "ActiveRecordObj", "销售记录",
    reference("account_id", "客户名称", "AccountObj"),
    choice("kq_channel__c", "方式", "电话", "会面", "任务"), choice("kq_direction__c", "方向", "呼入", "呼出"),
    choice("kq_status__c", "状态", "Not Started", "Completed"), text("kq_content__c", "内容", "long_text"),
    Field("kq_happened_at__c", "发生时间", "date_time", define_type="custom"), KEQUN_ID,
)  # fmt: skip

_PERSONNEL = _spec(
    "PersonnelObj", "人员",
    text("full_name", "姓名"), text("phone", "手机", "phone_number"), text("user_id", "员工 ID"),
    text("employee_number", "员工编号"), text("position", "职位"), text("status", "状态"),
    Field("main_department", "主属部门", "department"),
)  # fmt: skip

_GROUP = _spec(
    GROUP, "分组",
    text("kq_platform__c", "平台"), text("kq_purpose__c", "目的"), text("kq_description__c", "说明", "long_text"),
    KEQUN_ID,
)  # fmt: skip

_GROUP_MEMBER = _spec(
    MEMBER, "分组成员",
    reference("kq_customer__c", "客户", "AccountObj"), reference("kq_group__c", "分组", GROUP), KEQUN_ID,
)  # fmt: skip

_CLAIM = _spec(
    CLAIM, "福利领取",
    reference("kq_customer__c", "客户", "AccountObj"), text("kq_code__c", "兑换码"),
    choice("kq_state__c", "领取状态", "claimed", "redeemed", "expired", "cancelled"),
    Field("kq_until__c", "到期时间", "date_time", define_type="custom"), KEQUN_ID,
)  # fmt: skip

_ANSWER = _spec(
    ANSWER, "调查评分",
    reference("kq_customer__c", "客户", "AccountObj"), text("kq_question__c", "问题", "long_text"),
    number("kq_score__c", "分数", "number", 0), KEQUN_ID,
)  # fmt: skip

_EVENT = _spec("MarketingEventObj", "市场活动", KEQUN_ID)

_EVENT_MEMBER = _spec(
    "CampaignMembersObj", "活动成员",
    reference("kq_customer__c", "客户", "AccountObj"), reference("kq_event__c", "市场活动", "MarketingEventObj"),
    KEQUN_ID,
)  # fmt: skip


def _order(numbered: bool) -> Spec:
    name = Field("name", "销售订单编号", "auto_number" if numbered else "text", required=not numbered)
    return _spec(
        "SalesOrderObj", "销售订单",
        reference("account_id", "客户名称", "AccountObj"),
        Field("order_time", "下单日期", "date"), number("order_amount", "销售订单金额"),
        number("discount", "折扣", "percentile"),
        Field("delivery_date", "交货日期", "date"), text("ship_to_add", "收货地址"),
        text("ship_to_tel", "收货人电话", "phone_number"), text("remark", "备注", "long_text"),
        choice("kq_kind__c", "类别", "销售", "退货"), choice("kq_status__c", "订单状态", "已下单", "已付款", "已退货"),
        Field("kq_paid_at__c", "付款时间", "date_time", define_type="custom"),
        choice("kq_tags__c", "标记", "加急", "赠品", type="select_many"),
        Field("kq_gift__c", "礼品", "true_or_false", define_type="custom"), KEQUN_ID,
        name=name,
    )  # fmt: skip


def standard(*, order_numbers: bool) -> Sequence[Spec]:
    return (
        _ACCOUNT, _CONTACT, _MEMBER, _GRADE, _PRODUCT, _order(order_numbers), _LINE, _CASE, _ACTIVITY, _PERSONNEL,
        _EVENT, _EVENT_MEMBER, _GROUP, _GROUP_MEMBER, _CLAIM, _ANSWER,
    )  # fmt: skip
