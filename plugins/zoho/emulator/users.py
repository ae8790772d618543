"""Users and the organisation (contract, 9.5, 9.6)."""

from typing import Any

from plugins.zoho.emulator.call import EMPTY, Call, Reply
from plugins.zoho.emulator.errors import bad_id, bad_pattern
from plugins.zoho.emulator.org import Org, User
from plugins.zoho.emulator.paging import short_info
from plugins.zoho.emulator.values import id_of

_ADMIN = "Administrator"
_FIRST_NAMES = ("Integration", "Ana", "Bo", "Chen", "Dana")
TYPES = {
    "AllUsers", "ActiveUsers", "DeactiveUsers", "ConfirmedUsers", "NotConfirmedUsers", "DeletedUsers",
    "ActiveConfirmedUsers", "AdminUsers", "ActiveConfirmedAdmins", "CurrentUser",
}  # fmt: skip


def add_users(org: Org, count: int = 5) -> None:
    """The first is the token's user, the second works at the screens."""
    now = org.now()
    for number in range(count):
        first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
        profile, role = (_ADMIN, "CEO") if number < 2 else ("Standard", "Manager")
        email = f"user{number + 1}@example.com"
        id = org.next_id()
        org.users[id] = User(id, first, f"User {number + 1}", email, "active", profile, role, now, now)


def list_users(call: Call) -> Reply:
    kind = call.params.get("type", "AllUsers")
    if kind not in TYPES:
        raise bad_pattern("type")
    users = [user for user in call.org.users.values() if _is(call, user, kind)]
    size, page = call.number("per_page", 200, 200), call.number("page", 1)
    shown = users[(page - 1) * size : page * size]
    if not shown:
        return EMPTY
    info = short_info(size, len(shown), page, more=page * size < len(users))
    return Reply(200, {"users": [_show(call.org, user) for user in shown], "info": info})


def get_user(call: Call) -> Reply:
    id = call.path["id"]
    if id_of(id) is None:
        raise bad_id()
    user = call.org.users.get(id)
    return EMPTY if user is None else Reply(200, {"users": [_show(call.org, user)]})


def _is(call: Call, user: User, kind: str) -> bool:
    if kind == "CurrentUser":
        return user.id == call.user
    if kind in {"DeletedUsers", "NotConfirmedUsers"}:
        return kind == "DeletedUsers" and user.status == "deleted"
    if kind == "DeactiveUsers":
        return user.status == "inactive"
    if "Admin" in kind and user.profile != _ADMIN:
        return False
    return user.status == "active" if "Active" in kind else user.status != "deleted"


def _show(org: Org, user: User) -> dict[str, Any]:
    by = org.user(next(iter(org.users)))
    return {
        "id": user.id, "zuid": "80823" + user.id[-4:], "full_name": user.name, "first_name": user.first_name,
        "last_name": user.last_name, "email": user.email, "status": user.status, "confirm": True,
        "role": {"name": user.role, "id": "554023000000026005"},
        "profile": {"name": user.profile, "id": "554023000000026011"},
        "time_zone": org.knobs.time_zone, "locale": "en_US", "language": "en_US",
        "created_time": org.time(user.created), "Modified_Time": org.time(user.modified),
        "created_by": by, "Modified_By": by,
    }  # fmt: skip


def show_org(call: Call) -> Reply:
    org = call.org
    first = next(iter(org.users.values()))
    licence = {"paid": org.knobs.edition != "free", "paid_type": org.knobs.edition, "users_license_purchased": 10}
    return Reply(200, {"org": [{
        "id": org.id, "zgid": org.zgid, "company_name": "Example", "primary_email": first.email,
        "currency": "Chinese Yuan - CNY", "iso_code": "CNY", "currency_symbol": "¥",
        "mc_status": org.knobs.multi_currency, "time_zone": org.knobs.time_zone, "country_code": "CN",
        "license_details": licence,
    }]})  # fmt: skip
