"""The judge can refuse: each promise broken by a history made by hand, and one history that holds."""

from dataclasses import replace

import pytest

from kequn.testing.simulation.history import Delete, History, Merge, Shown, Write
from kequn.testing.simulation.judge import false_conflicts, judge, losses

KEY = "k1@example.org"


def _history() -> History:
    """Somebody creates a record in the CRM, somebody changes it in kequn; both sides agree in the end."""
    final: dict[str, dict[str, dict[str, str | None]]] = {
        system: {KEY: {"city": "v1", "notes": "v3"}} for system in ("kequn", "crm")
    }
    return History(
        seed=1,
        systems=["kequn", "crm"],
        fields=["city", "notes"],
        writes=[
            Write("crm", KEY, "city", "v1", None),
            Write("crm", KEY, "notes", "v2", None),
            Write("kequn", KEY, "notes", "v3", "v2"),
        ],
        final=final,
        copies={system: {KEY: 1} for system in final},
        writes_made=1,
        bound=20,
    )


def _promises(history: History) -> set[str]:
    return {verdict.promise for verdict in judge(history)}


def test_a_history_that_holds_is_not_refused() -> None:
    assert judge(_history()) == []


def test_a_history_is_the_same_after_writing_and_reading() -> None:
    history = _history()
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}))
    history.conflicts.append(Shown(KEY, "city", ["v1"], False))
    history.merges.append(Merge("crm", KEY, "k2@example.org"))
    assert History.parse(history.dump()) == history


def test_systems_that_differ_are_refused_unless_a_conflict_is_open() -> None:
    history = _history()
    history.final["crm"][KEY]["notes"] = "v2"
    assert _promises(history) == {"P5"}
    history.conflicts.append(Shown(KEY, "notes", ["v2", "v3"], False))
    assert judge(history) == []


def test_a_settled_conflict_excuses_no_difference() -> None:
    history = _history()
    history.final["crm"][KEY]["notes"] = "v2"
    history.conflicts.append(Shown(KEY, "notes", ["v2", "v3"], False, open=False))
    assert _promises(history) == {"P5"}


def test_a_half_deleted_record_is_refused() -> None:
    history = _history()
    del history.final["crm"][KEY]
    assert "P4" in _promises(history)


def test_a_lost_value_is_refused_unless_it_is_shown() -> None:
    history = _history()
    history.writes.append(Write("crm", KEY, "city", "v4", "v1"))
    for records in history.final.values():
        records[KEY]["city"] = "v1"
    assert _promises(history) == {"P1"}
    history.conflicts.append(Shown(KEY, "city", ["v1", "v4"], False, open=False))
    assert judge(history) == []


def test_what_is_lost_in_a_race_is_counted() -> None:
    history = _history()
    history.writes.append(Write("crm", KEY, "city", "v4", "v0", raced=True))
    assert judge(history) == []
    assert losses(history) == {"crm": 1}


def test_an_invented_value_is_refused() -> None:
    history = _history()
    for records in history.final.values():
        records[KEY]["city"] = "from nowhere"
    assert "P2" in _promises(history)


@pytest.mark.parametrize(("saw", "refused"), [("v3", True), ("v2", False)], ids=["saw_everything", "missed_an_edit"])
def test_a_deleted_record_must_not_live_if_its_deleter_saw_everything(saw: str, refused: bool) -> None:
    history = _history()
    history.deletes.append(Delete("crm", KEY, {"city": "v1", "notes": saw}))
    assert ("P3" in _promises(history)) is refused


def test_what_kequn_did_not_know_to_be_there_may_come_again() -> None:
    history = _history()
    history.deletes.append(Delete("crm", KEY, {"city": "v1", "notes": "v3"}, unmet=True))
    assert judge(history) == []


def test_where_people_are_asked_first_a_record_stays_away_until_they_chose() -> None:
    history = _history()
    history.deletes.append(Delete("crm", KEY, {"city": "v1", "notes": "v3"}))
    history.conflicts.append(Shown(KEY, None, [], True))
    assert _promises(history) == {"P3"}
    del history.final["crm"][KEY]
    assert judge(history) == []


def test_what_a_connection_leaves_out_may_differ_and_be_deleted_there() -> None:
    history = _history()
    history.outside["crm"] = [KEY]
    history.final["crm"][KEY]["notes"] = "v2"
    assert judge(history) == []
    history.deletes.append(Delete("crm", KEY, {"city": "v1", "notes": "v3"}, outside=True))
    del history.final["crm"][KEY]
    assert judge(history) == []


