"""Forbidden words 违禁词: which of them stand in what was said, and those that are looked for in a group whose charter
names none of a category. A word found is a suspicion and no more: a person decides."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

Words = Mapping[str, Sequence[str]]

USUAL: Words = {
    "speech": ("傻逼", "傻B", "王八蛋", "滚蛋", "去死", "人渣", "脑残"),
    "advertising": (
        "加微信", "加我微信", "加V信", "扫码进群", "私聊返利", "代购", "代理加盟", "招代理", "刷单", "兼职日结",
        "代开发票", "点击链接领取", "免费领取加",
    ),
    "prohibited": ("赌博", "博彩", "六合彩", "网赌", "毒品", "枪支", "代孕", "传销", "高利贷", "内部消息稳赚"),
}  # fmt: skip
"""Abuse 辱骂与恶意言论, advertising 广告, and what is against the law or untrue 违法与不实信息."""


def looked_for(charter: Words) -> dict[str, list[str]]:
    """By category: what the charter says; an empty list there is that nothing is looked for."""
    return {category: list(words) for category, words in {**USUAL, **charter}.items()}


def breaches(words: Words, text: str) -> Iterator[tuple[str, str]]:
    """Of each category the first word that stands in the text, however wide or large it is written."""
    bare = _bare(text)
    for category, some in words.items():
        word = next((one for one in some if _bare(one) in bare), None)
        if word is not None:
            yield category, word


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
