"""How people work with tiers at the screens: the options of a list of customers, which an administrator enters."""

from collections.abc import Mapping, Sequence

from plugins.fxiaoke.emulator import metadata
from plugins.fxiaoke.emulator.tenant import Object, Tenant

CUSTOMERS, FIELD = "AccountObj", "account_level"


class Tiers:
    """The `Tiering` of the emulator's people."""

    tier_object = "Tiers"
    grows = False
    _tenant: Tenant

    def tiers(self) -> Mapping[str, str]:
        """A tier's id is the option's value."""
        return {value: label for label, value in self._customers.fields[FIELD].options}

    def set_tiers(self, names: Sequence[str]) -> None:
        options = tuple((name, str(place)) for place, name in enumerate(names, 1))
        metadata.set_options(self._customers, FIELD, options)

    @property
    def _customers(self) -> Object:
        return self._tenant.objects[CUSTOMERS]
