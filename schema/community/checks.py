"""Checks for violations: when a group was looked through and by which words, and what was come upon."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.community.asking import asked, said
from schema.community.members import RuleCategory
from schema.lists import linked, listed
from schema.node import Node
from schema.scalars import JSON

one = strawberry.enum_value


@strawberry.enum(description="Where a member said it 出处")
class SaidIn(Enum):
    INTERACTION = one("interaction", description="In an interaction 互动记录")
    FEEDBACK = one("feedback", description="In feedback 反馈")
    INTRODUCTION = one("introduction", description="When they introduced themselves 自我介绍")


@strawberry.enum(description="What became of a suspicion 疑似违规状态")
class SuspicionState(Enum):
    OPEN = one("open", description="Nobody has decided yet 待核实")
    REPORTED = one("reported", description="It was reported as a violation 已转违规")
    DISMISSED = one("dismissed", description="It was none 已排除")


@strawberry.type(description="What was said in a group was looked through for violations 违规检查")
class ViolationCheck(Node):
    noun = "violation_check"

    since: datetime = said("From when 开始时间")
    until: datetime = said("Up to when 结束时间")
    checked_at: datetime = said("When it was done 检查时间")
    checked_by: str = said("Who did it 检查人")
    rules_version: int | None = said("The version of the rules in force 群规版本")
    forbidden: JSON = said("By category the words that were looked for 违禁词")
    read: int = said("How many sayings were read 检查条数")
    found: int = said("How many suspicions are new 发现数")
    note: str = said("What is to be said about it 说明")
    group = linked("Group", "group_id", words="The group 客户群")
    suspicions = listed("Suspicion", "suspicions", words="What it came upon 疑似违规")


@strawberry.type(description="A member said what may break a rule 疑似违规")
class Suspicion(Node):
    noun = "suspicion"

    category: RuleCategory = said("Which rule 类别")
    word: str = said("The forbidden word 违禁词")
    evidence: str = said("What was said 证据")
    source: SaidIn = said("Where it was said 出处")
    said_at: datetime = said("When it was said 时间")
    state: SuspicionState = said("What became of it 状态")
    decided_at: datetime | None = said("When it was decided 处理时间")
    decided_by: str | None = said("Who decided 处理人")
    note: str | None = said("Why it was decided so 处理说明")
    group = linked("Group", "group_id", words="The group 客户群")
    customer = linked("Customer", "customer_id", words="Who said it 客户")
    check = linked("ViolationCheck", "check_id", words="The check that came upon it 违规检查")
    violation = linked("Violation", "violation_id", words="What it was reported as 违规记录")


ViolationCheckWhere, ViolationCheckOrderField, ViolationCheckOrder = asked(ViolationCheck, "a check 违规检查")
SuspicionWhere, SuspicionOrderField, SuspicionOrder = asked(Suspicion, "a suspicion 疑似违规")
