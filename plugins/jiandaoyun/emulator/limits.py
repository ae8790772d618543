"""How many calls a second Jiandaoyun answers (contract, section 9): per call, and in all for the company."""

from collections import deque
from collections.abc import Mapping

from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.errors import ApiError

COMPANY = 50
SECOND = 1000
PER_CALL: Mapping[int, tuple[str, ...]] = {
    30: ("app/list", "app/entry/list", "app/entry/widget/list", "app/entry/data/get", "app/entry/data/list",
         "corp/user/get", "corp/role/list"),
    20: ("app/entry/data/create", "app/entry/data/update", "app/entry/data/delete", "app/entry/file/get_upload_token",
         "corp/user/create", "corp/user/update", "corp/user/delete"),
}  # fmt: skip
OTHERS = 10
_RATES = {name: rate for rate, names in PER_CALL.items() for name in names}


class Limits:
    def __init__(self, company: Company) -> None:
        self._company = company
        self._spent: dict[str, deque[int]] = {}

    def spend(self, name: str) -> None:
        """Raises ApiError when the last second leaves no room."""
        if not self._company.knobs.rates:
            return
        now = self._company.now()
        wanted = (("", COMPANY, 8303), (name, _RATES.get(name, OTHERS), 8304))
        for key, most, code in wanted:
            spent = self._spent.setdefault(key, deque())
            while spent and spent[0] <= now - SECOND:
                spent.popleft()
            if len(spent) >= most:
                raise ApiError(code)
        for key, _, _ in wanted:
            self._spent[key].append(now)
