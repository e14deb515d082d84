from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.markup.tex import to_unicode

FULL_BRACES = 40_000


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Schr\"odinger", "Schrödinger"),
        (r"Poincar\'{e}", "Poincaré"),
        (r"Fran\c{c}ois", "François"),
        (r"Erd\H{o}s", "Erdős"),
        (r"\v{S}ev\v{c}\'ik", "Ševčík"),
        (r"\u{g}\r{a}\k{e}\=o\.z\~n\^u\`a", "ğåęōżñûà"),
        (r"\'{\i}", r"\'ı"),
        (r"\"b\=x", "bx"),
        (r"\c{x}", "cx"),
    ],
)
def test_accents_become_letters(tex: str, text: str) -> None:
    assert to_unicode(tex, greek=False) == text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Stra\ss e", "Straße"),
        (r"\L{}\'od\'z", "Łódź"),
        (r"S{\o}ren", "Søren"),
        (r"\AA\ ngstr\"om", "Å ngström"),
        (r"\O_2", "Ø_2"),
        (r"\omitted \ok", r"\omitted \ok"),
        (r"{\ss and", "{ßand"),
        (r"{\j}\j x", "jjx"),
        (r"\S 3, \dag", "§3, †"),
        (r"\t{o}\t{oo}", r"o\t{oo}"),
    ],
)
def test_letters_and_symbols_swallow_what_ends_their_name(tex: str, text: str) -> None:
    assert to_unicode(tex, greek=False) == text


def test_greek_is_converted_only_where_it_is_wanted() -> None:
    assert to_unicode(r"$\alpha$-\phi \varphi \Gamma_2", greek=True) == "$α$-ϕφΓ_2"
    assert to_unicode(r"$\alpha$-\phi \varphi \Gamma_2", greek=False) == r"$\alpha$-\phi \varphi \Gamma_2"


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        ("{{x}}", "{x}"),
        ("{{{x}}}", "{x}"),
        ("{{{x}}", "{{x}"),
        ("{{x}}}}", "{x}}}"),
        ("{{x}{y}}", "{{x}{y}}"),
        ("{{a {{b}}}", "{a {b}"),
        ("{{x", "{{x"),
        ("x}}", "x}}"),
    ],
)
def test_doubled_braces_become_single(tex: str, text: str) -> None:
    assert to_unicode(tex, greek=False) == text


TEX = st.sampled_from(
    [
        "\\", "{", "}", "{{", "}}", "\\log", "\\alpha", "\\upsilon", "\\ss", "\\S ", "\\o{}", "{\\j}", "\\j ", "\\t{oo}",
        "\\c{c}", "\\'", '\\"o', "\\.z", "\\H", "a", "e", "o", "_", "1", " ", ".", "'", "\\%",
    ]
)  # fmt: skip


@given(st.lists(TEX, max_size=8).map("".join), st.booleans())
@example(r"\.z", False)
def test_a_text_is_replaced_as_it_is_beside_a_command_that_is(text: str, greek: bool) -> None:
    assert to_unicode(text + r";\'e", greek=greek) == to_unicode(text, greek=greek) + ";é"


def test_deep_braces_are_read_in_good_time() -> None:
    assert to_unicode("{" * FULL_BRACES + "x" + "}" * FULL_BRACES, greek=True) == "{x}"


@given(st.text(alphabet="abc {} .'", max_size=30).filter(lambda text: "{{" not in text))
def test_text_without_commands_is_left_alone(text: str) -> None:
    assert to_unicode(text, greek=True) == text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\'{q}", "q"),
        (r"\c{x}", "cx"),
        (r"\H{o}\k{a}\r{u}\u{g}\v{s}", "őąůğš"),
        (r"\'e\`a\^o\~n\=u\.z", "éàôñūż"),
        (r"\'\i", "\\'ı"),
    ],
)
def test_an_accent_that_a_letter_cannot_carry_is_dropped(tex: str, text: str) -> None:
    assert to_unicode(tex, greek=False) == text
