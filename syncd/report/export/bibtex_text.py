r"""Foreign text made safe for BibTeX and LaTeX: braces balanced, formulas kept, everything else as a reader sees it.

It must not know papers or fields.

    text ─► pieces (formulas, commands, braces, words) ─► braces paired ─► value of a field
                                                                      └─► title: capitals protected, value of a field

Accents become commands (`tex_letters`), Greek letters become formulas, because the text fonts of LaTeX lack them. Other
characters stay Unicode. A formula that LaTeX would not accept is shown as it was typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syncd.core.markup.characters import clean
from syncd.core.values import dataclass
from syncd.report.export.tex_commands import (
    ACCENT_LETTERS,
    ACCENT_SIGNS,
    DELIMITERS,
    FORMULA,
    FORMULA_OF,
    FORMULA_SIZES,
    GREEK,
    SYMBOLS,
    TEXT,
    TEXT_OF,
)
from syncd.report.export.tex_letters import spell_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BACKSLASH = r"\textbackslash{}"
_SPECIAL = {
    "\\": _BACKSLASH, "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", **{letter: f"$\\{name}$" for letter, name in GREEK.items()},
}  # fmt: skip
_SIGNS = re.escape("".join(_SPECIAL))
_NEEDS_CARE = re.compile(f"[{_SIGNS}]")
_ACCENTED = r"\{(?:[A-Za-z]{1,2}|\\[ij])\}"
_PIECE = re.compile(
    rf"""(?P<formula>\$\$(?P<display>(?:[^$\\]|\\.)+)\$\$ | \$(?P<inline>(?:[^$\\]|\\.)+)\$(?!(?<=\s\$)\d)
            | \\\((?P<round>(?:[^$\\]|\\[^()])+)\\\) | \\\[(?P<square>(?:[^$\\]|\\[^][])+)\\])
    | \\(?P<accent>[{re.escape(ACCENT_SIGNS)}](?=[A-Za-z]|{_ACCENTED}) | [{ACCENT_LETTERS}](?={_ACCENTED}))
    | \\(?P<command>[A-Za-z]+)(?P<opening>(?=\ ?{{))?
    | \\(?P<sign>.)
    | (?P<words>[^{_SIGNS}]+)
    | (?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_FORMULA_PIECE = re.compile(r"\\(?P<command>[A-Za-z]+)|\\(?P<sign>.)|(?P<other>.)", re.DOTALL)
_FORMULA_SIGNS = {
    "{": r"\lbrace{}",
    "}": r"\rbrace{}",
    "\\": " ",
    " ": "~",
    **{sign: f"\\{sign}" for sign in ",;:!>|%#&_$"},
}
_FORMULA_OTHERS = {"%": r"\%", "#": r"\#", "&": r"\&", **{letter: f"{{\\{name}}}" for letter, name in GREEK.items()}}
_DELIMITER = re.compile(rf"[()\[\]|./<>]|\\(?:[{{}}|]|(?:{'|'.join(sorted(DELIMITERS))})(?![A-Za-z]))")
_CLOSING = {"}": "{", r"\right": r"\left"}
_UNFINISHED = re.compile(r"[\^_]\s*(?:[\^_}]|\Z)")
_WORD_PARTS = re.compile(r"[-–—/]")
_PUNCTUATION = """.,:;?!'"()[]“”‘’«»"""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text, as LaTeX is to read it. `brace` is the brace that it was, `has_words` is True where it may be split."""

    tex: str
    brace: str = ""
    has_words: bool = False


def to_tex(text: str) -> str:
    """Return a text as the value of a field."""
    line = _join_lines(text)
    if _NEEDS_CARE.search(line):
        line = "".join(piece.tex for piece in _read_pieces(line))
    return spell_letters(line)


def to_title(text: str) -> str:
    """Return a title as the value of a field. Words like `NeRF` or `X-ray` keep their capitals in styles that change others."""
    return spell_letters(" ".join(map(_protect_capitals, _split_words(_read_pieces(_join_lines(text))))))


def _join_lines(text: str) -> str:
    return " ".join(clean(text).split())


def _read_pieces(text: str) -> list[_Piece]:
    """Return the pieces of a text. The braces among them are balanced, and in balance between any two formulas."""
    pieces, opened = list(_split(text)), []
    for at, piece in enumerate(pieces):
        if piece.brace == "{":
            opened.append(at)
        elif piece.brace == "}" and opened:
            pieces[opened.pop()], pieces[at] = _Piece("{"), _Piece("}")
    return pieces


def _split(text: str) -> Iterator[_Piece]:
    at = 0
    while found := _PIECE.match(text, at):
        at = found.end()
        if not found["formula"]:
            yield _read_piece(found)
            continue
        formula = _read_formula(found["display"] or found["inline"] or found["round"] or found["square"])
        if formula is None:
            # Only its first sign is consumed. The rest may hold a formula that is one.
            at = found.start() + 1
            formula = _SPECIAL[text[found.start()]]
        yield _Piece(formula)


def _read_piece(found: re.Match[str]) -> _Piece:
    if words := found["words"]:
        return _Piece(words, has_words=True)
    if name := found["command"]:
        return _Piece(_read_command(name, has_argument=found["opening"] is not None))
    if accent := found["accent"]:
        return _Piece(f"\\{accent}")
    if sign := found["sign"]:
        return _read_sign(sign)
    other = found["other"]
    return _Piece(_SPECIAL[other], brace=other if other in "{}" else "")


def _read_command(name: str, *, has_argument: bool) -> str:
    if name in TEXT or (name in TEXT_OF and has_argument):
        return f"\\{name}"
    return f"$\\{name}$" if name in SYMBOLS else f"{_BACKSLASH}{name}"


def _read_sign(sign: str) -> _Piece:
    if sign in "&%$#_,-/@":
        return _Piece(f"\\{sign}")
    if sign in "\\;:!> ":
        return _Piece(" ", has_words=True)  # the end of a line, a blank, and blanks that LaTeX has in formulas only
    return _Piece(_SPECIAL[sign] if sign in "{}" else _BACKSLASH + _SPECIAL.get(sign, sign))


def _read_formula(inner: str) -> str | None:
    """Return a formula between dollar signs. None where LaTeX would not accept it."""
    parts: list[str] = []
    opened: list[str] = []
    for found in _FORMULA_PIECE.finditer(inner):
        part = _read_formula_piece(found, inner[found.end() :].lstrip())
        if part is None or (part in _CLOSING and (not opened or opened.pop() != _CLOSING[part])):
            return None
        if part in _CLOSING.values():
            opened.append(part)
        parts.append(part)
    is_accepted = inner.strip() and not opened and not _UNFINISHED.search(inner)
    return f"${''.join(parts)}$" if is_accepted else None


def _read_formula_piece(found: re.Match[str], rest: str) -> str | None:
    if name := found["command"]:
        return f"\\{name}" if _is_complete(name, rest) else None
    if sign := found["sign"]:
        return _FORMULA_SIGNS.get(sign)
    other = found["other"]
    return _FORMULA_OTHERS.get(other, other) if other.isascii() or other in GREEK else f"{{\\text{{{other}}}}}"


def _is_complete(name: str, rest: str) -> bool:
    """Return whether LaTeX knows the command of a formula, and what follows it fits."""
    if name in FORMULA_SIZES:
        return _DELIMITER.match(rest) is not None
    return name in FORMULA or name in DELIMITERS or (name in FORMULA_OF and rest[:1] not in {"", "}"})


def _split_words(pieces: Iterable[_Piece]) -> Iterator[str]:
    """Yield the words of a title. A blank inside braces, a formula or a command separates none."""
    depth, word = 0, ""
    for piece in pieces:
        depth += (piece.tex == "{") - (piece.tex == "}")
        if piece.has_words and depth == 0:
            *ended, rest = piece.tex.split(" ")
            for part in ended:
                yield word + part
                word = ""
            word += rest
        else:
            word += piece.tex
    yield word


def _protect_capitals(word: str) -> str:
    parts = [part.strip(_PUNCTUATION) for part in _WORD_PARTS.split(word)]
    if parts == ["A"] or not any(map(_has_fixed_capital, parts)):
        return word
    # BibTeX reads a brace before a command as an accented letter, and changes its case.
    return f"{{{{{word}}}}}" if word.startswith("\\") else f"{{{word}}}"


def _has_fixed_capital(part: str) -> bool:
    return any(map(str.isupper, part[1:])) or (len(part) == 1 and part.isupper())