@pytest.mark.parametrize("outside", [True, False])
def test_what_nobody_deleted_must_be_there_unless_it_never_came(outside: bool) -> None:
    """Made in the CRM: it need not have come to kequn if the connection leaves it out."""
    history = _history()
    history.outside["crm"] = [KEY] if outside else []
    del history.final["kequn"][KEY]
    assert ("P16" in _promises(history)) is False
    history.writes[0] = Write("kequn", KEY, "city", "v1", None)
    assert ("P16" in _promises(history)) is outside


def test_a_record_that_is_nowhere_though_nobody_deleted_it_is_refused() -> None:
    history = _history()
    for records in history.final.values():
        del records[KEY]
    assert "P16" in _promises(history)


def test_what_was_lost_with_a_backup_is_nobodys_fault() -> None:
    history = _history()
    history.writes.append(Write("kequn", KEY, "city", "v4", "v1", lost=True))
    history.deletes.append(Delete("kequn", KEY, {"city": "v4", "notes": "v3"}, lost=True))
    assert judge(history) == []


def test_a_merge_in_a_crm_must_be_asked_about() -> None:
    history = _history()
    loser = "k2@example.org"
    history.writes.append(Write("crm", loser, "city", "v4", None))
    history.deletes.append(Delete("crm", loser, {"city": "v4"}))
    history.merges.append(Merge("crm", KEY, loser))
    assert _promises(history) == {"P17"}
    history.conflicts.append(Shown(loser, None, [], False))
    assert judge(history) == []


def test_a_second_record_is_refused() -> None:
    history = _history()
    history.copies["crm"][KEY] = 2
    assert _promises(history) == {"P8"}
    history.conflicts.append(Shown(KEY, None, ["v1"], True))
    assert judge(history) == []
    history.copies["crm"][KEY] = 3
    assert _promises(history) == {"P8"}


def test_who_came_back_beside_their_successor_is_refused_unless_it_is_shown() -> None:
    history = _history()
    history.copies["crm"][KEY] = 2
    history.restored["crm"] = [KEY]
    assert _promises(history) == {"P8"}
    history.conflicts.append(Shown(KEY, None, [], False))
    assert judge(history) == []
    history.copies["kequn"][KEY] = 2
    assert _promises(history) == {"P8"}


def test_noise_is_refused() -> None:
    history = _history()
    history.quiet_writes, history.writes_made = 1, 21
    assert _promises(history) == {"P6", "P7"}


def test_a_conflict_about_a_field_that_nobody_wrote_at_once_is_false() -> None:
    history = _history()
    history.conflicts.append(Shown(KEY, "notes", ["v2", "v3"], False))
    assert false_conflicts(history) == 1
    history.writes.append(Write("crm", KEY, "notes", "v5", "v2"))
    assert false_conflicts(history) == 0


def test_a_delete_that_becomes_a_conflict_though_all_was_seen_is_false() -> None:
    history = _history()
    history.deletes.append(Delete("crm", KEY, {"city": "v1", "notes": "v3"}))
    history.conflicts.append(Shown(KEY, None, ["v3"], True))
    assert false_conflicts(history) == 1
    history.deletes[0] = Delete("crm", KEY, {"city": "v1", "notes": "v2"})
    assert false_conflicts(history) == 0


# -- sets, references, memberships ------------------------------------------------------------------------------------


def _with_element(value: str | None) -> History:
    """Somebody ticks `v4` in the CRM; in the end kequn shows it, or does not."""
    history = _history()
    history.writes.append(Write("crm", KEY, "interests/v4", "v4", None))
    history.final["crm"][KEY]["interests/v4"] = "v4"
    if value:
        history.final["kequn"][KEY]["interests/v4"] = value
    return history


def test_a_set_must_be_the_same_everywhere() -> None:
    assert judge(_with_element("v4")) == []
    assert _promises(_with_element(None)) == {"P5"}


def test_an_open_conflict_about_a_set_excuses_its_elements() -> None:
    history = _with_element(None)
    history.conflicts.append(Shown(KEY, "interests", ["v4"], False))
    assert judge(history) == []


