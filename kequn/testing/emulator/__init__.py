"""What the emulators of all CRMs share: faults, the log of requests, webhooks, tables that remember, generated people.
Knows no CRM. An emulator puts its own application behind `Front` and adds its own faults."""

from kequn.testing.emulator.faults import Fault, FaultBox, NoAnswer, Refused, Signal, generic_faults, mark, mark_of
from kequn.testing.emulator.front import Front
from kequn.testing.emulator.people import Names
from kequn.testing.emulator.serving import SERVER_OPTIONS, serve
from kequn.testing.emulator.table import Row, Table
from kequn.testing.emulator.transport import EmulatorTransport
from kequn.testing.emulator.webhooks import Webhook, Webhooks

__all__ = [
    "SERVER_OPTIONS",
    "EmulatorTransport",
    "Fault",
    "FaultBox",
    "Front",
    "Names",
    "NoAnswer",
    "Refused",
    "Row",
    "Signal",
    "Table",
    "Webhook",
    "Webhooks",
    "generic_faults",
    "mark",
    "mark_of",
    "serve",
]
