"""The roots of mutations of many rows."""

import strawberry

from kequn.domain import customers, feedback, groups, interactions, memberships, purchases, tiers
from schema.batches import edits, joins, leaves, upserts
from schema.customers import CustomerIdentity, CustomerInput, CustomerUpdate
from schema.feedback import FeedbackInput, FeedbackUpdate
from schema.groups import GroupInput, GroupUpdate
from schema.interactions import InteractionInput, InteractionUpdate
from schema.memberships import MembershipInput, MembershipUpdate
from schema.payloads import argument
from schema.purchases import PurchaseInput, PurchaseUpdate
from schema.tiers import TierInput, TierUpdate

BY = argument(
    "by", CustomerIdentity, "By what they are known; in normal form, so that width and spaces do not count 身份标识"
)
KNOWN = "Change the customers that are known by an identity, add the others 按身份标识批量写入客户"
NAMED = "Change the {} that there are by these names, add the others 按名称批量写入{}"


@strawberry.type
class Many:
    """Up to a thousand rows at once."""

    create_customers, update_customers, delete_customers = edits(
        "Customer", customers.RULES, CustomerInput, CustomerUpdate, "many customers", "客户"
    )
    upsert_customers = upserts("Customer", customers.RULES, CustomerInput, KNOWN, BY)
    create_groups, update_groups, delete_groups = edits(
        "Group", groups.RULES, GroupInput, GroupUpdate, "many groups", "客户群"
    )
    upsert_groups = upserts("Group", groups.RULES, GroupInput, NAMED.format("groups", "客户群"))
    create_tiers, update_tiers, delete_tiers = edits(
        "Tier", tiers.RULES, TierInput, TierUpdate, "many tiers", "客户等级"
    )
    upsert_tiers = upserts("Tier", tiers.RULES, TierInput, NAMED.format("tiers", "客户等级"))
    create_feedbacks, update_feedbacks, delete_feedbacks = edits(
        "Feedback", feedback.RULES, FeedbackInput, FeedbackUpdate, "much feedback", "反馈"
    )
    create_purchases, update_purchases, delete_purchases = edits(
        "Purchase", purchases.RULES, PurchaseInput, PurchaseUpdate, "many purchases", "购买记录"
    )
    create_interactions, update_interactions, delete_interactions = edits(
        "Interaction", interactions.RULES, InteractionInput, InteractionUpdate, "many interactions", "互动记录"
    )
    create_memberships, update_memberships, delete_memberships = edits(
        "Membership", memberships.RULES, MembershipInput, MembershipUpdate, "many memberships", "群成员"
    )
    add_members = joins("Put many customers into groups 批量添加群成员")
    remove_members = leaves("Take many customers out of groups 批量移除群成员")
