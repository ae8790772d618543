"""Which rows somebody sees who does not see all of a tenant's (scope.Sight): the customers of a person or of a
department, and what hangs on them. Closed by default: a noun of which nothing is said here is not seen at all."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, or_, select, true

from kequn.contracts.records import Kind
from kequn.store.scope import Scope


class Known(Protocol):
    """A noun of the catalogue."""

    @property
    def source(self) -> FromClause: ...


OPEN = frozenset(
    {
        "tier",
        "group",
        "staff",
        "segment",
        "connection",
        "run",
        "benefit",
        "benefit_day",
        "survey",
        "charter",
        "rules_version",
        "join_link",
        "post",
        "gathering",
        "draw",
        "review",
        "lesson",
        "assignment",
        "template_use",
        "rule_review",
        "violation_check",
        "retention_rule",
    }
)
"""What is nobody's in particular."""

LED: Mapping[str, tuple[str, str]] = {
    "line": ("purchase_id", "purchase"),
    "standing": ("id", "customer"),
    "case_step": ("case_id", "service_case"),
    "ticket_step": ("ticket_id", "ticket"),
}
"""What hangs on something else than a customer: by which column, and on what."""

ABOUT = frozenset({"link", "change", "conflict"})
"""What is about a row of any kind, named by `kind` and `row_id`."""


def seen(noun: str, source: FromClause, catalogue: Mapping[str, Known], scope: Scope) -> ColumnElement[bool]:
    """Whether a row of `source`, the table of `noun` or an alias of it, is one that is seen."""
    if scope.sight.staff is None or noun in OPEN:
        return true()
    if noun == "customer":
        return _owned(source.c.owner_id, catalogue, scope)
    if noun == "duplicate":
        both = (source.c.first_id, source.c.second_id)
        return and_(*(or_(end.is_(None), end.in_(_seen_ids("customer", catalogue, scope))) for end in both))
    if noun in ABOUT:
        return or_(*(and_(source.c.kind == kind.value, _of_kind(kind, source, catalogue, scope)) for kind in Kind))
    column, led_by = LED.get(noun, ("customer_id", "customer"))
    return source.c[column].in_(_seen_ids(led_by, catalogue, scope)) if column in source.c else false()


def _of_kind(kind: Kind, source: FromClause, catalogue: Mapping[str, Known], scope: Scope) -> ColumnElement[bool]:
    return true() if kind in OPEN else source.c.row_id.in_(_seen_ids(kind, catalogue, scope))


def _seen_ids(noun: str, catalogue: Mapping[str, Known], scope: Scope) -> Select[Any]:
    table = catalogue[noun].source.alias()
    return select(table.c.id).where(table.c.tenant_id == scope.tenant, seen(noun, table, catalogue, scope))


def _owned(owner: ColumnElement[Any], catalogue: Mapping[str, Known], scope: Scope) -> ColumnElement[bool]:
    own = owner == scope.sight.staff
    if not scope.sight.department:
        return own
    staff, self = (catalogue["staff"].source.alias() for _ in "12")
    same = select(self.c.department).where(self.c.tenant_id == scope.tenant, self.c.id == scope.sight.staff)
    beside = select(staff.c.id).where(staff.c.tenant_id == scope.tenant, staff.c.department == same.scalar_subquery())
    return or_(own, owner.in_(beside))
