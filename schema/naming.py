"""What types are called that are made of others: after the first of them, CustomerConnection and not
CustomerCustomerOrderFieldConnection."""

from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType


class AfterTheFirst(NameConverter):
    def from_generic(self, generic_type: StrawberryObjectDefinition, types: list[StrawberryType | type]) -> str:
        return self.get_name_from_type(types[0]).removesuffix("OrderField") + generic_type.name
