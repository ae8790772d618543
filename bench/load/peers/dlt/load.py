"""dlt merges the modules of an emulated Zoho into PostgreSQL. It stands in a virtual environment of its own, beside
this file. On its input: the settings of the connection, the database and the modules, as JSON; its last line: seconds
and rows."""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import dlt
from dlt.sources.helpers import requests

FIELDS = 50  # in one request


def pages(base: str, headers: dict[str, str], module: str) -> Iterator[list[dict[str, Any]]]:
    """Every record of a module with the fields that kequn reads: as many as Zoho gives at once."""
    described = requests.get(f"{base}/settings/fields", params={"module": module}, headers=headers).json()
    names = ",".join([field["api_name"] for field in described["fields"]][:FIELDS])
    asked = {"fields": names, "per_page": "200", "sort_by": "Modified_Time", "sort_order": "asc"}
    while True:
        reply = requests.get(f"{base}/{module}", params=asked, headers=headers)
        if reply.status_code == 204:
            return
        said = reply.json()
        yield said["data"]
        if not said["info"]["more_records"]:
            return
        asked["page_token"] = said["info"]["next_page_token"]


def main() -> None:
    given = json.load(sys.stdin)
    named = ("client_id", "client_secret", "refresh_token")
    asked = {"grant_type": "refresh_token", **{name: given[name] for name in named}}
    token = requests.post(f"{given['accounts_url']}/oauth/v2/token", data=asked).json()
    base, headers = f"{token['api_domain']}/crm/v8", {"Authorization": f"Zoho-oauthtoken {token['access_token']}"}
    destination = dlt.destinations.postgres(given["database"])
    pipeline = dlt.pipeline("beside_kequn", destination=destination, dataset_name="beside")
    merged = [
        dlt.resource(pages(base, headers, module), name=module.lower(), primary_key="id", write_disposition="merge")
        for module in given["modules"]
    ]
    began = time.perf_counter()
    pipeline.run(merged)
    seconds = time.perf_counter() - began
    counts = pipeline.last_trace.last_normalize_info.row_counts
    rows = sum(counts.get(module.lower(), 0) for module in given["modules"])
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main()
