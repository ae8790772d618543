"""Which role may ask what. Rows are held to the tenant by the loaders, edits to their role by the domain; what is left
is the schema itself, which is shown to developers."""

from typing import Any

from graphql import ASTValidationRule, FieldNode, GraphQLError

from kequn.domain import rights
from kequn.domain.problems import Code, Refused, refuse

_INTROSPECTION = {"__schema", "__type"}


class NoIntrospection(ASTValidationRule):
    """For everybody below developers."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in _INTROSPECTION:
            refused: Refused = refuse(Code.FORBIDDEN, role=rights.INSPECT.name.lower())
            self.report_error(GraphQLError(Code.FORBIDDEN, node, original_error=refused))
