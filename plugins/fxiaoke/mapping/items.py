"""The lines of an order: records of their own in Fxiaoke, a product and a quantity each. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kequn.contracts.codecs import cannot_hold
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Line, Money, Value
from plugins.fxiaoke.mapping.values import Amount, Raw, decimal_of

PRODUCT_NAME = "product_id__r"


@dataclass(frozen=True)
class Items:
    """A `Codec`. Their order says nothing: they are sorted. Category, cost and whether they came back are not kept
    there. Lossy."""

    currency: str = "CNY"

    def read(self, raw: Any) -> Value:
        if not isinstance(raw or [], list) or not all(isinstance(item, Mapping) for item in raw or ()):
            raise ValueError("a list of lines was expected")
        return _sorted(self.line(item) for item in raw or ())

    def line(self, item: Raw) -> Line:
        """Raises ValueError."""
        product = item.get(PRODUCT_NAME) or item.get("product_id")
        if not product:
            raise ValueError("a line without a product")
        quantity = decimal_of(item.get("quantity"))
        return Line(
            str(product).strip(),
            quantity=Decimal(1) if quantity is None else quantity,
            amount=Amount(self.currency).read(item.get("subtotal")),
        )

    def write(self, value: Value) -> list[dict[str, Any]]:
        """Products by name: their ids are found when they are sent. Raises Rejected."""
        return [self._item(line) for line in value] if isinstance(value, tuple) else []

    def _item(self, line: Line) -> dict[str, Any]:
        if not line.product.strip():
            raise cannot_hold("a line has no product")
        item = {PRODUCT_NAME: line.product.strip(), "quantity": f"{line.quantity:f}"}
        return item if line.amount is None else {**item, "subtotal": Amount(self.currency).write(line.amount)}

    def difference(self, present: Sequence[Raw], wanted: Sequence[Raw]) -> tuple[list[str], list[Raw]]:
        """The ids of the lines to take away, and the lines to add."""
        missing = Counter(self.line(item) for item in wanted)
        superfluous: list[str] = []
        for item in present:
            line = self.line(item)
            if missing[line] > 0:
                missing[line] -= 1
            else:
                superfluous.append(str(item["_id"]))
        added: list[Raw] = []
        for item in wanted:
            line = self.line(item)
            if missing[line] > 0:
                missing[line] -= 1
                added.append(item)
        return superfluous, added


def with_ids(items: Sequence[Raw], products: Mapping[str, str]) -> list[dict[str, Any]]:
    """The items as they are sent. `products`: ids by name. Raises Rejected."""
    said: list[dict[str, Any]] = []
    for item in items:
        id = products.get(str(item[PRODUCT_NAME]))
        if id is None:
            raise Rejected("lines: one of them names a product that Fxiaoke does not have", field="lines")
        said.append({"product_id": id, **{name: value for name, value in item.items() if name != PRODUCT_NAME}})
    return said


def _sorted(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=_key))


def _key(line: Line) -> tuple[str, Decimal, int]:
    amount = line.amount.micros if isinstance(line.amount, Money) else -1
    return line.product, line.quantity, amount
