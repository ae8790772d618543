"""Which OAuth scopes allow a call (contract, 3.8). Only when the knob `scopes` is given."""

from collections.abc import Iterable


def allowed(granted: Iterable[str] | None, needed: str) -> bool:
    """`needed` is of the form `ZohoCRM.modules.contacts.READ`; a group above it, `ALL`, or for writes `WRITE` does."""
    if granted is None:
        return True
    *path, act = needed.lower().split(".")
    acts = {act, "all"} | ({"write"} if act in {"create", "update"} else set())
    enough = {".".join((*path[:size], one)) for size in range(2, len(path) + 1) for one in acts}
    return any(scope.lower() in enough for scope in granted)
