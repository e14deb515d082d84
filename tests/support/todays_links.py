"""Abstracts as arXiv's pages of 2026 show them, from raw text: other names are links there than in 2020 to 2022.

The facts are those of `docs/upstream.md` and `docs/format.md`. Where they are silent a `LinkHabit` says which way is taken,
so that a test can take all of them. It knows nothing of `syncd.core.markup` but TeX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from syncd.core.markup.tex import to_unicode

if TYPE_CHECKING:
    from collections.abc import Callable

_REL = 'rel="external noopener nofollow"'
_DOI = re.compile(r"10.\d{4,9}/[-._;()/:A-Z0-9]+", re.ASCII | re.IGNORECASE)
_ID = re.compile(
    r"(?<![\d=.])(?P<prefix>arxiv:)?(?P<id>[a-z]+(?:-[a-z]+)?(?:\.[a-z-]+)?/\d{7}(?:v\d+)?|\d{4}\.\d{4,5}(?:v\d+)?)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LinkHabit:
    """How the linker decides where the documents are silent.

    `path_end` are characters that end a path beside blanks. Of `after` the last characters of an address are left outside.
    """

    host: str = r"[\w-]"
    last_label: str = r"[a-z][a-z-]+"
    path_end: str = r"{}|\\^\[\]`"
    after: str = ".,"
    are_emails_split: bool = True


def print_abstract(raw: str, habit: LinkHabit) -> str:
    """Return the inner HTML of the abstract of a raw text, with the line ends and blanks of a page."""
    text = to_unicode(raw, greek=False).strip()
    made: list[str] = []
    for pattern, write in ((_url_pattern(habit), _url), (_DOI, _doi), (_ID, _eprint)):
        text = pattern.sub(partial(_put, write, made, habit), text)
    html = re.sub(r"\n +", "\n<br>", escape(text).replace("&#x27;", "&#39;"))
    for number in reversed(range(len(made))):
        html = html.replace(f"\x01{number}\x02", made[number])
    return f"\n      {html}\n    "


def _put(write: Callable[[str], str | None], made: list[str], habit: LinkHabit, found: re.Match[str]) -> str:
    words, after = found[0], ""
    while words and (words[-1] in habit.after or (words[-1] == ")" and words.count("(") < words.count(")"))):
        words, after = words[:-1], words[-1] + after
    link = write(words)
    if link is None:
        return found[0]
    made.append(link)
    return f"\x01{len(made) - 1}\x02{after}"


def _url_pattern(habit: LinkHabit) -> re.Pattern[str]:
    scheme = r"(?:(?:https?|ftp)://)?"
    before = r"(?<![@/])" if not habit.are_emails_split else r"(?<!/)"
    return re.compile(
        rf"\b{before}{scheme}(?:(?:{habit.host}+\.)+{habit.last_label}|(?:\d{{1,3}}\.){{3}}\d{{1,3}})(?::\d+)?(?!\.\w)\b"
        rf"(?:[/?][^\s\x01\x02{habit.path_end}]*)?",
        re.IGNORECASE,
    )


def _url(words: str) -> str | None:
    url = words if re.match("[a-z]+://", words, re.IGNORECASE) else f"http://{words}"
    scheme, _, rest = url.partition("://")
    host = re.split("[/?#:]", rest)[0]
    kind = f"link-{scheme.lower()}"
    if host.endswith("arxiv.org"):
        return f'<a href="{escape(url)}" class="link-internal {kind}">{escape(words)}</a>'
    return f'<a href="{escape(url)}" {_REL} class="link-external {kind}">this {scheme.lower()} URL</a>'


def _doi(words: str) -> str | None:
    if not _DOI.fullmatch(words):
        return None
    url = f"https://doi.org/{quote(words, safe='/')}"
    return f'<a href="{url}" data-doi="{words}" class="link-https link-external" {_REL}>{url}</a>'


def _eprint(words: str) -> str | None:
    found = _ID.fullmatch(words)
    if found is None:
        return None
    name = found["id"]
    text = f"{'arXiv:' if found['prefix'] else ''}{name}"
    return f'<a href="https://arxiv.org/abs/{name}" data-arxiv-id="{name}" class="link-https">{text}</a>'
