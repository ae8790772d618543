"""The version of these contracts, and which plugins this kequn takes.

A new minor version adds; what it takes away was marked one minor version before. So a plugin of this version or of the
minor version before it is taken, and any other is refused with what to do."""

import re

CONTRACT_VERSION = "1.1"
"""1.0: the first. 1.1: `CrmPlugin.contract`, `Capabilities.lacks`, `FieldSchema.unique`, `Emulator.forms`, `Telling`,
`CrmPlugin.login`, `CrmPlugin.limits`, `Limit.of`, `CrmHost.notebook`, `Page.left`, `Hint.once`, `Rates`,
`kequn.contracts.sending`, `kequn.contracts.pushing`, `kequn.contracts.codecs`, `kequn.contracts.pages`, the kinds
`benefit_claim` and `survey_answer`."""

FIRST = "1.0"
"""What a plugin speaks that does not say it."""

GRACE = 1
_VERSION = re.compile(r"(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})")


def refusal(spoken: object, ours: str = CONTRACT_VERSION) -> str | None:
    """Why a plugin that was written for the contract `spoken` is not taken; None when it is."""
    theirs = _VERSION.fullmatch(spoken) if isinstance(spoken, str) else None
    if theirs is None:
        return f"its contract version {spoken!r} is not of the form 1.0"
    major, minor = (int(part) for part in theirs.groups())
    our_major, our_minor = (int(part) for part in ours.split("."))
    if (major, minor) > (our_major, our_minor):
        return f"it is written for contract {spoken} and this kequn speaks {ours}: install a newer kequn"
    if major < our_major or minor < our_minor - GRACE:
        oldest = f"{our_major}.{max(our_minor - GRACE, 0)}"
        return f"it is written for contract {spoken} and this kequn takes {oldest} to {ours}: install a newer plugin"
    return None
