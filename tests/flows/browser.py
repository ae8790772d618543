"""A Chromium without a window, driven over its own protocol (Chrome DevTools): goes to a page, does what a person would
do there, and tells every request that the page made."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import orjson
from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60.0
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # there is no network
    "--remote-debugging-port=0",
)
WHEN = """new Promise(done => {
  const look = () => { const found = (() => %s)(); if (found) { watcher.disconnect(); done(found) } };
  const watcher = new MutationObserver(look);
  watcher.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
  look();
})"""


def program() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """A page of the browser. `requests`: the address of every request that it made so far."""

    def __init__(self, socket: ClientConnection) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._loads = 0
        self._socket = socket
        self._numbers = count(1)
        for domain in ("Network", "Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def when(self, expression: str) -> Any:
        """The value of a JavaScript expression, once it is true of the page."""
        found = self.call(
            "Runtime.evaluate", expression=WHEN % expression, awaitPromise=True, returnByValue=True
        )  # fmt: skip
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"]["value"]

    def do(self, script: str) -> None:
        self.call("Runtime.evaluate", expression=script)

    def turn(self, script: str) -> None:
        """Do what leads to another page, and wait until that one is there whole."""
        before = self._loads
        self.do(script)
        while self._loads == before:
            self._note(orjson.loads(self._socket.recv(timeout=PATIENCE)))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(orjson.dumps({"id": number, "method": method, "params": parameters}).decode())
        while True:
            message = orjson.loads(self._socket.recv(timeout=PATIENCE))
            self._note(message)
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result

    def _note(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "Page.loadEventFired":
                self._loads += 1
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            case "Log.entryAdded" if message["params"]["entry"]["level"] == "error":
                self.complaints.append(message["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"]["text"])


@contextmanager
def browser(executable: str) -> Iterator[Page]:
    """A fresh browser with one page, gone at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [executable, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                with connect(_first_page(process), max_size=None, proxy=None) as socket:
                    yield Page(socket)
            finally:
                process.terminate()
                process.communicate()


def _first_page(process: subprocess.Popen[str]) -> str:
    """The address of the first page's own socket."""
    assert process.stderr is not None
    whole = next(line.split()[-1] for line in process.stderr if line.startswith("DevTools listening on "))
    with connect(whole, proxy=None) as socket:
        socket.send('{"id": 1, "method": "Target.getTargets"}')
        targets = orjson.loads(socket.recv(timeout=PATIENCE))["result"]["targetInfos"]
    (page,) = (one["targetId"] for one in targets if one["type"] == "page")
    return f"{whole.partition('/devtools/')[0]}/devtools/page/{page}"
