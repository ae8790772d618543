"""What lasts is left out of the collector's walks, a few times. In a process of its own: what is left out here would
never be given back."""

import json
import subprocess
import sys

from cli.collector import FREEZES, WORTHWHILE

TRY = """
import gc, json
from cli import collector

def walked(generation, lasting):
    kept.append([[number] for number in range(lasting)])
    before = gc.get_freeze_count()
    gc.collect(generation)
    return gc.get_freeze_count() - before

kept = []
collector.settle()
many = collector.WORTHWHILE * 2
left_out = {"short": walked(1, many), "full": walked(2, 0), "little": walked(2, 100)}
left_out["often"] = [walked(2, many) > many for _ in range(collector.FREEZES)]
print(json.dumps(left_out))
"""


def test_what_full_walks_find_alive_is_left_out_a_few_times() -> None:
    done = subprocess.run([sys.executable, "-c", TRY], check=True, capture_output=True, text=True)
    left_out = json.loads(done.stdout)
    assert left_out["full"] > WORTHWHILE * 2
    assert (left_out["short"], left_out["little"]) == (0, 0)
    assert left_out["often"] == [True] * (FREEZES - 1) + [False]
