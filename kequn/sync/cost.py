"""What the writes of a plan cost at the CRM: requests, reckoned from what the plugin says of its batches. Pure. Reading
is not reckoned here: whoever makes a plan has just made the same reads, and counts them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kequn.contracts.crm import Capabilities
from kequn.sync.lines import Line
from kequn.sync.push import CLAIM


@dataclass(frozen=True)
class Cost:
    """Requests. `reads`: those that working it out has made, and that a run makes again; `guards`: reads of the records
    that are about to be written; `writes`: the batches."""

    reads: int = 0
    guards: int = 0
    writes: int = 0

    @property
    def total(self) -> int:
        return self.reads + self.guards + self.writes


def cost_of(lines: Iterable[Line], capabilities: Capabilities) -> Cost:
    """The push takes CLAIM rows of a kind at a time, reads them first, and writes them batch by batch."""
    writes = Counter((line.kind, line.object, line.verb) for line in lines if line.side == "there")
    reads: Counter[tuple[str, str, bool]] = Counter()
    for (kind, object, verb), count in writes.items():
        reads[kind, object, verb == "create"] += count  # those to be created are looked for by reference
    return Cost(
        guards=sum(_parts(count, CLAIM) for count in reads.values()),
        writes=sum(
            _parts(count, min(capabilities.objects[object].batch, CLAIM)) for (_, object, _), count in writes.items()
        ),
    )


def _parts(count: int, size: int) -> int:
    return -(-count // max(size, 1))
