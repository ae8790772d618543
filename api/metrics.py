"""/metrics: how the connections stand and what this process needs, for Prometheus. All tenants for who asks from this
machine, else those of the token's tenant. Names of connections and counts; no data."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from api.answers import refusal
from api.auth import is_local
from api.parts import Parts
from kequn.contracts.errors import CrmError
from kequn.domain.problems import Code
from kequn.durations import Durations
from kequn.store import connections, gauges, workers
from kequn.store.budgets import SharedBudget
from kequn.store.gauges import Gauge
from kequn.store.scope import Role, Scope
from schema.problems import Fault

LABELS = ("tenant", "connection", "plugin")
TOLD = {
    "active": ("kequn_connection_active", "1 while the connection is not paused"),
    "running": ("kequn_run_running", "1 while a run is under way"),
    "failures": ("kequn_run_failures", "Runs that did not go well, one after the other"),
    "lag": ("kequn_lag_seconds", "Since the beginning of the last run that went well"),
    "seconds": ("kequn_run_seconds", "How long the last run took"),
    "pulled": ("kequn_run_pulled_records", "Records that the last run pulled"),
    "pushed": ("kequn_run_pushed_records", "Records that the last run pushed"),
    "outbox": ("kequn_outbox_rows", "Rows that wait to be told to the CRM"),
    "hints": ("kequn_hint_records", "Records that wait to be looked at"),
    "conflicts": ("kequn_open_conflicts", "Conflicts that wait for a person"),
}


async def metrics(request: Request) -> Response:
    scope = None
    if not is_local(request):
        actor = await request.app.state.doorman.actor(request)
        if actor is None:
            return refusal(request, 401, Fault.UNAUTHENTICATED)
        if actor.role is Role.VIEWER:
            return refusal(request, 403, Code.FORBIDDEN, role="operator")
        scope = Scope(actor.tenant)
    parts = Parts.of(request)
    async with parts.database.reading() as session:
        now = parts.clock.now()
        found = await gauges.gauges(session, now, scope)
        living = await workers.living(session, now, parts.settings.worker_silence)
    left = {one.id: await _left(parts, one) for one in found}
    registry = CollectorRegistry()
    registry.register(_Found([*_families(found), _budgets(found, left), _workers(living)]))
    if scope is None:
        registry.register(
            _Found(
                [
                    _took("kequn_http_seconds", "Until an answer began", ("route", "status"), parts.asked),
                    _took("kequn_crm_seconds", "A request to a CRM, by this process", ("plugin", "status"), parts.crms),
                ]
            )
        )
        ProcessCollector(registry=registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Found(Collector):
    """What was found for this one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _families(found: list[Gauge]) -> Iterator[Metric]:
    for field, (name, told) in TOLD.items():
        family = GaugeMetricFamily(name, told, labels=LABELS)
        for one in found:
            value = getattr(one, field)
            if value is not None:
                family.add_metric([one.tenant, one.name, one.plugin], float(value))
        yield family


def _budgets(found: list[Gauge], left: dict[UUID, dict[str, int]]) -> Metric:
    family = GaugeMetricFamily(
        "kequn_budget_left", "Units of a limit that may still be spent", labels=[*LABELS, "limit"]
    )
    for one in found:
        for limit, units in left[one.id].items():
            family.add_metric([one.tenant, one.name, one.plugin, limit], units)
    return family


def _took(name: str, told: str, labels: Sequence[str], durations: Durations) -> Metric:
    family = HistogramMetricFamily(name, told, labels=labels)
    for values, counts, seconds in durations.all():
        family.add_metric(values, buckets=counts, sum_value=seconds)
    return family


def _workers(count: int) -> Metric:
    return GaugeMetricFamily("kequn_workers", "Workers whose heartbeat was heard lately", value=count)


async def _left(parts: Parts, one: Gauge) -> dict[str, int]:
    """Nothing where the plugin is gone, or the settings do not fit it: doctor says that better."""
    try:
        async with parts.database.reading() as session:
            connection = await connections.get(session, one.scope, one.name)
        plugin = parts.registry.crm(connection.plugin)
        limits = plugin.limits(connections.settings_of(connection, plugin.manifest, parts.keyring))
    except CrmError:
        return {}
    return await SharedBudget(parts.database, one.scope, one.id, limits, clock=parts.clock).left()
