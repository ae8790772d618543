"""Rows of groups as they are run, for the composed operations: see sprouting.py."""

from kequn.store import tables
from tests.schema.compiler.sprouting import Sprout

_GROUP = {"group_id": tables.CustomerGroup}
_BOTH = {**_GROUP, "customer_id": tables.Customer}
_CATEGORIES = ["speech", "advertising", "privacy", "complaints", "prohibited"]
COMMUNITY = [
    Sprout(
        tables.Charter, 4,
        {"tree": [{}], "asked": [{}, {"city": {"eq": "li"}}], "ladder": [{}, {"speech": ["warn"]}],
         "topics": [{}, {"2026-01-05": "茶"}], "forbidden": [{}, {"speech": ["x"]}]},
        {"id": tables.CustomerGroup, "segment_id": tables.Segment},
    ),
    Sprout(
        tables.GroupRules, 5,
        {"state": ["draft", "published", "retired"], "items": [[], [{"category": "speech", "text": "x"}]]}, _GROUP,
    ),
    Sprout(tables.Consent, 6, {}, _BOTH),
    Sprout(tables.JoinLink, 4, {"state": ["open", "closed"]}, _GROUP),
    Sprout(
        tables.Application, 8,
        {"way": ["application", "invitation", "segment"], "held": [{}, {"1 city": False}],
         "state": ["asked", "invited", "admitted", "refused", "withdrawn"],
         "missing": [[], [{"fact": "city.eq", "wanted": {"city": {"eq": "li"}}}]]},
        {**_BOTH, "join_link_id": tables.JoinLink},
    ),
    Sprout(
        tables.Attendance, 8,
        {"introduction": ["wanted", "given", "waived"], "gift": ["none", "promised", "given"]},
        {**_BOTH, "id": tables.Membership},
    ),
    Sprout(tables.MemberEvent, 10, {}, _BOTH),
    Sprout(tables.ActivityDay, 10, {}, _BOTH),
    Sprout(
        tables.Violation, 6,
        {"category": _CATEGORIES, "sanction": ["warn", "mute", "remove"],
         "state": ["reported", "dismissed", "decided", "appealed", "upheld", "overturned"]}, _BOTH,
    ),
    Sprout(
        tables.Post, 8,
        {"category": ["product", "offer", "news", "tip", "story"],
         "state": ["draft", "scheduled", "published", "withdrawn"]}, _GROUP,
    ),
    Sprout(
        tables.Gathering, 6,
        {"kind": ["quiz", "draw", "game", "live", "meet_up", "trial", "launch", "salon", "lecture"],
         "state": ["planned", "open", "closed", "held", "cancelled"]}, _GROUP,
    ),
    Sprout(
        tables.SignUp, 8, {"state": ["seated", "waiting", "cancelled", "attended", "absent"]},
        {"gathering_id": tables.Gathering, "customer_id": tables.Customer},
    ),
    Sprout(
        tables.Draw, 4,
        {"state": ["committed", "drawn"], "entrants": [[], ["cus_1"]], "winners": [[], ["cus_1"]]}, _GROUP,
    ),
    Sprout(
        tables.Notice, 8, {"state": ["waiting", "sending", "sent", "held", "failed"]},
        {**_BOTH, "staff_id": tables.Staff},
    ),
    Sprout(tables.Review, 4, {"state": ["draft", "agreed", "announced"], "figures": [{}, {"members": 3}]}, _GROUP),
    Sprout(tables.Lesson, 6, {"kind": ["case", "industry", "competitor"]}, _GROUP),
    Sprout(tables.Assignment, 5, {}, {**_GROUP, "staff_id": tables.Staff}),
    Sprout(tables.TemplateUse, 4, {"made": [{}, {"post": 3}]}, _GROUP),
]  # fmt: skip
