"""How Python's garbage collector works in a process that serves for long. SQLAlchemy and graphql-core leave rings
behind with every statement, so that full walks must come often; and a walk holds up every answer, so that it must be
short: what has lasted is not walked through again."""

import gc
from typing import Any

THRESHOLDS = (5_000, 3, 4)
FREEZES = 8
"""So many times is it left out. No more often: whatever is left out is never given back, should it die in a ring later
on, as entries of caches do when they are replaced."""
WORTHWHILE = 5_000
"""Objects. Fewer are walked through in a millisecond or two."""


def settle() -> None:
    """To be called once all is loaded. What is there now (the schema above all) stays for good."""
    gc.collect()
    gc.freeze()
    gc.collect()  # of nothing: Python puts full walks off until there is a quarter more than the last one has met
    gc.set_threshold(*THRESHOLDS)
    gc.callbacks.append(Settling())


class Settling:
    """Leaves out what the first full walks have found alive, while statements are compiled and caches filled."""

    def __init__(self) -> None:
        self.left = FREEZES

    def __call__(self, phase: str, about: dict[str, Any]) -> None:
        if phase != "stop" or about["generation"] != 2 or not self.left:
            return
        if len(gc.get_objects(generation=2)) > WORTHWHILE:
            gc.freeze()
            self.left -= 1
