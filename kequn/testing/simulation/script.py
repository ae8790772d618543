"""What kind of history is to be played: how much goes wrong, how much changes, who works at once. Values only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from kequn.contracts.records import Kind
from kequn.testing.simulation.things import Thing

STAGES = {"status": {"direction": "in"}}


@dataclass(frozen=True)
class Script:
    """`systems`: CRMs beside kequn; `faults`: per request; `crash`: per request and transaction; `races`: people also
    act between a guard's read and the write; `steps`: of the troubled part; `busy`: people act before a request;
    `merges` and `deletes`: how often they do that, of some forty acts; `crowd`: how many customers the first CRM has at
    the start; `alone`: nobody works in the CRMs; `office`: the acts of operations staff that alone happen, if any are
    named.

    Chances that: `twins` a second connection is to the CRM of the first; `groups` there are groups and members;
    `voices` there is feedback, `orders` purchases, `talks` interactions, `firms` organisations that persons belong to,
    `claims` of benefits, `answers` to surveys, `tiers` that customers are in; `hears` a CRM is asked for webhooks;
    `late` a CRM is connected when it is in use already; `known`, of whoever is entered there, that others know them;
    `asks` deletes are asked about, not followed; `changes`, per step, that operations staff narrow a scope, pause or
    remove a connection, upgrade a plugin, or put an old backup in place."""

    systems: int = 3
    faults: float = 0.12
    crash: float = 0.03
    races: bool = False
    steps: int = 30
    busy: float = 0.04
    merges: int = 1
    deletes: int = 2
    crowd: int = 0
    alone: bool = False
    office: tuple[str, ...] = ()
    twins: float = 0.2
    groups: float = 0.4
    voices: float = 0.3
    orders: float = 0.2
    talks: float = 0.2
    firms: float = 0.1
    claims: float = 0.1
    answers: float = 0.1
    tiers: float = 0.1
    hears: float = 0.7
    late: float = 0.2
    known: float = 0.5
    asks: float = 0.2
    changes: float = 0.05


def allowed(deletes: str, things: Collection[Thing], beginning: str = "") -> Mapping[str, Any]:
    """The policy of every connection: some kinds both ways, created everywhere. `deletes`: what becomes of a customer
    that is deleted; `beginning`: of the keys of customers that alone are taken in and created. The stage of a purchase,
    which some CRMs fill in by themselves, is told to no other."""
    scope = {"email": {"startsWith": beginning}}
    created: Mapping[str, Any] = {"create": {"where": scope}, "pull": scope} if beginning else {"create": "always"}
    always: Mapping[str, Any] = {"create": "always"}
    own = {Kind.CUSTOMER: {"delete": deletes, **created}, Kind.PURCHASE: {**always, "fields": STAGES}}
    return {
        **{kind.value: own.get(kind, always) if kind in things else {"direction": "off"} for kind in Kind},
        "guard": {"least": 1000, "share": 1.0},
    }
