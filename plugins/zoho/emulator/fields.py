"""Fields: what the metadata call shows of them (contract, 9.2) and how the standard ones are made from modules.py.
Creating and changing custom fields by request is in metadata.py."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from plugins.zoho.emulator.modules import LABELS, OPTIONS, SYSTEM, Standard

JSON_TYPES = {
    "integer": "integer", "bigint": "string", "double": "double", "currency": "double", "percent": "double",
    "boolean": "boolean", "lookup": "jsonobject", "ownerlookup": "jsonobject", "multi_module_lookup": "jsonobject",
    "multiselectpicklist": "jsonarray", "subform": "jsonarray",
}  # fmt: skip
LENGTHS = {
    "text": 255, "textarea": 32000, "email": 100, "phone": 30, "website": 450, "picklist": 120, "integer": 9,
    "bigint": 18, "percent": 5, "currency": 16, "double": 16, "date": 20, "datetime": 20, "multiselectpicklist": 255,
}  # fmt: skip
RICH_TEXT, LISTED_OF_RICH_TEXT = 50_000, 500
"""Characters of a rich text, and how many of them lists show."""


@dataclass(frozen=True)
class Option:
    """One value of a picklist."""

    id: str
    display: str
    actual: str


@dataclass(frozen=True)
class Field:
    """One field of a module. `to`: the module that a lookup or subform leads to."""

    id: str
    api_name: str
    label: str
    type: str
    length: int
    mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    to: str | None = None
    options: tuple[Option, ...] = ()

    def show(self, module_id: str | None = None) -> dict[str, Any]:
        writable = not self.read_only
        lookup = {"display_label": self.to, "api_name": self.to, "id": module_id}
        return {
            "id": self.id, "api_name": self.api_name, "field_label": self.label, "display_label": self.label,
            "data_type": self.type, "json_type": self.json_type, "length": self.length, "custom_field": self.custom,
            "system_mandatory": self.mandatory, "read_only": self.read_only, "field_read_only": self.read_only,
            "visible": True, "type": "used", "unique": {"casesensitive": "false"} if self.unique else {},
            "external": None, "searchable": True, "sortable": True, "filterable": True, "mass_update": writable,
            "lookup": {**lookup, "module": {"api_name": self.to, "id": module_id}} if self.type == "lookup" else {},
            "multiselectlookup": {}, "formula": {}, "currency": {}, "crypt": None, "decimal_place": None,
            "default_value": None,
            "associated_module": {"module": self.to, "id": module_id} if self.type == "subform" else None,
            "operation_type": {"web_update": writable, "api_create": writable, "web_create": writable,
                               "api_update": writable},
            "pick_list_values": [show_option(option, at) for at, option in enumerate(self.options, 1)],
        }  # fmt: skip

    @property
    def is_rich(self) -> bool:
        return self.type == "textarea" and self.length == RICH_TEXT

    @property
    def json_type(self) -> str:
        return "jsonarray" if self.api_name == "Tag" else JSON_TYPES.get(self.type, "string")


def show_option(option: Option, at: int) -> dict[str, Any]:
    return {
        "display_value": option.display, "actual_value": option.actual, "reference_value": option.actual,
        "id": option.id, "sequence_number": at, "colour_code": None, "type": "used",
    }  # fmt: skip


def standard_fields(module: Standard, next_id: Callable[[], str], *, currencies: bool) -> Iterator[Field]:
    """The fields of a standard module, the system's own first."""
    lines = ("id bigint ro\n" if module.subform else SYSTEM) + module.fields
    for line in lines.splitlines():
        field = _read_line(line, module.singular, next_id())
        if field.api_name in {"Currency", "Exchange_Rate"} and not currencies:
            continue
        texts = OPTIONS.get(f"{module.api_name}.{field.api_name}") or OPTIONS.get(f"*.{field.api_name}") or ()
        options = tuple(Option(next_id(), text, text) for text in ("-None-", *texts))
        yield replace(field, options=options) if field.type == "picklist" else field


def _read_line(line: str, singular: str, id: str) -> Field:
    api_name, kind, *rest = line.split()
    name, _, length = kind.partition(":")
    return Field(
        id=id,
        api_name=api_name,
        label=f"{singular} Owner" if api_name == "Owner" else LABELS.get(api_name, api_name.replace("_", " ")),
        type=name,
        length=int(length or LENGTHS.get(name, 0)),
        mandatory="*" in rest,
        read_only="ro" in rest,
        to=next((word[1:] for word in rest if word.startswith(">")), None),
    )
