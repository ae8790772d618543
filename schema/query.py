"""The roots of queries: one row by its id, pages of all."""

import asyncio
from typing import Annotated, Any

import strawberry
from strawberry import Info

from kequn.contracts.identity import PREFIXES, parse_id
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Code, refuse
from schema import duplicates, standards
from schema.benefits.roots import BenefitRoots
from schema.care.roots import CareRoots
from schema.community.advice import ContentAdvising
from schema.community.figures import CommunityFigures
from schema.community.roots import CommunityRoots
from schema.community.templates import Templates
from schema.community.today import Today
from schema.context import Context
from schema.declared import Part, said
from schema.insight import Insight
from schema.labels import LABELS, Labels, LocaleArgument, Of, labels
from schema.lists import listed
from schema.me import ME, Me, me
from schema.node import Node
from schema.paging import LARGEST, Key
from schema.policies import RULES, SyncRules, sync_rules
from schema.problems import Fault
from schema.rates import Rates
from schema.service.roots import ServiceRoots
from schema.single import ID, single
from schema.standards import EvaluationShown, Standard
from schema.surveys.roots import SurveyRoots
from schema.words import shown

IDS = Annotated[list[strawberry.ID], strawberry.argument(description="Their ids 编号")]


NODES = {PREFIXES[noun]: noun for noun in CATALOGUE if noun in PREFIXES}


async def _node(info: Info[Context], text: str, *path: str | int) -> Any:
    try:
        prefix, id = parse_id(text)
        noun = NODES[prefix]
    except (ValueError, KeyError):
        raise refuse(Code.BAD_ID, *path) from None
    return await info.context.ask.one(noun, id)


@strawberry.type(description="Everything that can be asked 查询")
class Query(
    CommunityRoots,
    CommunityFigures,
    ContentAdvising,
    Templates,
    Today,
    CareRoots,
    BenefitRoots,
    ServiceRoots,
    SurveyRoots,
    Insight,
    Rates,
):
    customer = single("Customer", "A customer 客户")
    customers = listed("Customer", words="Customers 客户列表")
    group = single("Group", "A group 客户群")
    groups = listed("Group", words="Groups 客户群列表")
    tier = single("Tier", "A tier 客户等级")
    tiers = listed("Tier", words="Tiers 客户等级列表")
    feedback = single("Feedback", "A feedback 反馈")
    feedbacks = listed("Feedback", words="Feedback 反馈列表")
    purchase = single("Purchase", "A purchase 购买记录")
    purchases = listed("Purchase", words="Purchases 购买记录列表")
    interaction = single("Interaction", "An interaction 互动记录")
    interactions = listed("Interaction", words="Interactions 互动记录列表")
    membership = single("Membership", "A membership 群成员")
    memberships = listed("Membership", words="Memberships 群成员列表")
    staff = listed("Staff", words="Our own people 员工列表")
    connection = single("Connection", "A connection to a CRM CRM连接")
    connections = listed("Connection", words="Connections to CRMs CRM连接列表")
    sync_run = single("SyncRun", "A sync 同步任务")
    sync_runs = listed("SyncRun", words="Syncs 同步任务列表")
    conflict = single("Conflict", "A conflict 冲突")
    conflicts = listed("Conflict", words="Conflicts 冲突列表")
    duplicates = listed(
        "Duplicate",
        usual=duplicates.USUAL,
        words="What may be the same customer twice, the surest first 疑似重复列表",
        more=duplicates.ARGUMENTS,
        narrow=duplicates.narrow,
    )

    alert = single("Alert", "An alert 预警")
    alerts = listed("Alert", usual=(Key("raised_at", descending=True),), words="Alerts, the newest first 预警列表")
    task = single("Task", "A task 任务")
    tasks = listed("Task", usual=(Key("due_at"),), words="Tasks, the most urgent first 任务列表")

    flaws = listed(
        "Flaw", usual=(Key("found_at"),), words="What is to be cleaned in the data, the oldest first 数据清洗列表"
    )
    segment = single("Segment", "A segment 客户细分")
    segments = listed("Segment", usual=(Key("name"),), words="Segments 客户细分列表")
    segment_stays = listed(
        "SegmentStay",
        usual=(Key("entered_at", descending=True),),
        words="Who was in which segment, the latest first 客户细分进出列表",
    )

    standings = listed("Standing", words="Where customers stand: facts and classes 客户分类结果列表")

    @shown("The standard that rules go by 现行客户分类标准")
    async def standard(self, info: Info[Context]) -> Standard:
        return await standards.in_force(info)

    @shown("Every version of it, the newest first 客户分类标准版本列表")
    async def standards(self, info: Info[Context]) -> list[Standard]:
        return await standards.versions(info)

    @shown("The last evaluation of the rules, with how many customers are in each class 最近一次分类评估")
    async def evaluation(self, info: Info[Context]) -> EvaluationShown | None:
        return await standards.last_evaluation(info)

    @shown("What holds for all connections 全局同步规则", RULES)
    async def sync_rules(self, info: Info[Context]) -> SyncRules:
        return await sync_rules(info)

    @shown("Who asks 当前用户", ME)
    async def me(self, info: Info[Context]) -> Me:
        return await me(info)

    @shown("What values are called on a screen: of enums, and of fields in which any text may stand 选项名称", LABELS)
    async def labels(self, info: Info[Context], locale: LocaleArgument = None, of: Of = None) -> list[Labels]:
        return await labels(info, locale, of)

    @shown("Whatever has this id 按编号查询", said(Part.ANYTHING))
    async def node(self, info: Info[Context], id: ID) -> Node | None:
        found: Node | None = await _node(info, id, "id")
        return found

    @shown("Whatever has these ids, in their order 按编号批量查询", said(Part.ANYTHINGS))
    async def nodes(self, info: Info[Context], ids: IDS) -> list[Node | None]:
        if len(ids) > LARGEST:
            raise refuse(Fault.TOO_MANY_VALUES, "ids", limit=LARGEST)
        return list(await asyncio.gather(*(_node(info, id, "ids", place) for place, id in enumerate(ids))))
