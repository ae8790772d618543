"""Fields of objects, as an administrator sees them and `describe` shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

READ_ONLY_TYPES = frozenset({"auto_number", "formula", "count", "quote"})
TEXT_TYPES = frozenset({"text", "long_text", "html_rich_text", "phone_number", "email", "url", "location"})
NUMBER_TYPES = frozenset({"number", "currency", "percentile"})
TIME_TYPES = frozenset({"date", "date_time", "time"})
PEOPLE_TYPES = frozenset({"employee", "department"})
REFERENCE_TYPES = frozenset({"object_reference", "master_detail"})

Options = tuple[tuple[str, str], ...]
"""(label, value)."""


@dataclass(frozen=True)
class Field:
    """`to`: the object that a reference points at. `define_type`: package, custom or system."""

    api_name: str
    label: str
    type: str = "text"
    required: bool = False
    options: Options = ()
    define_type: str = "package"
    is_active: bool = True
    decimal_places: int | None = None
    to: str | None = None

    @property
    def read_only(self) -> bool:
        return self.type in READ_ONLY_TYPES or self.define_type == "system"

    def describe(self) -> Mapping[str, Any]:
        shown: dict[str, Any] = {
            "api_name": self.api_name, "label": self.label, "type": self.type, "is_required": self.required,
            "define_type": self.define_type, "is_active": self.is_active,
        }  # fmt: skip
        if self.type in {"select_one", "select_many"}:
            shown["options"] = [{"label": label, "value": value} for label, value in self.options]
        if self.type in NUMBER_TYPES:
            shown["decimal_places"] = self.decimal_places or 0
        if self.type == "date":
            shown |= {"date_format": "yyyy-MM-dd", "time_zone": "GMT+8"}
        return shown


def text(api_name: str, label: str, type: str = "text", required: bool = False) -> Field:
    return Field(api_name, label, type, required, define_type=_definer(api_name))


def choice(api_name: str, label: str, *labels: str, type: str = "select_one") -> Field:
    """Its options have the values "1", "2", ..."""
    options = tuple((label, str(place + 1)) for place, label in enumerate(labels))
    return Field(api_name, label, type, options=options, define_type=_definer(api_name))


def number(api_name: str, label: str, type: str = "currency", places: int = 2) -> Field:
    return Field(api_name, label, type, decimal_places=places, define_type=_definer(api_name))


def reference(api_name: str, label: str, to: str, type: str = "object_reference", required: bool = False) -> Field:
    return Field(api_name, label, type, required, to=to, define_type=_definer(api_name))


def _definer(api_name: str) -> str:
    return "custom" if api_name.endswith("__c") else "package"


OWNER = Field("owner", "负责人", "employee", required=True)
SYSTEM = (
    Field("created_by", "创建人", "employee", define_type="system"),
    Field("create_time", "创建时间", "date_time", define_type="system"),
    Field("last_modified_by", "最后修改人", "employee", define_type="system"),
    Field("last_modified_time", "最后修改时间", "date_time", define_type="system"),
    Field(
        "life_status", "生命状态", "select_one", define_type="system",
        options=(("未生效", "ineffective"), ("审核中", "under_review"), ("正常", "normal"), ("变更中", "in_change"),
                 ("作废", "invalid")),
    ),
    Field("is_deleted", "是否删除", "true_or_false", define_type="system"),
    Field("lock_status", "锁定状态", "select_one", define_type="system", options=(("未锁定", "0"), ("锁定", "1"))),
    Field("record_type", "业务类型", "text", define_type="system"),
    Field("data_own_department", "归属部门", "department", define_type="system"),
)  # fmt: skip
"""On every record; none of them can be written."""

KEQUN_ID = Field("kq_id__c", "KQ 编号", define_type="custom")
