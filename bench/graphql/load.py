"""The load: `wrk`, a driver in C that hardly takes anything from the machine, sends one operation over and over."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.graphql.queries import Operation

PATIENCE = 30.0
LUA = """
wrk.method = "POST"
%s
local bodies = {%s}
local requests, at = {}, 0
init = function() for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end end
request = function() at = at %% #requests + 1; return requests[at] end
done = function(summary, latency)
  local wrong = 0
  for _, number in pairs(summary.errors) do wrong = wrong + number end
  io.write(string.format("figures %%d %%d %%d %%d %%d\\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), wrong))
end
"""


@dataclass(frozen=True)
class Figures:
    """Of one stretch of load: requests a second; seconds under which half, and 99 of 100, were answered."""

    rate: float
    median: float
    p99: float


def find() -> str:
    """The driver. Raises SystemExit where it is missing."""
    return shutil.which("wrk") or _missing()


def _missing() -> str:
    raise SystemExit("bench: wrk is not installed; `apt-get install wrk`, or your system's like")


def drive(url: str, headers: Mapping[str, str], operation: Operation, connections: int, seconds: float) -> Figures:
    """Raises SystemExit when an answer was not 2xx, or there was none in time. A server that answers nothing in so many
    seconds is given more."""
    bodies = [json.dumps({"query": operation.document, "variables": given}) for given in operation.variables]
    lines = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "ask.lua"
        script.write_text(LUA % (lines, ", ".join(f"[==[{body}]==]" for body in bodies)))
        script.chmod(0o600)  # it holds a token
        how = ["-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", f"{PATIENCE:g}s", "-s", str(script)]
        command = [find(), *how, url]
        ended = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})  # noqa: S603
    figures = next(line for line in ended.stdout.splitlines() if line.startswith("figures ")).split()[1:]
    requests, duration, median, p99, wrong = map(int, figures)
    if not requests and not wrong and seconds < PATIENCE:
        return drive(url, headers, operation, connections, min(PATIENCE, 4 * seconds))
    if wrong or not requests:
        raise SystemExit(f"bench: of {requests} answers {wrong} were wrong")
    return Figures(requests / duration * 1e6, median / 1e6, p99 / 1e6)
