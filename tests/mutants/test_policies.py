"""What a policy promises can be broken too: each promise is shown an engine with one wrong rule. Its own check passes
with the engine as it is, and fails with the mutant."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kequn.contracts import identity
from kequn.contracts.identity import Key
from kequn.contracts.records import Gone, Kind, Record
from kequn.store.values import Fact
from kequn.sync.burial import Burial
from kequn.sync.match import Observation
from kequn.sync.merge import Sides, _Field
from kequn.sync.plan import Decision, Verb
from kequn.sync.policy import KindPolicy, Policy, Winner
from kequn.sync.scope import Leaving
from tests.kequn.sync import test_authority as authority
from tests.kequn.sync import test_fields as fields
from tests.kequn.sync import test_identity as keys
from tests.kequn.sync import test_p16_scope as p16
from tests.kequn.sync.world import build, copy_of
from tests.mutants.test_mutants import FAILURES, Mutant, of

pytestmark = pytest.mark.anyio
LEAVING, KIND, LEFT_ALONE = "sync.scope.Leaving.decide", "sync.policy.KindPolicy", "sync.merge._ours_alone"
_leave, _bury = Leaving.decide, Burial.decide


async def nothing(*given: Any, **more: Any) -> None:
    """What should follow is forgotten."""


async def nobody(*given: Any, **more: Any) -> dict[Any, Any]:
    return {}


def leaving_is_a_delete(self: Leaving, at: Observation, seen: Record) -> Decision:
    assert at.row
    return Decision(Verb.DELETE, seen, "", at.row, replace(at.row, deleted_at=self.now))


def leaving_forgets_the_base(self: Leaving, at: Observation, seen: Record) -> Decision:
    decision = _leave(self, at, seen)
    return replace(decision, link=replace(decision.link, base={})) if decision.link else decision


def leaving_is_not_noted(self: Leaving, at: Observation, seen: Record) -> Decision:
    return Decision(Verb.IGNORE, seen)


def whoever_left_is_in_scope(self: Burial, at: Observation, seen: Gone) -> Decision:
    return _bury(self, replace(at, link=replace(at.link, in_scope=True)) if at.link else at, seen)


def the_last_to_come_wins(self: KindPolicy, name: str, theirs: str = "", ours: str = "") -> Winner:
    return Winner.REMOTE


def taken_though_it_is_ours(sides: Sides, name: str, ours: Fact, normal: Fact) -> _Field:
    return _Field(sides.theirs[name], sides.theirs[name], taken=True)


def replaced_without_a_word(sides: Sides, name: str, ours: Fact, normal: Fact) -> _Field:
    return _Field(ours, sides.theirs[name])


def any_key_counts(self: Policy, kind: Kind, facts: Mapping[str, object]) -> tuple[Key, ...]:
    return identity.keys(kind, facts)


def always(*given: Any) -> bool:
    return True


MUTANTS = (
    of("P16", "leaving is a delete", leaving_is_a_delete,
       p16.test_leaving_the_scope_is_no_delete_and_its_edits_are_not_taken, LEAVING),
    of("P16", "leaving forgets the base", leaving_forgets_the_base,
       p16.test_coming_back_resumes_from_the_base, LEAVING),
    of("P16", "leaving is not noted", leaving_is_not_noted,
       p16.test_an_edit_that_meets_a_record_leaving_is_not_written_over_it, LEAVING),
    of("P16", "everything is pulled", always, p16.test_only_what_is_in_scope_is_taken_in, "sync.decide.is_pulled"),
    of("P16", "everything is created", always, p16.test_what_fits_may_be_created, "sync.outgoing.holds"),
    of("P16", "whoever left takes the row along", whoever_left_is_in_scope,
       p16.test_a_record_that_is_deleted_out_of_scope_leaves_its_row_alone, "sync.burial.Burial.decide"),
    of("P16", "rows of before are forgotten", nothing,
       partial(p16.test_rows_that_were_there_before_follow_a_wider_policy,
               before={"create": "never"}, after={"create": "always"}), "sync.revise._queue"),
    of("P16", "records of before are not read again", nothing,
       p16.test_a_narrower_scope_lets_go_of_what_it_leaves_out_and_a_wider_one_takes_it_back, "store.cursors.rewind"),
    of("P16", "whoever waits is not woken", nothing,
       p16.test_what_refers_to_somebody_out_of_scope_waits_until_they_come_in, "store.hints.wake"),
    of("P16", "what is referred to is not asked", nobody,
       p16.test_a_scope_may_ask_about_what_a_record_refers_to, "store.rows.ends"),
    of("authority", "the last to come wins", the_last_to_come_wins,
       authority.test_fields_have_owners_of_their_own, f"{KIND}.of"),
    of("authority", "nobody asks whose value it is", nobody,
       authority.test_fields_have_owners_of_their_own, "store.journal.authors"),
    of("direction", "what is ours alone is taken", taken_though_it_is_ours,
       partial(fields.test_out_restores_ours_and_shows_what_it_replaced, ours=None), LEFT_ALONE),
    of("direction", "what is replaced is not shown", replaced_without_a_word,
       fields.test_out_is_written_over_what_was_never_taken, LEFT_ALONE),
    of("direction", "what is only pulled is written", property(lambda self: frozenset()),
       fields.test_in_is_pulled_and_never_written, f"{KIND}.unwritten"),
    of("direction", "what is off is read", property(lambda self: frozenset()),
       fields.test_off_is_left_alone_on_both_sides, f"{KIND}.unread"),
    of("identity", "any key counts", any_key_counts,
       partial(keys.test_the_order_is_a_rule_of_the_tenant, order=["email", "phone"], name="Pifi"),
       "sync.policy.Policy.keys"),
)  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.promise}: {mutant.name}")
async def test_a_mutant_is_caught(
    mutant: Mutant, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with build(copy_of(sqlite_template, tmp_path, "healthy")) as world:
        await mutant.check(world)
    for place in mutant.places:
        monkeypatch.setattr(place, mutant.phase)
    async with build(copy_of(sqlite_template, tmp_path, "mutant")) as world:
        with pytest.raises(FAILURES):
            await mutant.check(world)
