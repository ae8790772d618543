"""The screens over HTTP, for those who cannot call Python: what people do, as `POST /console/<act>` without a key.
Not a part of Jiandaoyun."""

from collections.abc import Callable, Mapping
from typing import Any

from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.people import JiandaoyunPeople


class Console:
    """Acts: create {object, fields}, edit {object, id, fields}, delete and restore {object, id}, merge {object, winner,
    loser}, push {url, objects}, test_push {object}, read {object}."""

    def __init__(self, people: JiandaoyunPeople) -> None:
        self._acts: Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
            "create": (people.create, ("object", "fields")),
            "edit": (people.edit, ("object", "id", "fields")),
            "delete": (people.delete, ("object", "id")),
            "restore": (people.restore, ("object", "id")),
            "merge": (people.merge, ("object", "winner", "loser")),
            "test_push": (people.test_push, ("object",)),
            "read": (people.read, ("object",)),
        }
        self._people = people

    def act(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ApiError."""
        try:
            if name == "push":
                self._people.push_to(given["url"], *given.get("objects", ()))
                return {"result": None}
            call, wanted = self._acts[name]
            return {"result": call(*(given[key] for key in wanted))}
        except (KeyError, TypeError, ValueError) as error:
            raise ApiError(17017, f"{type(error).__name__} in {name}") from error
