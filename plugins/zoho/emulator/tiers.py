"""How people work with tiers at the screens: the options of a picklist of contacts, which an administrator enters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plugins.zoho.emulator import metadata
from plugins.zoho.emulator.fields import Option
from plugins.zoho.emulator.org import Module, Org

MODULE, FIELD, LABEL, EMPTY = "Contacts", "Customer_Tier", "Customer Tier", "-None-"


class Tiers:
    """The `Tiering` of the emulator's people."""

    tier_object = "Tiers"
    grows = True
    _org: Org

    def tiers(self) -> Mapping[str, str]:
        """A tier's id is the value that records carry."""
        field = self._contacts.fields.get(FIELD)
        options = field.options if field else ()
        return {one.actual: one.display for one in options if one.actual != EMPTY}

    def set_tiers(self, names: Sequence[str]) -> None:
        module = self._contacts
        if FIELD not in module.fields:
            metadata.add_field(self._org, module, LABEL, "picklist")
        options = tuple(Option(self._org.next_id(), name, name) for name in (EMPTY, *names))
        module.fields[FIELD] = replace(module.fields[FIELD], options=options)

    @property
    def _contacts(self) -> Module:
        return self._org.modules[MODULE]
