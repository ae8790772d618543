"""What some tests need and not every machine has: Node, a Chromium. Where it is missing they are skipped; where
KEQUN_REQUIRE names it ("node,chromium"), they fail."""

import os
from typing import NoReturn

import pytest


def lacking(what: str, why: str) -> NoReturn:
    if what in os.environ.get("KEQUN_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {why}")
    pytest.skip(f"there is no {what}: {why}")