def test_an_element_that_is_lost_is_refused_and_so_is_one_that_comes_back() -> None:
    history = _with_element("v4")
    for records in history.final.values():
        del records[KEY]["interests/v4"]
    assert _promises(history) == {"P1"}
    history.writes.append(Write("kequn", KEY, "interests/v4", "", "v4"))
    assert judge(history) == []
    history = _with_element("v4")
    history.writes.append(Write("kequn", KEY, "interests/v4", "", "v4"))
    assert _promises(history) == {"P3"}


def _with_feedback(target: str) -> History:
    """Feedback of the customer, who is `target` in the end."""
    history = _history()
    history.fields.append("customer")
    history.references.append("customer")
    history.writes.append(Write("crm", "f4", "customer", KEY, None))
    for system, records in history.final.items():
        records["f4"] = {"customer": target}
        history.copies[system]["f4"] = 1
    return history


def test_a_reference_must_lead_where_somebody_said() -> None:
    assert judge(_with_feedback(KEY)) == []
    assert _promises(_with_feedback("k9@example.org")) == {"P1", "P2"}


def test_whom_a_person_belongs_to_must_not_be_lost() -> None:
    history = _history()
    history.fields.append("parent")
    history.references.append("parent")
    history.writes += [Write("kequn", "o4", "notes", "v4", None), Write("crm", KEY, "parent", "o4", None)]
    for records in history.final.values():
        records["o4"] = {"notes": "v4"}
        records[KEY]["parent"] = "o4"
    assert judge(history) == []
    history.final["crm"][KEY]["parent"] = None
    assert _promises(history) == {"P5"}
    history.final["kequn"][KEY]["parent"] = None
    assert _promises(history) == {"P1"}


def test_what_a_reference_to_a_record_that_is_gone_becomes_is_not_judged() -> None:
    history = _with_feedback("")
    assert _promises(history) == {"P1"}
    history.deletes.append(Delete("crm", KEY, {"city": "v1", "notes": "v3"}))
    for records in history.final.values():
        del records[KEY]
    assert judge(history) == []


@pytest.mark.parametrize(("referring", "promises"), [([["f4", "customer"]], {"P1"}), ([], set())])
def test_a_crm_may_let_go_of_a_reference_that_nobody_has_read(referring: list[list[str]], promises: set[str]) -> None:
    """Whoever was deleted lives on; what they were referred to by is lost: kequn had read it, or not."""
    history = _with_feedback("")
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}, referring=referring))
    history.conflicts.append(Shown(KEY, None, ["v3"], True))
    assert _promises(history) == promises


def test_somebody_who_saw_nobody_there_has_replaced_nobody() -> None:
    """The CRM had let go of whoever was deleted, and a person has written somebody else before kequn looked."""
    history = _with_feedback("k9@example.org")
    history.writes.append(Write("crm", "f4", "customer", "k9@example.org", None))
    history.conflicts.append(Shown(KEY, None, ["v3"], True))
    assert _promises(history) == {"P1"}
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}, referring=[["f4", "customer"]]))
    assert judge(history) == []


def test_somebody_who_saw_nobody_there_has_deleted_nobodys_record() -> None:
    """The CRM had let go of whoever was deleted, and then a person deleted what had referred to them."""
    history = _with_feedback("")
    for system, records in history.final.items():
        del records["f4"], history.copies[system]["f4"]
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}, referring=[["f4", "customer"]]))
    history.conflicts.append(Shown(KEY, None, ["v3"], True))
    assert _promises(history) == {"P1", "P16"}
    history.deletes.append(Delete("crm", "f4", {"customer": None}))
    assert judge(history) == []


def test_who_is_met_after_the_delete_is_somebody_new() -> None:
    history = _with_feedback("")
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}, referring=[["f4", "customer"]]))
    history.conflicts.append(Shown(KEY, None, ["v3"], True))
    assert _promises(history) == {"P1"}
    history.reborn.append(KEY)
    assert judge(history) == []


@pytest.mark.parametrize(("into", "promises"), [(None, {"P5"}), ("k9@example.org", set())])
def test_whoever_lives_on_though_somebody_deleted_them_is_referred_to_unless_they_went_into_another(
    into: str | None, promises: set[str]
) -> None:
    history = _with_feedback(KEY)
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}, into))
    history.conflicts.append(Shown(KEY, None, ["v3"], True))
    assert judge(history) == []
    history.final["crm"]["f4"]["customer"] = None
    assert _promises(history) == promises


