"""The other people who work in Acme, and its administrator."""

from collections.abc import Mapping
from typing import Any

from .state import State


class AcmePeople:
    """`People` and `Administrator` of kequn.contracts.emulator. Errors are ValueError and KeyError."""

    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, object: str, fields: Mapping[str, Any]) -> str:
        return str(self._state.create(object, fields)["id"])

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None:
        self._state.change(object, id, fields)

    def delete(self, object: str, id: str) -> None:
        self._state.delete(object, id)

    def merge(self, object: str, winner: str, loser: str) -> None:
        if winner == loser or self._state.objects[object].table.rows[winner]["deleted"]:
            raise ValueError(f"{object} {winner} cannot take another record in")
        self._state.delete(object, loser, into=winner)

    def restore(self, object: str, id: str) -> None:
        self._state.restore(object, id)

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        rows = self._state.objects[object].table.rows
        shown = {id: self._state.show(object, row) for id, row in rows.items() if not row["deleted"]}
        return {id: {**one["fields"], "external_id": one["external_id"]} for id, one in shown.items()}

    def add_field(self, object: str, label: str, type: str) -> str:
        return self._state.add_field(object, label, type)

    def remove_field(self, object: str, name: str) -> None:
        del self._state.objects[object].fields[name]

    def add_option(self, object: str, name: str, text: str) -> None:
        self._state.add_option(object, name, text)
