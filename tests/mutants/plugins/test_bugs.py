"""The proof that the kit can fail: every seeded bug is refused, each by a case that names it."""

from pathlib import Path

import pytest

from kequn.contracts.crm import Subscription
from kequn.testing.conformance import CASES, Level, Result, Subject, check
from plugins.zoho.adapter import ZohoCrm
from tests.mutants.plugins.bugs import BUGS, Bug, zoho

pytestmark = [pytest.mark.anyio]


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
async def test_a_seeded_bug_is_refused(bug: Bug, tmp_path: Path) -> None:
    verdict = await check(bug.make(tmp_path), Level.REALTIME, only=bug.cases)
    assert [(one.case.id, one.result) for one in verdict.outcomes] == [(id, Result.FAILED) for id in bug.cases]
    assert not verdict.certified
    # Refused for what is wrong, not because it cannot run at all.
    assert [one.note for one in verdict.outcomes if one.note.startswith(("ends in", "hangs"))] == []


async def test_there_are_twenty() -> None:
    assert len({bug.name for bug in BUGS}) == 20


@pytest.mark.parametrize("name", ["plugins.zoho"])
async def test_the_right_plugin_passes_those_cases(name: str) -> None:
    named = {case for bug in BUGS for case in bug.cases}
    assert named <= {case.id for case in CASES}
    verdict = await check(Subject.of(name), Level.REALTIME, only=named)
    assert [(one.case.id, one.note) for one in verdict.of(Result.FAILED)] == []


class LogsItsDoor(ZohoCrm):
    async def subscribe(self, url: str, current: Subscription | None) -> Subscription:
        self._host.log.info("zoho.subscribed", url=url)
        return await super().subscribe(url, current)


async def test_an_address_of_webhooks_in_the_log_is_refused(tmp_path: Path) -> None:
    bug = zoho("logs its door", ["T03"], LogsItsDoor)
    (outcome,) = (await check(bug.make(tmp_path), Level.READ, only=bug.cases)).outcomes
    assert (outcome.result, "a secret is shown" in outcome.note) == (Result.FAILED, True)
