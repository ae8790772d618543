"""Errors of a CRM, named by what the caller should do.

    CrmError
    ├── RetryLater        wait, then go on from the same place
    ├── NeedsLogin        stop; a person must renew credentials or scopes
    ├── Rejected          this record only; the CRM's own words say why
    │   └── MissingReference   it points at a record that is not there yet; try again once it is
    ├── NotThere          the record to be changed is gone
    ├── ChangedMeanwhile  somebody was faster: pull and merge again
    ├── BrokenReply       the answer cannot be read
    ├── UnsafePlan        the plan is too big to be true; ask a person
    ├── ForbiddenHost     the plugin asked for a host outside its manifest
    └── BadSettings       the connection's settings do not fit the manifest

Messages never hold secrets or personal data: they name fields and ids, not values."""


class CrmError(Exception):
    """What went wrong with one CRM. `maybe_applied`: a write was sent and its outcome is unknown."""

    code = "CRM_ERROR"

    def __init__(self, message: str, *, maybe_applied: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.maybe_applied = maybe_applied


class RetryLater(CrmError):
    """The CRM is busy, throttled or out of reach. Wait `wait_seconds`, then go on from the same cursor."""

    code = "RETRY_LATER"

    def __init__(self, message: str, *, wait_seconds: float = 30.0, maybe_applied: bool = False) -> None:
        super().__init__(message, maybe_applied=maybe_applied)
        self.wait_seconds = wait_seconds


class NeedsLogin(CrmError):
    """Credentials or scopes do not do. `scope` names the missing scope, where that is the cause."""

    code = "NEEDS_LOGIN"

    def __init__(self, message: str, *, scope: str | None = None) -> None:
        super().__init__(message)
        self.scope = scope


class Rejected(CrmError):
    """The CRM refused this record; others go on. `field`: ours, or the CRM's name where we have none.
    `other_id`: the record that already holds a unique value."""

    code = "REJECTED"

    def __init__(self, message: str, *, field: str | None = None, other_id: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.other_id = other_id


class MissingReference(Rejected):
    """The record points at another one that the CRM does not have (yet)."""

    code = "MISSING_REFERENCE"


class NotThere(CrmError):
    """The record to be changed does not exist (any more)."""

    code = "NOT_THERE"


class ChangedMeanwhile(CrmError):
    """The record is newer than the version that the change was made from. Nothing was written."""

    code = "CHANGED_MEANWHILE"


class BrokenReply(CrmError):
    """The answer is not what the CRM's contract says. `sample`: its beginning, redacted."""

    code = "BROKEN_REPLY"

    def __init__(self, message: str, *, sample: str = "", maybe_applied: bool = False) -> None:
        super().__init__(message, maybe_applied=maybe_applied)
        self.sample = sample


class UnsafePlan(CrmError):
    """A run would delete or blank too much, or a listing shrank. Nothing of the unsafe part was applied."""

    code = "UNSAFE_PLAN"


class ForbiddenHost(CrmError):
    """A request or redirect to a host that the plugin's manifest does not allow. Nothing was sent."""

    code = "FORBIDDEN_HOST"


class BadSettings(CrmError):
    """The settings of a connection do not fit the plugin's manifest. The message names each key."""

    code = "BAD_SETTINGS"
