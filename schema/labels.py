"""What values are called on a screen: those of enums, and those that a tenant's own rows use where any text may stand.
The words of enums are those of their descriptions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from graphql import GraphQLEnumType, GraphQLSchema
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Code, refuse
from kequn.store import vocabulary
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from schema.context import Context
from schema.declared import Found, Near, Worked, said
from schema.problems import Language

_CHINESE = re.compile(r"[\u4e00-\u9fff].*", re.DOTALL)
OPEN: Mapping[str, tuple[Kind, str]] = {
    "Customer.gender": (Kind.CUSTOMER, "gender"),
    "Customer.industry": (Kind.CUSTOMER, "industry"),
    "Customer.region": (Kind.CUSTOMER, "region"),
    "Customer.source": (Kind.CUSTOMER, "source"),
    "Group.platform": (Kind.GROUP, "platform"),
    "Tier.name": (Kind.TIER, "name"),
    "Staff.department": (Kind.STAFF, "department"),
    "Purchase.status": (Kind.PURCHASE, "status"),
    "Interaction.channel": (Kind.INTERACTION, "channel"),
    "Interaction.direction": (Kind.INTERACTION, "direction"),
    "Interaction.status": (Kind.INTERACTION, "status"),
    "Feedback.kind": (Kind.FEEDBACK, "kind"),
    "Feedback.channel": (Kind.FEEDBACK, "channel"),
    "Feedback.status": (Kind.FEEDBACK, "status"),
    "Feedback.priority": (Kind.FEEDBACK, "priority"),
}
"""Fields in which any text may stand, of which most tenants use few."""

KNOWN: Mapping[str, tuple[str, str]] = {
    "inquiry": ("Inquiry", "咨询"),
    "problem": ("Problem", "问题"),
    "opinion": ("Opinion", "意见"),
    "suggestion": ("Suggestion", "建议"),
    "complaint": ("Complaint", "投诉"),
    "online": ("Online", "在线"),
    "phone": ("Phone", "电话"),
    "email": ("E-mail", "邮件"),
    "meeting": ("Meeting", "会议"),
    "social media": ("Social media", "社交媒体"),
    "inbound": ("Inbound", "呼入"),
    "outbound": ("Outbound", "呼出"),
    "low": ("Low", "低"),
    "medium": ("Medium", "中"),
    "high": ("High", "高"),
    "male": ("Male", "男"),
    "female": ("Female", "女"),
}
"""What is said of words that have been seen often, in English and Chinese. Others stand for themselves."""


@strawberry.enum(description="A language 语言")
class Locale(Enum):
    EN = strawberry.enum_value("en", description="English 英文")
    ZH = strawberry.enum_value("zh", description="Chinese 中文")


@strawberry.type(description="What a value is called 显示名称")
class Label:
    value: str = strawberry.field(description="The value, as filters and inputs take it 值")
    label: str = strawberry.field(description="What people call it 名称")


@strawberry.type(description="The values of an enum, or those that rows have in a field 选项列表")
class Labels:
    name: str = strawberry.field(description="The enum, or the type and its field: Feedback.kind 枚举或字段")
    closed: bool = strawberry.field(description="There can be no other values 固定选项")
    labels: list[Label] = strawberry.field(description="The values, each with its label 选项")


LocaleArgument = Annotated[
    Locale | None, strawberry.argument(description="In this language; left out, that of the request 语言")
]
Of = Annotated[
    list[str] | None,
    strawberry.argument(description="Only of these: names of enums, or a type and its field 枚举或字段名"),
]


async def labels(info: Info[Context], locale: Locale | None, of: Sequence[str] | None) -> list[Labels]:
    schema, context = info.schema._schema, info.context
    used = {name: await context.ask.together("words", _used, name) or () for name in _open(of)}
    return _labels(schema, context, locale, of, used)


def _open(of: Sequence[str] | None) -> Sequence[str]:
    """The fields among these in which any text may stand."""
    return [*OPEN] if of is None else [name for name in dict.fromkeys(of) if name in OPEN]


def _labels(
    schema: GraphQLSchema,
    context: Context,
    locale: Locale | None,
    of: Sequence[str] | None,
    used: Mapping[str, Sequence[str]],
) -> list[Labels]:
    chinese = (locale.value if locale else context.language.value) == Language.ZH
    enums = dict(_enums(schema))
    wanted = [*enums, *OPEN] if of is None else list(dict.fromkeys(of))
    for place, name in enumerate(wanted):
        if name not in enums and name not in OPEN:
            raise refuse(Code.BAD_VALUE, "of", place)
    return [_of_enum(enums[name], chinese) if name in enums else _of_rows(name, used[name], chinese) for name in wanted]


def _enums(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLEnumType]]:
    for name, type in schema.type_map.items():
        if isinstance(type, GraphQLEnumType) and not name.startswith("__"):
            yield name, type


def _of_enum(type: GraphQLEnumType, chinese: bool) -> Labels:
    found = [Label(value=name, label=_label(name, one.description or "", chinese)) for name, one in type.values.items()]
    return Labels(name=type.name, closed=True, labels=found)


def _label(name: str, description: str, chinese: bool) -> str:
    found = _CHINESE.search(description)
    return found.group() if chinese and found else name.replace("_", " ").capitalize()


def _of_rows(name: str, words: Sequence[str], chinese: bool) -> Labels:
    found = [Label(value=word, label=KNOWN.get(word.lower(), (word, word))[chinese]) for word in words]
    return Labels(name=name, closed=False, labels=found)


async def _used(session: AsyncSession, scope: Scope, vault: Vault, names: list[str]) -> dict[str, Any]:
    return {name: await vocabulary.used(session, scope, CATALOGUE, *OPEN[name]) for name in names}


def _words(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return {name: vocabulary.query(scope, CATALOGUE, *place) for name, place in OPEN.items()}


def _found(found: Found, locale: Locale | None = None, of: Sequence[str] | None = None) -> list[Labels]:
    used = {name: [word for row in rows for word in row.values()] for name, rows in found.beside.items()}
    return _labels(found.schema, found.context, locale, of, used)


LABELS = said(Worked(_found, (), _words, only=lambda given: _open(given.get("of"))))
