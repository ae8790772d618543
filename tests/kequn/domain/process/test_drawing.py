"""Diagrams of flows and cases: every step is there, and no name breaks out of its place."""

from datetime import UTC, datetime, timedelta

from kequn.domain.process import drawing, flows

AT = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_flow_chart() -> None:
    chart = drawing.flow_chart(flows.show(flows.STANDARD)).splitlines()
    assert chart[0] == "flowchart LR"
    assert chart[1] == '  s0["first contact 初次接触<br/>market · 24 h"]'
    assert "  s3 --> s4" in chart
    assert chart[-3:] == ["  class s0 market", "  class s1,s2 sales", "  class s3,s4 service"]
    odd = [{"name": 'a"]<script>\nb', "department": "sales", "hours": 1}]
    assert drawing.flow_chart(odd).splitlines()[1] == '  s0["a&quot;]&lt;script> b<br/>sales · 1 h"]'


def test_a_gantt_chart() -> None:
    hour = timedelta(hours=1)
    usual = {"department": "sales", "planned_from": AT, "due_at": AT + hour, "opened_at": None, "ended_at": None}
    late = {**usual, "position": 0, "name": "a: b; #c", "state": "done", "opened_at": AT, "ended_at": AT + 2 * hour}
    last = {**usual, "position": 1, "name": "::", "state": "waiting", "department": "service"}
    chart = drawing.gantt([late, last]).splitlines()
    assert chart[3:] == [
        "  section sales",
        "  a b c :crit, done, s0, 2026-01-05T00:00:00, 2026-01-05T02:00:00",
        "  section service",
        "  - :s1, 2026-01-05T00:00:00, 2026-01-05T01:00:00",
    ]
