"""What the records that are about to be written point at: whether it is there, and which kequn id it carries.
Jiandaoyun itself checks no reference."""

from collections.abc import Sequence

from kequn.contracts.changes import Change
from kequn.contracts.errors import MissingReference
from kequn.contracts.records import Ref
from plugins.jiandaoyun.adapter.forms import Forms, by_object
from plugins.jiandaoyun.adapter.reading import Reader
from plugins.jiandaoyun.adapter.staffing import Members
from plugins.jiandaoyun.mapping.choices import TIERS
from plugins.jiandaoyun.mapping.values import STAFF


class Targets:
    """Made anew for each batch. `keys`: the kequn ids by the ids of the records that are there."""

    def __init__(self, forms: Forms, reader: Reader, members: Members) -> None:
        self._forms = forms
        self._reader = reader
        self._members = members
        self.keys: dict[str, str | None] = {}
        self._there: set[tuple[str, str]] = set()

    async def look(self, changes: Sequence[Change]) -> None:
        refs = [value for change in changes for value in change.fields.values() if isinstance(value, Ref)]
        for object, ids in by_object(refs).items():
            if object == STAFF:
                self._there |= {(object, id) for id in ids if await self._members.has(id)}
            elif object == TIERS:
                self._there |= {(object, id) for id in ids}  # any text is an option
            elif object in self._forms.found:
                key = self._forms.found[object].table.key
                rows = await self._reader.by_ids(object, ids)
                self._there |= {(object, id) for id in rows}
                self.keys |= {id: str(row[key]) if key and row.get(key) else None for id, row in rows.items()}

    def require(self, change: Change) -> None:
        """Raises MissingReference."""
        for name, value in change.fields.items():
            if isinstance(value, Ref) and (value.object, value.id) not in self._there:
                raise MissingReference(f"{name}: Jiandaoyun has no such record of {value.object}", field=name)
