"""The promises can be broken: each is shown an engine with one wrong phase. The promise's own check passes with the
engine as it is, and fails with the mutant."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.kequn.sync import test_apply as apply
from tests.kequn.sync import test_p01_no_lost_update as p01
from tests.kequn.sync import test_p02_nothing_invented as p02
from tests.kequn.sync import test_p03_no_resurrection as p03
from tests.kequn.sync import test_p04_delete_against_edit as p04
from tests.kequn.sync import test_p06_quiet as p06
from tests.kequn.sync import test_p08_one_record as p08
from tests.kequn.sync import test_p09_any_order as p09
from tests.kequn.sync import test_p11_clocks as p11
from tests.kequn.sync import test_p12_brakes as p12
from tests.kequn.sync import test_p13_order as p13
from tests.kequn.sync import test_p14_visible as p14
from tests.kequn.sync import test_p15_first_sync as p15
from tests.kequn.sync import test_p16_scope as p16
from tests.kequn.sync.world import World, build, copy_of
from tests.mutants import wrong

pytestmark = pytest.mark.anyio
Check = Callable[[World], Awaitable[None]]
FAILURES = (AssertionError, ValueError, LookupError, pytest.fail.Exception)
"""How a check ends that fails: in an assertion, or before it, since there is not one conflict or record but none."""


@dataclass(frozen=True)
class Mutant:
    """`places`: the names that are replaced by `phase`. `check`: a test of the promise."""

    name: str
    promise: str
    phase: Any
    places: tuple[str, ...]
    check: Check


def of(promise: str, name: str, phase: Any, check: Check, *places: str) -> Mutant:
    return Mutant(name, promise, phase, tuple(f"kequn.{place}" for place in places), check)


CLASH, UNSENT = "sync.merge._clash", ("sync.outgoing.unsent", "sync.decide.unsent")
UNSAFE = tuple(f"sync.{module}.raise_if_unsafe" for module in ("pull", "look", "brakes"))
FORMS = ("sync.desk.normal_form", "sync.outgoing.normal_form")
PLANNER, BURIAL = "sync.decide.Planner", "sync.burial.Burial"
MUTANTS = (
    of(
        "P1",
        "clash takes theirs",
        wrong.clash_takes_theirs,
        p01.test_the_same_field_is_a_conflict_with_both_values,
        CLASH,
    ),
    of("P1", "set is replaced", wrong.set_is_replaced, p01.test_set_elements_merge_one_by_one, "sync.merge._merge_set"),
    of(
        "P2",
        "clash makes a compromise",
        wrong.clash_makes_a_compromise,
        partial(p02.test_every_value_was_written_by_somebody, winner="ask"),
        CLASH,
    ),
    of(
        "P3",
        "tombstones are forgotten",
        wrong.no_tombstones,
        p03.test_a_restored_record_is_the_same_row_again,
        "store.links.tombstones",
    ),
    of("P4", "a delete wins there", wrong.nothing_is_unsent, p04.test_deleted_there_edited_here, "sync.burial.unsent"),
    of(
        "P4",
        "a delete wins here",
        wrong.nobody_edits_what_we_deleted,
        p04.test_deleted_here_edited_there,
        f"{PLANNER}._moved_there",
    ),
    of(
        "P5",
        "nobody else is told",
        wrong.nobody_else_is_told,
        partial(p06.test_three_rounds_are_enough, rounds=3),
        "store.ledger.Ledger._pairs",
    ),
    of(
        "P6",
        "compared as it is",
        wrong.written_as_it_is,
        p06.test_a_value_that_a_crm_holds_in_part_does_not_flicker,
        *FORMS,
    ),
    of(
        "P6",
        "receipt is forgotten",
        wrong.receipt_is_forgotten,
        apply.test_a_receipt_is_the_base_so_that_the_echo_is_quiet,
        "sync.receipts._link",
    ),
    of("P7", "everything is sent", wrong.everything_is_sent, p06.test_every_kind_travels_and_then_it_is_quiet, *UNSENT),
    of(
        "P8",
        "nothing is read first",
        wrong.nothing_is_read_first,
        p08.test_a_lost_create_that_reads_do_not_show_yet,
        "sync.prepare.read_first",
    ),
    of(
        "P8",
        "a double is another row",
        wrong.same_key_is_another_row,
        p08.test_doubles_made_by_people_are_linked_as_secondary,
        f"{PLANNER}._is_double",
    ),
    of(
        "P9",
        "a hint is the truth",
        wrong.a_hint_is_the_truth,
        p09.test_webhooks_come_often_and_late,
        "sync.look._fetch",
    ),
    of(
        "P9",
        "reads never lag",
        wrong.reads_never_lag,
        partial(p09.test_what_we_created_and_reads_do_not_show_yet_is_not_deleted, feed=False),
        f"{BURIAL}._just_written",
    ),
    of(
        "P10",
        "the cursor goes first",
        wrong.cursor_first,
        partial(apply.test_a_page_is_applied_with_its_cursor_or_not_at_all, table="link"),
        "sync.pull._walk",
    ),
    of(
        "P10",
        "intents are not kept",
        wrong.no_intents,
        p08.test_a_lost_create_that_was_edited_meanwhile,
        "store.intents.write",
    ),
    of(
        "P11",
        "clocks are compared",
        wrong.clash_compares_clocks,
        partial(p11.test_a_skewed_clock_changes_no_outcome, skew=-86_400 * 400, feed=True),
        CLASH,
    ),
    of("P12", "no brakes", wrong.no_brake, partial(p12.test_many_deletes_stop_the_run, feed=True), *UNSAFE),
    of("P12", "no brakes for blanks", wrong.no_brake, p12.test_many_blanks_stop_the_run, *UNSAFE),
    of("P12", "no brakes for us", wrong.no_brake, p12.test_many_deletes_in_kequn_stop_before_the_first, *UNSAFE),
    of(
        "P12",
        "a short listing is believed",
        wrong.no_brake,
        partial(p12.test_a_shrunken_listing_stops_the_run, left=0),
        "sync.pull.raise_if_shrunken",
    ),
    of(
        "P12",
        "absence is a delete",
        wrong.a_hint_is_the_truth,
        p12.test_absence_is_asked_about_by_id,
        "sync.look._fetch",
    ),
    of(
        "P13",
        "the last page counts",
        wrong.last_page_counts,
        p13.test_an_older_state_after_a_newer_one_does_nothing,
        f"{PLANNER}._linked",
    ),
    of(
        "P13",
        "the first state counts",
        wrong.first_state_counts,
        p13.test_of_two_states_in_one_page_the_newer_counts,
        "sync.match._latest",
    ),
    of(
        "P13",
        "a missing reference is dropped",
        wrong.missing_reference_is_dropped,
        p13.test_a_reference_waits_for_its_record,
        f"{PLANNER}.later",
    ),
    of(
        "P14",
        "one feed stops all",
        wrong.one_feed_after_the_other,
        p14.test_a_broken_feed_does_not_stop_the_others,
        "sync.engine.pull",
    ),
    of(
        "P14",
        "refusals are forgotten",
        wrong.refusals_are_forgotten,
        p14.test_one_bad_change_of_a_batch_is_parked_with_its_cause,
        "sync.receipts.note_waiting",
    ),
    of(
        "P15",
        "the first meeting takes theirs",
        wrong.first_meeting_takes_theirs,
        p15.test_unequal_fields_are_conflicts_and_gaps_are_filled,
        "sync.merge._first_meeting",
    ),
    of(
        "P15",
        "the first candidate is it",
        wrong.first_candidate_is_it,
        p15.test_two_candidates_are_asked_about,
        f"{PLANNER}._unlinked",
    ),
    of(
        "P17",
        "a merge is a delete",
        wrong.merge_is_a_delete,
        partial(p16.test_a_merge_in_a_crm_is_proposed_not_carried_out, told=True),
        f"{BURIAL}._row_lost_its_record",
    ),
)


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


def test_every_promise_has_a_mutant() -> None:
    assert {f"P{number}" for number in range(1, 16)} <= {mutant.promise for mutant in MUTANTS}
