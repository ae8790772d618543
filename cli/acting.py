"""How a command acts as a person: a desk to edit at in one transaction, and refusals told in words."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from cli.installation import Installation
from kequn.domain.editing import Desk
from kequn.domain.problems import Problem, Refused
from kequn.store.scope import Actor, Role
from kequn.terminal import Failure
from schema.problems import Language, message


def actor(here: Installation) -> Actor:
    """Whoever may start commands may do everything."""
    return Actor(here.scope.tenant, Role.ADMIN, "command line")


@asynccontextmanager
async def desk(here: Installation) -> AsyncIterator[Desk]:
    """A transaction to edit in."""
    async with here.database.writing() as session:
        yield Desk(session, actor(here), here.ledger)


@contextmanager
def told() -> Iterator[None]:
    """Turns a refusal into one line."""
    try:
        yield
    except Refused as refused:
        raise Failure("; ".join(words(problem) for problem in refused.problems)) from None


def words(problem: Problem) -> str:
    """A problem, with its place."""
    place = ".".join(map(str, problem.path))
    return f"{place}: {message(problem, Language.EN)}" if place else message(problem, Language.EN)
