"""Relay connections, and the fields that lead from one noun to others: `linked` to one row, `listed` to pages of them,
`every` to the few that hang on a row. Each asks a loader and shapes the answer; no SQL here."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry import UNSET, Info

from kequn.domain.catalogue import CATALOGUE
from kequn.store.where import Where
from schema import operators, paging, totals
from schema.aggregates import Asked, Group
from schema.context import Context
from schema.declared import All, One, Pages, Part, said
from schema.loaders import Loaded, noun_of
from schema.paging import LARGEST, Key, Window
from schema.totals import Aggregate, F
from schema.unfolding import whole
from schema.words import shown

N = TypeVar("N")


@dataclass(frozen=True)
class Listing:
    """A list that was asked for: what a relation of `parent`, a row of `noun`, leads to; or all of `noun`."""

    window: Window
    noun: str
    relation: str | None = None
    parent: Any = None

    async def load(self, info: Info[Context]) -> Loaded:
        return await info.context.ask.page(self.noun, self.relation, self.parent, self.window)

    async def count(self, info: Info[Context]) -> int:
        return await info.context.ask.count(self.noun, self.relation, self.parent, self.window)

    async def groups(self, info: Info[Context], asked: Asked) -> Sequence[Group]:
        return await info.context.ask.groups(self.noun, self.relation, self.parent, self.window, asked)

    @property
    def target(self) -> str:
        """What the rows of the list are."""
        return CATALOGUE[self.noun].relations[self.relation].to if self.relation else self.noun


@strawberry.type(description="Where a page stands in its list 分页信息")
class PageInfo:
    has_next_page: bool = strawberry.field(description="More follow 是否有下一页")
    has_previous_page: bool = strawberry.field(description="There are earlier ones 是否有上一页")
    start_cursor: str | None = strawberry.field(description="Cursor of the first entry 起始游标")
    end_cursor: str | None = strawberry.field(description="Cursor of the last entry 结束游标")


@strawberry.type(name="Edge", description="An entry of a page 列表项")
class Edge(Generic[N]):
    node: N = strawberry.field(description="The row 记录", metadata=said(Part.NODE))
    window: strawberry.Private[Window]

    @shown("Names this place in the list; give it back as `after` or `before` 游标", said(Part.CURSOR))
    def cursor(self) -> str:
        return paging.encode(self.node, self.window.order)


@strawberry.type(name="Connection", description="A page of a list 分页列表")
class Page(Generic[N, F]):
    listing: strawberry.Private[Listing]

    @shown("The entries 列表项", said(Part.EDGES))
    async def edges(self, info: Info[Context]) -> list[Edge[N]]:
        loaded = await self.listing.load(info)
        return [Edge(node=row, window=self.listing.window) for row in loaded.rows]

    @shown("Where the page stands in the list 分页信息", said(Part.PAGE_INFO))
    async def page_info(self, info: Info[Context]) -> PageInfo:
        loaded, window = await self.listing.load(info), self.listing.window
        cursors = [paging.encode(row, window.order) for row in (*loaded.rows[:1], *loaded.rows[-1:])]
        return PageInfo(
            has_next_page=window.before is not None if window.backward else loaded.more,
            has_previous_page=loaded.more if window.backward else window.after is not None or window.offset > 0,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )

    @shown("How many there are in all pages; counted only when asked for 总数", said(Part.TOTAL_COUNT))
    async def total_count(self, info: Info[Context]) -> int:
        return await self.listing.count(info)

    @shown("Figures over all rows of the list, whatever its page: one for each group 汇总统计", said(Part.AGGREGATE))
    async def aggregate(
        self,
        info: Info[Context],
        of: totals.Of[F] = (),  # type: ignore[assignment]
        group_by: totals.By[F] = (),  # type: ignore[assignment]
        at_most: totals.AtMost = totals.USUAL,
        largest_first: totals.Largest = False,
    ) -> list[Aggregate]:
        noun = self.listing.target
        asked = totals.asked(of, group_by, at_most, largest_first, info.context.now)
        totals.check(noun, asked)
        groups = await self.listing.groups(info, asked)
        return [totals.show(info.schema._schema, TITLES[noun], noun, asked, group) for group in groups]


MODULES = {
    "Customer": ("customer", "schema.customers"),
    "Group": ("group", "schema.groups"),
    "Tier": ("tier", "schema.tiers"),
    "Membership": ("membership", "schema.memberships"),
    "Staff": ("staff", "schema.staff"),
    "Purchase": ("purchase", "schema.purchases"),
    "PurchaseLine": ("line", "schema.purchases"),
    "Interaction": ("interaction", "schema.interactions"),
    "Feedback": ("feedback", "schema.feedback"),
    "Identity": ("identity", "schema.customers"),
    "Link": ("link", "schema.links"),
    "Change": ("change", "schema.changes"),
    "Connection": ("connection", "schema.connections"),
    "SyncRun": ("run", "schema.runs"),
    "Conflict": ("conflict", "schema.conflicts"),
    "Duplicate": ("duplicate", "schema.duplicates"),
    "Standing": ("standing", "schema.standings"),
    "Alert": ("alert", "schema.alerts"),
    "Task": ("task", "schema.tasks"),
    "Segment": ("segment", "schema.segments"),
    "ServiceFlow": ("flow", "schema.process.flows"),
    "ServiceCase": ("service_case", "schema.process.cases"),
    "CaseStep": ("case_step", "schema.process.cases"),
    "Offer": ("offer", "schema.offers.offers"),
    "Trial": ("trial", "schema.offers.trials"),
    "OfferRecipient": ("offer_recipient", "schema.offers.recipients"),
    "TrialSubject": ("trial_subject", "schema.offers.recipients"),
    "RuleReview": ("rule_review", "schema.care.reviews"),
    "PurposeConsent": ("purpose_consent", "schema.privacy.records"),
    "PrivacyAct": ("privacy_act", "schema.privacy.records"),
    "RetentionRule": ("retention_rule", "schema.privacy.records"),
    "SegmentStay": ("stay", "schema.segments"),
    "Moment": ("moment", "schema.timeline"),
    "Flaw": ("flaw", "schema.quality"),
    "Charter": ("charter", "schema.community.joining"),
    "RulesVersion": ("rules_version", "schema.community.joining"),
    "Consent": ("consent", "schema.community.joining"),
    "JoinLink": ("join_link", "schema.community.joining"),
    "Application": ("application", "schema.community.joining"),
    "MemberStanding": ("member_standing", "schema.community.members"),
    "MemberEvent": ("member_event", "schema.community.members"),
    "ActivityDay": ("activity_day", "schema.community.members"),
    "Violation": ("violation", "schema.community.members"),
    "ViolationCheck": ("violation_check", "schema.community.checks"),
    "Suspicion": ("suspicion", "schema.community.checks"),
    "Post": ("post", "schema.community.content"),
    "Gathering": ("gathering", "schema.community.content"),
    "SignUp": ("sign_up", "schema.community.content"),
    "Draw": ("draw", "schema.community.content"),
    "Notice": ("notice", "schema.community.learning"),
    "Review": ("review", "schema.community.learning"),
    "Lesson": ("lesson", "schema.community.learning"),
    "Assignment": ("assignment", "schema.community.learning"),
    "TemplateUse": ("template_use", "schema.community.learning"),
    "Benefit": ("benefit", "schema.benefits.offered"),
    "BenefitClaim": ("benefit_claim", "schema.benefits.claims"),
    "BenefitDay": ("benefit_day", "schema.benefits.days"),
    "Incentive": ("incentive", "schema.benefits.incentives"),
    "ServiceStandard": ("service_standard", "schema.service.standards"),
    "Ticket": ("ticket", "schema.service.tickets"),
    "TicketStep": ("ticket_step", "schema.service.steps"),
    "CrisisPlan": ("crisis_plan", "schema.service.crises"),
    "CrisisRun": ("crisis_run", "schema.service.runs"),
    "Training": ("training", "schema.service.trainings"),
    "Trainee": ("trainee", "schema.service.trainees"),
    "Survey": ("survey", "schema.surveys.asked"),
    "SurveyWave": ("survey_wave", "schema.surveys.waves"),
    "SurveyInvitation": ("survey_invitation", "schema.surveys.invitations"),
    "SurveyAnswer": ("survey_answer", "schema.surveys.scores"),
}
"""The types that fields lead to, by name, because they lead to each other in circles: their noun, and their file."""

TITLES = {noun: title for title, (noun, _) in MODULES.items()}


def lazy(title: str, suffix: str = "") -> Any:
    return Annotated[title + suffix, strawberry.lazy(MODULES[title][1])]


def _argument(name: str, kind: Any, words: str, default: Any = UNSET) -> inspect.Parameter:
    annotation = Annotated[kind, strawberry.argument(description=words)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_EVERY = (
    inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
    inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    _argument("first", int | None, f"How many from the start; {paging.DEFAULT} unless told 前几条"),
    _argument("after", str | None, "Only what comes after this cursor 起始游标之后"),
    _argument("last", int | None, "How many from the end 后几条"),
    _argument("before", str | None, "Only what comes before this cursor 结束游标之前"),
    _argument("page", int | None, f"A page by its number, from 1; within the first {paging.FAR} rows 页码"),
    _argument("page_size", int | None, "How many are on a page that is asked for by its number 每页条数"),
)
"""What every list is asked by."""

_DELETED = _argument("include_deleted", bool, "Deleted ones too 包含已删除", False)


def _signature(title: str, filtered: bool, more: Sequence[inspect.Parameter]) -> inspect.Signature:
    parameters = [*_EVERY]
    if filtered:
        parameters += [
            _argument("where", lazy(title, "Where") | None, "Only those for which this holds 筛选条件"),
            _argument(
                "order_by",
                GenericAlias(list, lazy(title, "Order")) | None,
                "Ordered by these, one after the other 排序",
            ),
        ]
    if CATALOGUE[MODULES[title][0]].soft:
        parameters.append(_DELETED)
    return inspect.Signature([*parameters, *more])


def listed(
    title: str,
    relation: str | None = None,
    *,
    usual: tuple[Key, ...] = (Key("id"),),
    filtered: bool = True,
    words: str | None = None,
    more: Sequence[inspect.Parameter] = (),
    narrow: Callable[[dict[str, Any]], Where] | None = None,
) -> Any:
    """A field with pages of `title`: those at the end of a relation, or all of the tenant's. `more`: its own arguments,
    of which `narrow` makes a filter."""
    pages = Pages(MODULES[title][0], relation, usual, narrow)

    async def resolve(root: Any, info: Info[Context], **arguments: Any) -> Page[Any, Any]:
        asked = {name: value for name, value in arguments.items() if value is not UNSET}
        window = await whole(pages.window(asked, info.context.now), info.context.ask, info.context.now)
        return Page(listing=Listing(window, noun_of(root) if relation else pages.noun, relation, root))

    resolve.__signature__ = _signature(title, filtered, more)  # type: ignore[attr-defined]
    kind: Any = Page[lazy(title), lazy(title, "OrderField")]  # type: ignore[misc]
    return strawberry.field(resolver=resolve, graphql_type=kind, description=words, metadata=said(pages))


def linked(title: str, column: str, words: str | None = None) -> Any:
    """A field with the one row that `column` names."""
    one = One(MODULES[title][0], column)

    async def resolve(root: Any, info: Info[Context]) -> Any:
        return await info.context.ask.one(one.noun, getattr(root, column))

    return strawberry.field(resolver=resolve, graphql_type=lazy(title) | None, description=words, metadata=said(one))


def every(title: str, relation: str, *order: str, words: str | None = None, deleted: bool = False) -> Any:
    """A field with all the rows at the end of a relation, where they are few. `deleted`: those that are gone too."""
    window = Window(tuple(Key(column) for column in order), LARGEST, deleted=deleted)
    all_of = All(MODULES[title][0], relation, window)

    async def resolve(root: Any, info: Info[Context]) -> list[Any]:
        return list((await info.context.ask.page(noun_of(root), relation, root, window)).rows)

    return strawberry.field(
        resolver=resolve,
        graphql_type=GenericAlias(list, lazy(title)),
        description=words,
        metadata=said(all_of),
    )


def one_where(title: str) -> Any:
    """A filter field: what holds for the one row at the end of a relation."""
    return strawberry.field(graphql_type=lazy(title, "Where") | None, default=UNSET)


def some_where(title: str) -> Any:
    """A filter field: what holds for some, for none, or for every one of the rows at the end of a relation."""
    kind: Any = operators.ListFilter
    return strawberry.field(graphql_type=kind[lazy(title, "Where")] | None, default=UNSET)
