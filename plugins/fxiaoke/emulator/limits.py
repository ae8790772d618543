"""How often the API may be called (contract, section 8): per path in 20 seconds, and per day."""

from collections import deque

from plugins.fxiaoke.emulator.errors import DAY_QUOTA, NO_PACK, plain
from plugins.fxiaoke.emulator.tenant import Tenant

WINDOW = 20.0


class Limits:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._calls: dict[str, deque[float]] = {}
        self._day = ""
        self._spent = 0

    def count(self, path: str) -> None:
        """Raises ApiError when it is one too many."""
        knobs = self._tenant.knobs
        if not knobs.pack:
            raise plain(NO_PACK)
        self._count_day()
        now = self._tenant.moment().timestamp()
        calls = self._calls.setdefault(path, deque())
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= knobs.rate:
            raise plain(knobs.rate_code)
        calls.append(now)

    def _count_day(self) -> None:
        """The day is the tenant's."""
        quota, today = self._tenant.knobs.day_quota, self._tenant.today()
        if today != self._day:
            self._day, self._spent = today, 0
        if quota is not None and self._spent >= quota:
            raise plain(DAY_QUOTA)
        self._spent += 1
