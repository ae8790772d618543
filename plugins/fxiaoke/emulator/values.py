"""What may be written into a field (contract, section 6): a JSON value is checked and kept as it will be read back."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from plugins.fxiaoke.emulator.errors import illegal, no_relation, required, wrong_type
from plugins.fxiaoke.emulator.fields import (
    NUMBER_TYPES,
    PEOPLE_TYPES,
    REFERENCE_TYPES,
    TEXT_TYPES,
    TIME_TYPES,
    Field,
)
from plugins.fxiaoke.emulator.tenant import Object, Tenant

EMPTY: tuple[object, ...] = (None, "", [])


def read_fields(tenant: Tenant, object: Object, given: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    """The fields that will be kept. Unknown and read-only ones are ignored, as the owner is in an update."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        field = object.fields.get(name)
        if field is None or field.read_only or not field.is_active or (name == "owner" and not creating):
            continue
        if value is None and not creating and not tenant.knobs.null_clears:
            continue
        kept[name] = read_value(tenant, field, value)
    require(object, kept, creating=creating)
    return kept


def require(object: Object, values: Mapping[str, Any], *, creating: bool) -> None:
    """Raises ApiError when a required field is (or would become) empty."""
    for name, field in object.fields.items():
        if field.required and (creating or name in values) and values.get(name) in EMPTY:
            raise required(values.get("name"), field.label)


def read_value(tenant: Tenant, field: Field, value: Any) -> Any:
    """Raises ApiError."""
    if value in EMPTY:
        return None
    if field.type in TEXT_TYPES:
        return _text(tenant, field, value)
    if field.type == "select_one":
        return _option(field, value)
    if field.type == "select_many":
        return [_option(field, one) for one in _list(field, value)]
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if field.type in TIME_TYPES:
        return _time(field, value)
    if field.type in PEOPLE_TYPES:
        return [_person(tenant, field, one) for one in _list(field, value)]
    if field.type in REFERENCE_TYPES:
        return _reference(tenant, field, value)
    if field.type == "true_or_false" and not isinstance(value, bool):
        raise wrong_type(field.label)
    return value


def _text(tenant: Tenant, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(field.label)
    limit = tenant.knobs.text_limit
    if limit is not None and len(value) > limit:
        raise illegal(f"{field.label}超过最大长度{limit}")
    return value


def _list(field: Field, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise wrong_type(field.label)
    return value


def _option(field: Field, value: Any) -> str:
    if value not in [known for _, known in field.options]:
        raise illegal(f"{field.label}的选项值不存在")
    return str(value)


def _number(field: Field, value: Any) -> str:
    """Kept as text. Numbers are taken too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong_type(field.label)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise wrong_type(field.label) from None
    places = number.as_tuple().exponent
    if not isinstance(places, int):
        raise wrong_type(field.label)
    if -places > (field.decimal_places or 0):
        raise illegal(f"{field.label}的小数位数超过{field.decimal_places or 0}")
    return str(value)


def _time(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        raise wrong_type(field.label)
    return int(value)


def _person(tenant: Tenant, field: Field, value: Any) -> Any:
    if field.type == "department":
        return str(value)
    user = tenant.person(value)
    if user is None:
        raise illegal(f"{field.label}对应的员工不存在")
    return user.id


def _reference(tenant: Tenant, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(field.label)
    row = tenant.objects[field.to].table.get(value) if field.to in tenant.objects else None
    if row is None or row["life_status"] == "invalid":
        raise no_relation()
    return value
