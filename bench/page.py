"""Figures on a page of the documents, between two marks; the rest of the page stays."""

from pathlib import Path


def put(path: Path, mark: str, text: str) -> None:
    """At the end of the page if the marks are not there yet."""
    begin, end = f"<!-- bench: {mark} -->", f"<!-- end of bench: {mark} -->"
    page = path.read_text() if path.exists() else "# Performance\n"
    if begin not in page:
        page = f"{page}\n{begin}\n{end}\n"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}")
