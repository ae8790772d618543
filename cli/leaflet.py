"""The page of `kequn report customers`: titles in Chinese and English, units, and what to say where there is nothing.
Decides how figures look; which there are stands in kequn.domain.summary."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from cli import drawing
from kequn.domain.retention import By, Cause, Cohort, Period
from kequn.domain.summary import FLOW_DAYS, Risk, Summary

WORDS: Mapping[str, str] = {
    "high": "高价值 High", "medium": "中等价值 Medium", "low": "低价值 Low",
    "introduction": "引入期 Introduction", "growth": "成长期 Growth", "maturity": "成熟期 Maturity",
    "churn": "流失期 Churn", "none": "未成交 Not yet",
    "raised": "待确认 Raised", "acknowledged": "已确认 Acknowledged", "handled": "已处理 Handled",
    "closed": "已关闭 Closed",
    "satisfaction": "满意度 Satisfaction", "service": "服务质量 Service", "product": "产品质量 Product",
    "complained": "曾投诉 Complained", "never complained": "未投诉 Never complained",
}  # fmt: skip
KINDS: Mapping[str, str] = {**WORDS, "churn": "流失 Churn"}
REASONS: Mapping[str, str] = {
    "at_risk": "购买骤减或沉默 Buys much less, or silent", "churn": "已进入流失期 Gone silent",
    "purchase_drop": "购买频次下降 Buys less often", "contact_drop": "互动频率下降 Talks less often",
    "negative_feedback": "负面反馈 Bad answer", "complaint": "投诉 Complaint", "low_answer": "评价低 Low answer",
    "fall": "评价骤降 Answers fell", "mean_fall": "平均评价下降 Mean answer fell", "returns": "多次退货 Returns",
    "response": "响应慢 Slow response", "slow_answer": "未及时回复 Not answered in time",
    "attitude": "服务态度 Attitude", "problem": "产品问题 Product problem",
    "product_answer": "产品评价低 Low product rating",
}  # fmt: skip
STAGES = ("introduction", "growth", "maturity", "churn", "none")
STATES = ("raised", "acknowledged", "handled", "closed")
MICRO = 1_000_000


def page(found: Summary, tenant: str) -> str:
    """A whole document."""
    moves = f"现状与近{FLOW_DAYS}天的流动 Now, and moves of {FLOW_DAYS} days"
    parts = [
        _figures(found),
        _section("价值结构 | Value structure", _worth(found), "客户与近一年消费 Customers, and spend in the window"),
        _section("等级结构 | Tiers", _tiers(found), "各等级客户数 Customers in each tier"),
        _section("RFM 矩阵 | RFM grid", _rfm(found), "客户数，颜色为平均消费 Customers; the colour is mean spend"),
        _section("生命周期 | Lifecycle", _lifecycle(found), moves),
        _section("留存与复购 | Retention", _retention(found.periods, found.zone), "按月 By month"),
        _section(
            "同期群留存 | Cohorts",
            _cohorts(found.cohorts, found.zone),
            "新客户此后各月购买比例 Share that bought again",
        ),
        _section("流失特征 | Who leaves", _causes(found.causes), "各群体的流失率 Churn rate of who has this in common"),
        _section("预警 | Alerts", _alerts(found), "按类型与处理状态 By kind and state"),
        _section("流失风险名单 | Churn risk", _risks(found), "按价值排序 The most valuable first", wide=True),
    ]
    style = files("cli").joinpath("leaflet.css").read_text(encoding="utf-8")
    at = _day(found.as_of - timedelta(microseconds=1), found.zone)
    return (
        f'<!doctype html>\n<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>客户分析报告 Customer report {at}</title>'
        f"<style>{style}</style></head><body><header><h1>客户分析报告 <small>Customer report</small></h1>"
        f"<p>{escape(tenant)} · 截至 as of {at} · 标准版本 standard {found.version} · 金额单位 amounts in "
        f"{escape(found.currency)}</p></header><main>{''.join(parts)}</main></body></html>\n"
    )


def _section(title: str, body: str, hint: str, *, wide: bool = False) -> str:
    """`body` empty: nothing to show."""
    chinese, english = title.split(" | ")
    inside = body or '<p class="empty">暂无数据 Nothing yet</p>'
    kind = ' class="wide"' if wide else ""
    return f'<section{kind}><h2>{chinese} <small>{english}</small></h2><p class="hint">{hint}</p>{inside}</section>'


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat() if moment else "—"


def _money(micros: int) -> str:
    return f"{micros / MICRO:,.0f}"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.0%}"


def _figures(found: Summary) -> str:
    last = found.periods[-2] if len(found.periods) > 1 else None
    spend = sum(one.spend_micros for one in found.worth)
    open_alerts = sum(count for (_, state), count in found.alerts.items() if state != "closed")
    tiles = [
        ("客户", "Customers", f"{found.customers:,}"),
        ("近一年消费", f"Spend, {found.currency}", _money(spend)),
        ("留存率", "Retention", _percent(last.retention if last else None)),
        ("复购率", "Repurchase", _percent(last.repurchase if last else None)),
        ("待处理预警", "Open alerts", f"{open_alerts:,}"),
    ]
    cells = "".join(f"<div><b>{value}</b><span>{zh} <small>{en}</small></span></div>" for zh, en, value in tiles)
    money = ", ".join(f"{count} × {escape(name)}" for name, count in found.unpriced.items())
    note = f'<p class="note">未计入（缺少汇率） Not counted, no rate known: {money}</p>' if money else ""
    return f'<section class="wide"><div class="tiles">{cells}</div>{note}</section>'


def _worth(found: Summary) -> str:
    if not found.customers:
        return ""
    people, spend = (sum(one.customers for one in found.worth) or 1), sum(one.spend_micros for one in found.worth)
    shares = {
        WORDS[one.name]: [100 * one.customers / people, 100 * one.spend_micros / spend if spend > 0 else 0]
        for one in found.worth
    }
    chart = drawing.stacked("价值结构 Value structure", ["客户 Customers", "消费 Spend"], shares, "%")
    rows = [(WORDS[one.name], f"{one.customers:,}", _money(one.spend_micros)) for one in found.worth]
    return chart + _table(("分类 Class", "客户数 Customers", f"消费 Spend ({found.currency})"), rows)


def _tiers(found: Summary) -> str:
    named = [(name or "未分级 None", count) for name, count in found.tiers]
    return drawing.bars("等级结构 Tiers", named) if named else ""


def _rfm(found: Summary) -> str:
    """Recency across, frequency up; both from 5, the best."""
    if not found.rfm:
        return ""
    most = max((mean for _, mean in found.rfm.values()), default=0) or 1
    head = "".join(f"<th>R{recency}</th>" for recency in range(1, 6))
    rows = []
    for often in range(5, 0, -1):
        cells = "".join(_cell(found.rfm.get((recency, often)), most) for recency in range(1, 6))
        rows.append(f"<tr><th>F{often}</th>{cells}</tr>")
    words = "R 最近购买 recency，F 购买频次 frequency，5 最好 is best"
    return f'<table class="heat"><tr><th></th>{head}</tr>{"".join(rows)}</table><p class="hint">{words}</p>'


def _cell(known: tuple[int, int] | None, most: int) -> str:
    if known is None:
        return '<td class="nobody">·</td>'
    count, mean = known
    return f"{_shade(mean / most)}<b>{count:,}</b><br><small>{_money(mean)}</small></td>"


def _shade(share: float) -> str:
    """A cell, the darker the more."""
    strength = round(0.08 + 0.82 * max(0.0, min(1.0, share)), 2)
    dark = ' class="dark"' if strength > 0.5 else ""
    return f'<td{dark} style="--strength:{strength}">'


def _lifecycle(found: Summary) -> str:
    counts = found.counts.get("lifecycle", {})
    if not counts:
        return ""
    chart = drawing.bars("生命周期 Lifecycle", [(WORDS[stage], counts.get(stage, 0)) for stage in STAGES])
    if not found.flow:
        return chart + '<p class="empty">此期间无人变更阶段 Nobody changed stage in these days</p>'
    most = max(found.flow.values())
    head = "".join(f"<th>{WORDS[stage]}</th>" for stage in STAGES)
    rows = []
    for before in STAGES:
        moved = [found.flow.get((before, after), 0) for after in STAGES]
        cells = "".join(
            f"{_shade(count / most)}{count:,}</td>" if count else '<td class="nobody">·</td>' for count in moved
        )
        rows.append(f"<tr><th>{WORDS[before]}</th>{cells}</tr>")
    return f'{chart}<table class="heat"><tr><th>从 From ↓ 到 to →</th>{head}</tr>{"".join(rows)}</table>'


def _retention(periods: Sequence[Period], zone: ZoneInfo) -> str:
    if not any(one.at_start or one.at_end for one in periods):
        return ""
    series = {
        "留存率 Retention": [_hundred(one.retention) for one in periods],
        "复购率 Repurchase": [_hundred(one.repurchase) for one in periods],
        "流失率 Churn": [_hundred(one.churn) for one in periods],
    }
    names = [one.until.astimezone(zone).strftime("%Y-%m") for one in periods]
    return drawing.lines("留存与复购 Retention", names, series)


def _hundred(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _cohorts(cohorts: Sequence[Cohort], zone: ZoneInfo) -> str:
    begun = [one for one in cohorts if one.active and one.active[0]]
    if not begun:
        return ""
    head = "".join(f"<th>+{month}</th>" for month in range(len(cohorts)))
    rows = []
    for one in begun:
        cells = "".join(f"{_shade(count / one.active[0])}{count / one.active[0]:.0%}</td>" for count in one.active)
        rows.append(
            f"<tr><th>{one.since.astimezone(zone).strftime('%Y-%m')}</th><td>{one.active[0]:,}</td>{cells}</tr>"
        )
    return f'<table class="heat small"><tr><th>月 Month</th><th>新客 New</th>{head}</tr>{"".join(rows)}</table>'


def _causes(causes: Mapping[By, Sequence[Cause]]) -> str:
    titles = {
        By.TIER: "等级 Tier", By.SOURCE: "来源 Source", By.COMPLAINT: "投诉 Complaint", By.CATEGORY: "产品 Category",
    }  # fmt: skip
    rows = [
        (titles[by], escape(WORDS.get(one.value or "", one.value or "未知 Unknown")), f"{one.customers:,}",
         f"{one.churned:,}", _percent(one.churned / one.customers))
        for by, some in causes.items()
        for one in some[:5]
    ]  # fmt: skip
    heads = ("维度 By", "取值 Value", "客户数 Customers", "流失 Left", "流失率 Rate")
    return _table(heads, rows) if rows else ""


def _risks(found: Summary) -> str:
    heads = (
        "客户 Customer", "价值 Value", f"累计消费 Spend ({found.currency})", "最近购买 Last order",
        "仍活跃概率 Still a customer", "负责人 Owner", "原因 Reasons",
    )  # fmt: skip
    return _table(heads, [_risk(one, found.zone) for one in found.risks]) if found.risks else ""


def _risk(one: Risk, zone: ZoneInfo) -> tuple[str, ...]:
    reasons = "；".join(REASONS.get(reason, reason.replace("_", " ")) for reason in one.reasons)
    value = WORDS.get(one.value_class or "", "—")
    return (
        escape(one.name), value, _money(one.spend_micros), _day(one.last_order_at, zone), _percent(one.alive),
        escape(one.owner or "—"), escape(reasons or "—"),
    )  # fmt: skip


def _alerts(found: Summary) -> str:
    if not found.alerts:
        return ""
    kinds = ("churn", "satisfaction", "service", "product")
    parts = {WORDS[state]: [found.alerts.get((kind, state), 0) for kind in kinds] for state in STATES}
    return drawing.stacked("预警 Alerts", [KINDS[kind] for kind in kinds], parts)


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{one}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
