"""Acme CRM for kequn: the hooks and the manifest. Everything else is loaded when a connection is made."""

from collections.abc import Mapping
from typing import Any

from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.hooks import CrmPlugin, EmulatorPlugin, Manifest, Setting, hookimpl
from kequn.contracts.host import CrmHost

MANIFEST = Manifest(
    title="Acme CRM",
    version=1,
    settings=(
        Setting("base_url", "Address of the API", required=True),
        Setting("client_id", "Id of the API client", required=True),
        Setting("client_secret", "Secret of the API client", required=True, secret=True),
    ),
    host_settings=("base_url",),
)


def build(settings: Mapping[str, Any], host: CrmHost) -> Crm:
    from .adapter import AcmeCrm

    return AcmeCrm(settings, host)


def emulate(options: EmulatorOptions) -> Emulator:
    from .emulator import AcmeEmulator

    return AcmeEmulator(options)


@hookimpl
def register_crm() -> CrmPlugin:
    return CrmPlugin("acme", MANIFEST, build, contract="1.1")


@hookimpl
def register_emulator() -> EmulatorPlugin:
    return EmulatorPlugin("acme", emulate)
