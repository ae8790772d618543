"""The users' words for our fields, in English and Chinese: every description in the schema is taken from here or stands
beside the field. One word per field, wherever it appears: in types, inputs, filters and orders."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_ROW = {
    "id": "Id 编号",
    "version": "Counts the changes of this row; give it back with an edit to be told of others' edits 版本",
    "created_at": "When it came to be here 创建时间",
    "updated_at": "When it last changed 更新时间",
    "deleted_at": "When it was deleted; empty for what is live 删除时间",
    "extra": "What the CRMs have and kequn has no field for: by connection, then by their own names 其他字段",
    "as_of": "What it was at a moment; empty when it was not there yet 历史快照",
    "provenance": "Where the value of a field comes from 数据来源",
    "links": "Where it stands in the connected CRMs 对应的CRM记录",
    "history": "Who changed what, newest first unless ordered otherwise 修改历史",
    "conflicts": "What somebody must decide about it 冲突",
    "owner": "Who is in charge 负责人",
    "owner_id": "Who is in charge 负责人",
    "customer": "The customer 客户",
    "customer_id": "The customer 客户",
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "customer": {
        **_ROW,
        "type": "Person or organisation 类型",
        "name": "Name 姓名/名称",
        "first_name": "First name 名",
        "last_name": "Last name 姓",
        "phone": "Phone 电话",
        "email": "E-mail 邮箱",
        "union_id": "WeChat union id 微信UnionID",
        "uscc": "Unified social credit code 统一社会信用代码",
        "reference": "Number in another system 外部编号",
        "gender": "Gender 性别",
        "birthday": "Birthday 生日",
        "age": "Age in whole years, today in UTC; ask about it by `birthday` 年龄",
        "occupation": "Occupation 职业",
        "industry": "Industry 行业",
        "website": "Website 网站",
        "country": "Country 国家",
        "region": "Region 地域",
        "city": "City 城市",
        "street": "Street 街道",
        "postcode": "Postcode 邮编",
        "language": "Language 语言",
        "currency": "Currency (ISO 4217) 币种",
        "source": "Acquisition channel 获取渠道",
        "needs": "Needs 需求",
        "notes": "Notes 备注",
        "interests": "Interests 兴趣爱好",
        "product_preferences": "Product preferences 产品偏好",
        "opted_out": "Wants no marketing 拒绝营销",
        "tier": "Service tier 客户等级",
        "tier_id": "Service tier 客户等级",
        "parent": "The organisation that the person or organisation belongs to 所属单位",
        "parent_id": "The organisation that the person or organisation belongs to 所属单位",
        "owner": "Who looks after the customer 客户经理",
        "owner_id": "Who looks after the customer 客户经理",
        "members": "Who belongs to this organisation 下属客户",
        "groups": "The groups that the customer is in 所在客户群",
        "memberships": "The customer's memberships in groups 入群记录",
        "purchases": "Purchases 购买记录",
        "interactions": "Interactions 互动记录",
        "feedbacks": "Feedback 反馈",
        "identities": "Normalised keys by which the customer is recognised 身份标识",
        "merged_into": "The customer that it was merged into 并入的客户",
        "merged_from": "The customers that were merged into it, as they were 已并入的客户",
        "standing": "Facts, and what the rules made of them; empty until the first evaluation 分类结果",
        "alerts": "What somebody should see to 预警",
        "tasks": "What is to be done for the customer 任务",
    },
    "staff": {
        **_ROW,
        "name": "Name 姓名",
        "email": "E-mail 邮箱",
        "phone": "Phone 电话",
        "department": "Department 部门",
        "role": "Role 职务",
        "active": "Still works here 在职",
        "customers": "The customers they look after 负责的客户",
        "alerts": "The alerts they see to 负责的预警",
        "tasks": "What they are to do 任务",
        "groups": "The groups they run 负责的客户群",
        "purchases": "The purchases they look after 负责的购买记录",
        "interactions": "The interactions they had or look after 负责的互动记录",
        "feedbacks": "The feedback they look after 负责的反馈",
    },
    "tier": {
        **_ROW,
        "name": "Name 名称: 普通, VIP, 战略, …",
        "rank": "Higher is better served 级别",
        "description": "Description 说明",
        "customers": "The customers in this tier 该等级的客户",
    },
    "group": {
        **_ROW,
        "name": "Name 名称",
        "platform": "Platform 平台: WeChat 微信, QQ, Jiandaoyun 简道云, forum 论坛, …",
        "purpose": "Goal and purpose 目的",
        "description": "Description 说明",
        "colour": "Colour 颜色",
        "owner": "Who runs the group 群主",
        "owner_id": "Who runs the group 群主",
        "customers": "The customers in this group 群成员客户",
        "memberships": "The memberships in this group 群成员",
    },
    "membership": {
        **_ROW,
        "group": "The group 客户群",
        "group_id": "The group 客户群",
        "role": "Role in the group 群内角色",
        "joined_at": "When the customer joined 入群时间",
    },
    "purchase": {
        **_ROW,
        "name": "What was bought 名称",
        "kind": "Sale or return 类型",
        "status": "Status 状态",
        "amount": "Amount 金额",
        "amount_micros": "Amount 金额",
        "amount_currency": "Currency (ISO 4217) 币种",
        "ordered_at": "When it was ordered 下单时间",
        "paid_at": "When it was paid; rules count what is paid 付款时间",
        "lines": "Lines 明细",
    },
    "line": {
        "purchase": "The purchase 购买记录",
        "position": "Place in the purchase, from 0 序号",
        "product": "Product 产品",
        "category": "Product category 产品类别",
        "quantity": "Quantity 数量",
        "amount": "Amount 金额",
        "cost": "Cost 成本",
        "returned": "Was brought back 已退货",
    },
    "interaction": {
        **_ROW,
        "subject": "Subject 主题",
        "channel": "Channel 渠道: e-mail 邮件, phone 电话, social media 社交媒体, …",
        "direction": "Who began: inbound 呼入 or outbound 呼出 方向",
        "content": "Content 内容",
        "status": "Status 状态",
        "happened_at": "When it happened 时间",
    },
    "feedback": {
        **_ROW,
        "subject": "Subject 主题",
        "kind": "Kind: inquiry 咨询, problem 问题, opinion 意见, suggestion 建议, complaint 投诉 反馈类型",
        "channel": "Channel: online 在线, phone 电话, e-mail 邮件 渠道",
        "status": "Status 状态",
        "priority": "Priority 优先级",
        "content": "Content 内容",
        "solution": "Solution 解决方案",
    },
    "identity": {
        "customer": "The customer 客户",
        "type": "What it is: phone, email, union_id, uscc, reference 类型",
        "value": "Normal form 标准值",
    },
    "link": {
        "connection": "The connection 连接",
        "object": "The CRM's module, form or object type CRM对象",
        "external_id": "The record's id there 外部编号",
        "is_primary": "The record that is written to; secondary ones are only read 主记录",
        "in_scope": "Whether it is inside what the connection syncs 在同步范围内",
        "seen_at": "When kequn last read it 上次读取时间",
        "pushed_at": "When kequn last wrote to it 上次写入时间",
        "url": "Where people find it in the CRM; empty where that is not known CRM页面地址",
        "state": "How it stands 状态",
        "pending_fields": "The fields whose value the CRM does not have yet 待写入字段",
        "problem": "Why something waits 问题",
        "kind": "What the record is about 记录类型",
        "row": "The row here 本地记录",
    },
    "change": {
        "id": "Id 编号",
        "at": "When 时间",
        "op": "What was done 操作",
        "kind": "What the row is 记录类型",
        "row": "The row that was changed, even a deleted one 记录",
        "source": "By a sync, a person or a rule 来源",
        "actor": "Who: a token's or a connection's name 操作者",
        "rule": "Which rule decided 规则",
        "fields": "What changed 变更的字段",
        "connection": "The connection it came through 连接",
        "run": "The sync run it was made in 同步任务",
    },
    "connection": {
        "id": "Id 编号",
        "name": "Name 名称",
        "plugin": "The CRM's plugin: zoho, fxiaoke 纷享销客, jiandaoyun 简道云, … 插件",
        "state": "State 状态",
        "policy": "What it may do, by kind, as it was entered; what is left out is as usual 同步策略",
        "created_at": "When it was added 创建时间",
        "runs": "Its syncs, newest first unless ordered otherwise 同步任务",
        "links": "The records that it knows, each with its row here CRM记录关联",
        "changes": "What came through it, newest first unless ordered otherwise 修改记录",
        "conflicts": "What somebody must decide 冲突",
    },
    "run": {
        "id": "Id 编号",
        "connection": "The connection 连接",
        "state": "State 状态",
        "starter": "Who started it: command, api or schedule 触发方式",
        "started_at": "When it was asked for 开始时间",
        "finished_at": "When it ended 结束时间",
        "counts": "What was done, counted 统计",
        "changes": "What it changed 修改记录",
        "code": "Why it stopped or failed, as a code 原因代码",
        "message": "Why it stopped or failed, in words 原因",
    },
    "conflict": {
        "id": "Id 编号",
        "connection": "The connection 连接",
        "object": "The CRM's module, form or object type CRM对象",
        "external_id": "The record's id there 外部编号",
        "kind": "What the record is about 记录类型",
        "row": "The row here 本地记录",
        "type": "What somebody must decide 冲突类型",
        "field": "The field that both sides changed 字段",
        "state": "State 状态",
        "base": "What both sides last agreed on, by field 原值",
        "ours": "Our side, by field 我方值",
        "theirs": "The CRM's side, by field 对方值",
        "candidates": "The rows among which to choose 候选记录",
        "opened_at": "When it was found 发现时间",
        "settled_at": "When it was settled 解决时间",
        "settled_by": "Who settled it 解决人",
        "choice": "What was chosen 选择",
        "choices": "What can be chosen 可选项",
        "ours_change": "Who wrote our side, when, and through what: the last change before 我方值的修改记录",
        "theirs_at": "When the CRM says that its side was written; its clock, not ours 对方值的修改时间",
        "lost": "What was not chosen 未采用的值",
    },
    "duplicate": {
        "id": "Id 编号",
        "kind": "What is there twice 重复类型",
        "state": "What became of it 处理状态",
        "score": "How sure it is, from 0 to 1 相似度",
        "reasons": "The fields that agree 一致的字段",
        "found_at": "When it was found 发现时间",
        "decided_at": "When somebody decided 处理时间",
        "decided_by": "Who decided 处理人",
        "customer": "The customer, of two the older one 客户",
        "other": "The other customer of a pair 另一位客户",
        "link": "The second record of a double 重复的CRM记录",
    },
    "standing": {
        "first_order_at": "When the first order was paid 首次购买时间",
        "last_order_at": "When the last order was paid 最近购买时间",
        "last_contact_at": "The last interaction that was no purchase 最近互动时间",
        "orders": "Paid orders, ever 累计订单数",
        "spend": "Paid less returned, ever, in the standard's currency 累计消费",
        "spend_micros": "Paid less returned, ever 累计消费",
        "orders_window": "Orders in the window (365 days unless the standard says otherwise) 周期内订单数",
        "spend_window": "Spend in the window 周期内消费",
        "spend_window_micros": "Spend in the window 周期内消费",
        "orders_recent": "Orders lately (90 days) 近期订单数",
        "orders_before": "Orders in the three such windows before 此前三个周期订单数",
        "orders_half": "Orders in the last half year 近半年订单数",
        "orders_half_before": "Orders in the half year before 前半年订单数",
        "returns_recent": "Returns lately 近期退货数",
        "contacts": "Interactions that are no purchase, ever 累计互动数",
        "contacts_window": "Interactions in the window 周期内互动数",
        "contacts_recent": "Interactions lately 近期互动数",
        "contacts_before": "Interactions in the three such windows before 此前三个周期互动数",
        "satisfaction": "Mean answer in the window, from 0 (worst) to 100 (best) 满意度",
        "approvals": "Words that the highest tier is in order 战略等级审批数",
        "rfm": "Recency, frequency and monetary value, each from 5 (best) to 1 RFM评分",
        "frequency_class": "How often the customer buys 购买频次分类",
        "value_class": "What the customer is worth 价值分类",
        "loyalty_score": "Loyalty, in millionths 忠诚度评分",
        "loyalty_class": "How loyal the customer is 忠诚度分类",
        "activity": "How active the customer is 活跃度",
        "importance": "Important or potential 重要程度",
        "lifecycle": "Stage of the lifecycle 生命周期阶段",
        "tier_class": "The tier that the rules see 规则等级",
        "tier_runs": "On how many days in a row the rules have said so 连续评估次数",
        "tier_clear": "No edge is near 远离分级边界",
        "tier_since": "Since when 开始时间",
        "customer": "The customer 客户",
    },
    "alert": {
        "id": "Id 编号",
        "kind": "What it is about 预警类型",
        "state": "How far it is seen to 处理状态",
        "reasons": "What raised it 触发原因",
        "inputs": "The facts and thresholds, by reason 触发事实与阈值",
        "version": "By which version of the standard 标准版本",
        "as_of": "At which moment it was judged 评估时点",
        "raised_at": "When it was raised 预警时间",
        "repeated_at": "When something new was last found 最近重复时间",
        "repeats": "How often something new was found since 重复次数",
        "due_at": "Until when somebody should have seen to it 截止时间",
        "changed_at": "When it last changed hands or state 更新时间",
        "changed_by": "Who changed it 处理人",
        "outcome": "What came of it 处理结果",
        "note": "What was done 处理说明",
        "customer": "The customer 客户",
        "owner": "Who sees to it 负责人",
        "tasks": "The care that it asks for 关怀任务",
    },
    "task": {
        "id": "Id 编号",
        "kind": "What it is about 任务类型",
        "state": "Open, done or dropped 任务状态",
        "department": "Which department's it is 部门",
        "due_at": "Until when 截止时间",
        "created_at": "When it came to be 创建时间",
        "closed_at": "When it was closed 完成时间",
        "closed_by": "Who closed it 完成人",
        "outcome": "What came of it 结果",
        "customer": "The customer 客户",
        "owner": "Whose it is 负责人",
        "alert": "The alert that asked for it 预警",
    },
}


def worded(noun: str) -> Callable[[type[T]], type[T]]:
    """Gives the fields of a Strawberry class, or the values of an enum of fields, their words, where they have none of
    their own. Raises KeyError for a field that has no word: a schema without descriptions does not start."""

    def fill(cls: type[T]) -> type[T]:
        definition: StrawberryObjectDefinition | StrawberryEnumDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
        if isinstance(definition, StrawberryEnumDefinition):
            for value in definition.values:
                value.description = WORDS[noun][value.value]
        else:
            for field in definition.fields:
                field.description = field.description or WORDS[noun][field.python_name]
        return cls

    return fill


def shown(words: str | None = None, metadata: Mapping[Any, Any] | None = None) -> Callable[[F], F]:
    """Makes a method a field. (Strawberry's own decorator has no type.)"""

    def make(resolver: F) -> F:
        field: F = strawberry.field(resolver=resolver, description=words, metadata=metadata)
        return field

    return make


def snake(name: str) -> str:
    """The name of a field as we have it, from how GraphQL has it."""
    return "".join(f"_{letter.lower()}" if "A" <= letter <= "Z" else letter for letter in name)


def camel(name: str) -> str:
    """A field's name as GraphQL has it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
