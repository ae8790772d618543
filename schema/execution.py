"""From a request's document to its answer."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.query import Query
from schema.scalars import SCALARS

schema = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))
