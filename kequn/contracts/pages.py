"""Where people open a record in a browser: by object an address, which stands in the settings of a connection. What the
addresses of a CRM look like, the plugin says or leaves to whoever makes the connection."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kequn.contracts.hooks import Setting

PLACE = "{id}"
PAGES = Setting(
    "pages", f"Where people open a record: by object, an address with {PLACE} in it", type="pages", default={}
)


def page(settings: Mapping[str, Any], object: str, id: str) -> str | None:
    """A `Manifest.record_url`: what the setting `pages` says of the object."""
    address: str | None = settings.get(PAGES.name, {}).get(object)
    return None if address is None else address.replace(PLACE, quote(id, safe=""))
