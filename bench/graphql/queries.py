"""The five operations, in the words of each peer, and the variables they are asked with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from graphql import OperationDefinitionNode, parse, print_ast

from bench.graphql.data import Crowd

Variables = Mapping[str, Any]
DOCUMENTS = Path(__file__).parent / "documents"
ASKED = 500  # how many different variables an operation is asked with

TITLES = {
    "Q1": "one customer with tier",
    "Q2": "50 customers with tier and last 5 purchases",
    "Q3": "100 filtered and sorted, with groups, feedback count and total",
    "Q4": "20 groups with 20 members and their tier",
    "Q5": "1,000 flat customers",
}


@dataclass(frozen=True)
class Operation:
    """A document and what it is asked with, one after the other."""

    document: str
    variables: Sequence[Variables] = field(default_factory=lambda: [{}])


def documents(dialect: str) -> Mapping[str, str]:
    """The five operations as a peer wants them, by name."""
    parsed = parse((DOCUMENTS / f"{dialect}.graphql").read_text())
    operations = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode) and node.name]
    return {node.name.value: print_ast(node) for node in operations if node.name}


def statements() -> Mapping[str, str]:
    """The five statements written by hand, by name."""
    _, *parts = re.split(r"^-- (Q\d)$", (DOCUMENTS / "limit.sql").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def asked(
    operations: Mapping[str, str], crowd: Crowd, tenant: UUID | None = None, prefix: str = ""
) -> dict[str, Operation]:
    """The operations with their variables; `prefix`: what a peer writes before the id of a customer."""

    def text(id: UUID) -> str:
        return prefix + (id.hex if prefix else str(id))

    always = {"tenant": str(tenant)} if tenant else {}
    people = crowd.customers[:: max(1, len(crowd.customers) // ASKED)]
    variables = {
        "Q1": [{**always, "id": text(id)} for id in people],
        "Q3": [{**always, "parent": text(id)} for id in crowd.organisations[:ASKED]],
    }
    return {name: Operation(document, variables.get(name, [always])) for name, document in operations.items()}
