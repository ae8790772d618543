"""The roots of mutations of many rows."""

import strawberry

from kequn.domain import customers, feedback, groups, interactions, memberships, purchases, tiers
from schema.batches import changes, creates, deletes, joins, leaves, upserts
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


@strawberry.type
class Many:
    """Up to a thousand rows at once."""

    create_customers = creates("Customer", customers.RULES, CustomerInput, "Add many customers 批量新建客户")
    update_customers = changes("Customer", customers.RULES, CustomerUpdate, "Change many customers 批量修改客户")
    upsert_customers = upserts(
        "Customer",
        customers.RULES,
        CustomerInput,
        "Change the customers that are known by an identity, add the others 按身份标识批量写入客户",
        BY,
    )
    delete_customers = deletes("Customer", customers.RULES, "Delete many customers 批量删除客户")
    create_groups = creates("Group", groups.RULES, GroupInput, "Add many groups 批量新建客户群")
    update_groups = changes("Group", groups.RULES, GroupUpdate, "Change many groups 批量修改客户群")
    upsert_groups = upserts(
        "Group",
        groups.RULES,
        GroupInput,
        "Change the groups that there are by these names, add the others 按名称批量写入客户群",
    )
    delete_groups = deletes("Group", groups.RULES, "Delete many groups 批量删除客户群")
    create_tiers = creates("Tier", tiers.RULES, TierInput, "Add many tiers 批量新建客户等级")
    update_tiers = changes("Tier", tiers.RULES, TierUpdate, "Change many tiers 批量修改客户等级")
    upsert_tiers = upserts(
        "Tier",
        tiers.RULES,
        TierInput,
        "Change the tiers that there are by these names, add the others 按名称批量写入客户等级",
    )
    delete_tiers = deletes("Tier", tiers.RULES, "Delete many tiers 批量删除客户等级")
    create_feedbacks = creates("Feedback", feedback.RULES, FeedbackInput, "Add much feedback 批量新建反馈")
    update_feedbacks = changes("Feedback", feedback.RULES, FeedbackUpdate, "Change much feedback 批量修改反馈")
    delete_feedbacks = deletes("Feedback", feedback.RULES, "Delete much feedback 批量删除反馈")
    create_purchases = creates("Purchase", purchases.RULES, PurchaseInput, "Add many purchases 批量新建购买记录")
    update_purchases = changes("Purchase", purchases.RULES, PurchaseUpdate, "Change many purchases 批量修改购买记录")
    delete_purchases = deletes("Purchase", purchases.RULES, "Delete many purchases 批量删除购买记录")
    create_interactions = creates(
        "Interaction", interactions.RULES, InteractionInput, "Add many interactions 批量新建互动记录"
    )
    update_interactions = changes(
        "Interaction", interactions.RULES, InteractionUpdate, "Change many interactions 批量修改互动记录"
    )
    delete_interactions = deletes("Interaction", interactions.RULES, "Delete many interactions 批量删除互动记录")
    create_memberships = creates(
        "Membership", memberships.RULES, MembershipInput, "Put many customers into groups, in some role 批量新建群成员"
    )
    update_memberships = changes(
        "Membership", memberships.RULES, MembershipUpdate, "Change many memberships 批量修改群成员"
    )
    delete_memberships = deletes("Membership", memberships.RULES, "End many memberships 批量删除群成员")
    add_members = joins("Put many customers into groups 批量添加群成员")
    remove_members = leaves("Take many customers out of groups 批量移除群成员")
