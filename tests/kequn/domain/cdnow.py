"""The CDNOW data that the papers and lifetimes use, read as files: importing lifetimes' own readers needs what current
Python no longer has. Times are weeks, as in the papers."""

from collections import defaultdict
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

START, CALIBRATION, END = date(1997, 1, 1), date(1997, 9, 30), date(1998, 6, 30)

Column = NDArray[np.float64]


class Purchase(NamedTuple):
    customer: str
    day: date
    value: float


class Columns(NamedTuple):
    """Per customer; `value` is the average of the purchases after the first."""

    frequency: Column
    recency: Column
    age: Column
    value: Column


def read(name: str) -> list[Purchase]:
    """The purchases of CDNOW_sample.txt (2,357 customers) or CDNOW_master.txt (23,570)."""
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.submodule_search_locations
    text = (Path(spec.submodule_search_locations[0]) / "datasets" / name).read_text()
    rows = (line.split() for line in text.splitlines())
    return [
        Purchase(row[-4], date(int(row[-3][:4]), int(row[-3][4:6]), int(row[-3][6:])), float(row[-1]))
        for row in rows
        if row and row[0].isdigit()
    ]


def sample() -> dict[str, dict[date, float]]:
    """What each customer of the sample spent on each day: the papers count days with a purchase."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for one in read("CDNOW_sample.txt"):
        days[one.customer][one.day] += one.value
    return days


def columns(until: date = CALIBRATION) -> Columns:
    rows = []
    for spent in sample().values():
        seen = sorted(day for day in spent if day <= until)
        after = [spent[day] for day in seen[1:]]
        value = sum(after) / len(after) if after else 0.0
        rows.append((len(after), (seen[-1] - seen[0]).days / 7, (until - seen[0]).days / 7, value))
    return Columns(*np.array(rows, dtype=np.float64).T)
