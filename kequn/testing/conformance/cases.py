"""The 60 cases, in order."""

from kequn.testing.conformance import (
    connection,
    echo,
    faults,
    manifest,
    paging,
    read,
    refusals,
    schema,
    webhooks,
    write,
)
from kequn.testing.conformance.case import Case, Level

GROUPS = (manifest, connection, schema, read, paging, write, refusals, faults, webhooks, echo)
CASES: tuple[Case, ...] = tuple(
    sorted((case for module in GROUPS for case in module.group.cases), key=lambda case: case.id)
)


def cases_of(level: Level) -> tuple[Case, ...]:
    """The cases that count at this level."""
    return tuple(case for case in CASES if case.level.rank <= level.rank)
