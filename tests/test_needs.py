"""What a machine does not have: a skip, or a failure where it is required."""

import pytest

from tests.needs import lacking


@pytest.mark.parametrize("required", ["", "chromium", "nodes"])
def test_it_is_a_skip(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv("KEQUN_REQUIRE", required)
    with pytest.raises(pytest.skip.Exception, match="there is no node: not installed"):
        lacking("node", "not installed")


@pytest.mark.parametrize("required", ["node", "chromium,node"])
def test_it_is_a_failure_where_it_is_required(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv("KEQUN_REQUIRE", required)
    with pytest.raises(pytest.fail.Exception, match="node is required here"):
        lacking("node", "not installed")
