"""Links: where a row stands in the connected CRMs."""

from datetime import datetime

import strawberry

from schema.lists import linked
from schema.words import worded


@worded("link")
@strawberry.type(description="The record of a CRM that is the same as a row here CRM记录关联")
class Link:
    object: str
    external_id: str
    is_primary: bool
    in_scope: bool
    pushed_at: datetime | None
    connection = linked("Connection", "connection_id")
