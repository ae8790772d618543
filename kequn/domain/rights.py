"""Which role may do what. Asked by the functions of the domain themselves, so that no caller goes round them."""

from kequn.domain.problems import Code, refuse
from kequn.store.scope import Actor, Role

READ = Role.VIEWER
EDIT = Role.OPERATOR  # customers, groups, tiers, feedback, conflicts, starting a sync
INSPECT = Role.DEVELOPER  # the schema, GraphiQL
MANAGE = Role.ADMIN  # connections, tokens


def require(actor: Actor, role: Role) -> None:
    """Raise Refused unless the actor may do what `role` may."""
    if not actor.may(role):
        raise refuse(Code.FORBIDDEN, role=role.name.lower())
