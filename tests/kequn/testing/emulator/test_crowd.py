"""The same seed, the same people; and CRMs that overlap in a third of them."""

from kequn.testing.emulator.crowd import GROUPS, Crowd, pick


def test_the_same_seed_makes_the_same_people() -> None:
    assert Crowd(1, 50).people == Crowd(1, 50).people
    assert Crowd(1, 50).people != Crowd(2, 50).people


def test_another_crm_knows_a_third_of_them() -> None:
    crowd = Crowd(1, 600)
    others = crowd.overlapping(1_000_000)
    emails = {person.email for person in crowd.people}
    assert sum(person.email in emails for person in others) == 200
    assert len({person.email for person in others}) == len({person.phone for person in others}) == 600


def test_a_few_shared_people_have_another_phone_number() -> None:
    crowd = Crowd(1, 600)
    moved = [one.number for one, other in zip(crowd.people, crowd.overlapping(5_000), strict=True)
             if one.email == other.email and one.phone != other.phone]  # fmt: skip
    assert moved == [0, 300]


def test_two_other_crms_share_the_same_people() -> None:
    crowd = Crowd(1, 90)
    first, second = ({one.email for one in crowd.overlapping(offset)} for offset in (1_000_000, 2_000_000))
    assert first & second == {person.email for person in crowd.people[::3]}


def test_groups_are_named_by_place() -> None:
    assert pick(GROUPS, (0, 2)) == (GROUPS[0], GROUPS[2])
