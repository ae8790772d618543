"""The page of a survey as HTML: one form, without script, in Chinese or English. Everything that people wrote is
escaped. Decides nothing about who may answer."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from kequn.domain.surveys.answering import Sheet
from kequn.domain.surveys.questions import SCALES, Question

HERE = Path(__file__).parent
STYLE = (HERE / "style.css").read_text()
PAGE = Template((HERE / "page.html").read_text())
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_DIGEST}'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
NAMES = {"zh": "中文", "en": "English"}
TAGS = {"zh": "zh-CN", "en": "en"}
ENDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "zh": {"rating": ("很不满意", "非常满意"), "nps": ("完全不可能", "非常可能"), "ces": ("非常费力", "非常轻松")},
    "en": {
        "rating": ("Not content at all", "Very content"),
        "nps": ("Not likely at all", "Very likely"),
        "ces": ("Very hard", "Very easy"),
    },
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "send": "提交",
        "need": "必答",
        "required": "请回答此题",
        "bad": "此回答无效，请重新选择",
        "faults": "有{count}题需要修改：",
        "thanks": "感谢您的回答！",
        "done": "您的意见已收到。",
        "over": "调查已结束",
        "closed": "本次调查已结束，感谢您的关注。",
        "gone": "链接无效",
        "unknown": "此链接无效，请检查您收到的最新消息。",
        "privacy": "您的回答仅用于改进我们的服务。",
        "often": "稍后再试",
        "slow": "请求过于频繁，请稍后再试。",
    },
    "en": {
        "send": "Send",
        "need": "required",
        "required": "Please answer this question",
        "bad": "This answer is not possible; please choose again",
        "faults": "{count} of your answers need a second look:",
        "thanks": "Thank you!",
        "done": "We have received your answers.",
        "over": "The survey is over",
        "closed": "This survey is over. Thank you for your interest.",
        "gone": "No such link",
        "unknown": "This link is not valid. Please look at the latest message that you received.",
        "privacy": "Your answers are used for nothing but to better our service.",
        "often": "Later, please",
        "slow": "Too many requests; please try again later.",
    },
}
Said = Mapping[str, Sequence[str]]


def message(title: str, text: str, language: str) -> str:
    """A page that only says something: names of WORDS."""
    words = WORDS[language]
    return _page(words[title], f'<p class="card" role="status">{escape(words[text])}</p>', language)


def form(sheet: Sheet, language: str, said: Said, faults: Mapping[str, str]) -> str:
    """The questions, with what was said before and what was wrong with it."""
    words = WORDS[language]
    welcome = sheet.welcome.get(language) or sheet.welcome.get("zh") or ""
    parts = [f"<p>{escape(welcome)}</p>"] if welcome else []
    if faults:
        parts.append(_summary(sheet, faults, language))
    parts.append(f'<form method="post" action="?lang={language}" accept-charset="utf-8" novalidate>')
    parts += [_question(one, said.get(one.key, ()), faults.get(one.key), language) for one in sheet.questions]
    parts.append(f'<button type="submit">{words["send"]}</button></form>')
    parts.append(f'<p class="note">{words["privacy"]}</p>')
    return _page(sheet.name, "\n".join(parts), language)


def _page(title: str, body: str, language: str) -> str:
    other = "en" if language == "zh" else "zh"
    return PAGE.substitute(
        language=TAGS[language], title=escape(title), style=STYLE, body=body, other=other,
        other_language=TAGS[other], other_name=NAMES[other],
    )  # fmt: skip


def _summary(sheet: Sheet, faults: Mapping[str, str], language: str) -> str:
    links = "".join(
        f'<li><a href="#{one.key}">{escape(one.text(language))}</a></li>'
        for one in sheet.questions
        if one.key in faults
    )
    head = WORDS[language]["faults"].format(count=len(faults))
    return f'<div class="card" role="alert"><strong>{head}</strong><ul>{links}</ul></div>'


def _question(one: Question, said: Sequence[str], fault: str | None, language: str) -> str:
    words = WORDS[language]
    need = f' <span class="need">({words["need"]})</span>' if one.required else ""
    told = f'<p class="fault" id="{one.key}_fault">{words[fault]}</p>' if fault else ""
    state = f' class="bad" aria-describedby="{one.key}_fault"' if fault else ""
    inner = _text(one, said, language) if one.type == "text" else _choices(one, said, language)
    legend = f"<legend>{escape(one.text(language))}{need}</legend>"
    return f'<fieldset id="{one.key}" tabindex="-1"{state}>{legend}{inner}{told}</fieldset>'


def _text(one: Question, said: Sequence[str], language: str) -> str:
    value = escape(said[0]) if said else ""
    label = escape(one.text(language))
    return f'<textarea name="{one.key}" rows="4" maxlength="4000" aria-label="{label}">{value}</textarea>'


def _choices(one: Question, said: Sequence[str], language: str) -> str:
    type = "checkbox" if one.type == "multiple" else "radio"
    inputs = "".join(
        f'<label><input type="{type}" name="{one.key}" value="{value}"{" checked" if str(value) in said else ""}>'
        f"<span>{escape(text)}</span></label>"
        for value, text in _values(one, language)
    )
    if one.type not in SCALES:
        return f'<div class="list">{inputs}</div>'
    worst, best = ENDS[language][one.type]
    ends = f'<p class="ends"><span>{one.scale[0]} {worst}</span><span>{one.scale[-1]} {best}</span></p>'
    return f'<div class="choices">{inputs}</div>{ends}'


def _values(one: Question, language: str) -> Iterator[tuple[int, str]]:
    if one.type in SCALES:
        yield from ((value, str(value)) for value in one.scale)
    else:
        yield from ((place, one.option(place, language)) for place in range(len(one.options)))