@pytest.mark.parametrize(("target", "count"), [("k8@example.org", 0), ("k9@example.org", 1)])
def test_a_conflict_about_a_reference_that_a_merge_has_moved_is_not_false(target: str, count: int) -> None:
    history = _with_feedback("k9@example.org")
    history.writes.append(Write("kequn", "f4", "customer", "k9@example.org", KEY))
    history.conflicts.append(Shown("f4", "customer", [KEY, target], False))
    assert false_conflicts(history) == 1
    history.deletes.append(Delete("crm", KEY, {"city": "v1"}))
    assert false_conflicts(history) == count


def _with_membership(*systems: str) -> History:
    """The customer is in a group; in the end some systems show it."""
    history = _history()
    history.writes += [Write("kequn", "g4", "", "v4", None), Write("crm", f"{KEY}|g4", "", "v5", None)]
    for system, records in history.final.items():
        records["g4"] = {}
        if system in systems:
            records[f"{KEY}|g4"] = {}
    return history


def test_a_membership_must_be_everywhere_or_nowhere() -> None:
    assert judge(_with_membership("kequn", "crm")) == []
    assert _promises(_with_membership("crm")) == {"P4"}
    assert _promises(_with_membership()) == {"P16"}


def test_a_membership_that_was_ended_must_not_come_back_unless_somebody_made_it_again() -> None:
    history = _with_membership("kequn", "crm")
    history.deletes.append(Delete("crm", f"{KEY}|g4", {"": "v5"}))
    assert _promises(history) == {"P3"}
    history.writes.append(Write("kequn", f"{KEY}|g4", "", "v6", None))
    assert judge(history) == []


def test_members_of_a_group_that_somebody_deletes_are_not_judged() -> None:
    history = _with_membership("crm")
    history.deletes.append(Delete("kequn", "g4", {"": "v4"}))
    assert _promises(history) == {"P3"}  # the group itself
    for records in history.final.values():
        del records["g4"]
    assert judge(history) == []


def test_a_group_that_says_nothing_may_live_on_while_people_are_asked() -> None:
    history = _with_membership("kequn", "crm")
    history.deletes.append(Delete("crm", "g4", {"": "v4"}))
    assert _promises(history) == {"P3"}
    history.conflicts.append(Shown("g4", None, [], True))
    assert judge(history) == []


# -- what kequn alone decides ------------------------------------------------------------------------------------------


def _with_claim(*systems: str) -> History:
    """A customer claims a benefit in kequn, and cancels it; in the end some systems show it."""
    history = _history()
    history.fields += ["customer", "state"]
    history.references.append("customer")
    history.told.append("b4")
    history.writes += [
        Write("kequn", "b4", "customer", KEY, None),
        Write("kequn", "b4", "state", "claimed", None),
        Write("kequn", "b4", "state", "cancelled", "claimed"),
    ]
    for system in systems:
        history.final[system]["b4"] = {"customer": KEY, "state": "cancelled"}
        history.copies[system]["b4"] = 1
    return history


def test_a_claim_must_be_told_once_everywhere() -> None:
    assert judge(_with_claim("kequn", "crm")) == []
    assert _promises(_with_claim("kequn")) == {"P4"}
    assert "P16" in _promises(_with_claim())
    history = _with_claim("kequn", "crm")
    history.copies["crm"]["b4"] = 2
    assert _promises(history) == {"P8"}


@pytest.mark.parametrize(("field", "value"), [("state", "claimed"), ("customer", None)])
def test_what_becomes_of_a_claim_must_be_told(field: str, value: str | None) -> None:
    history = _with_claim("kequn", "crm")
    history.final["crm"]["b4"][field] = value
    assert _promises(history) == {"P5"}


def test_a_claim_of_a_customer_who_is_gone_or_left_out_need_not_be_told_but_never_twice() -> None:
    history = _with_claim("kequn")
    history.outside["crm"] = [KEY]
    assert judge(history) == []
    history.copies["crm"]["b4"] = 2
    assert _promises(history) == {"P8"}


def test_a_claim_that_was_forgotten_with_a_backup_stays_where_it_was_told() -> None:
    history = _with_claim("crm")
    assert "P4" in _promises(history)
    history.writes = [replace(write, lost=write.key == "b4") for write in history.writes]
    assert judge(history) == []
