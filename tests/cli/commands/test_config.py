"""`syncd config`: a valid default file, errors with their line, and values with their origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.command_line import Shell, error_of

if TYPE_CHECKING:
    import pytest


def test_a_generated_configuration_is_valid(syncd: Shell) -> None:
    text = syncd("config", "generate").out
    (syncd.folder / "other.toml").write_text(text, encoding="utf-8")
    syncd.environment.delenv("SYNCD_NOW")
    assert syncd("-c", "other.toml", "config", "validate").code == 0


def test_a_bad_key_is_reported_with_file_line_and_the_nearest_name(syncd: Shell) -> None:
    (syncd.folder / "config.toml").write_text("[archive]\nroot = 'a'\n\n[upstream]\nlisting_intervall = '15s'\n")
    ended = syncd("config", "validate", "--json")
    assert ended.code == 2
    message = error_of(ended)["message"]
    assert "config.toml, line 5" in message
    assert "upstream.listing_interval" in message


def test_a_bad_value_is_reported_with_its_line(syncd: Shell) -> None:
    (syncd.folder / "config.toml").write_text("[upstream] # here\n'timeout' = '30 bananas'\n")
    assert "config.toml, line 2" in syncd("config", "validate").err


def test_all_mistakes_are_reported_in_the_order_of_the_file(syncd: Shell) -> None:
    (syncd.folder / "config.toml").write_text("[log]\nlevel = 'loud'\n[archive]\ncategory = 'cs.cv'\n[archiv]\n")
    ended = syncd("config", "validate", "--json")
    messages = [each["message"] for each in ended.json["errors"]]
    assert [message.rpartition(", ")[2] for message in messages] == ["line 2)", "line 4)", "line 5)"]
    assert 'did you mean "cs.CV"?' in messages[1]
    assert all(message in ended.err for message in messages)


def test_the_configuration_that_was_examined_is_named(syncd: Shell) -> None:
    file = syncd.folder / "config.toml"
    assert syncd("config", "validate").out == f"{file}: valid\n"
    file.unlink()
    for name in ("SYNCD_CONFIG", "XDG_CONFIG_HOME", "SYNCD_NOW"):
        syncd.environment.delenv(name, raising=False)
    syncd.environment.setenv("HOME", str(syncd.folder))
    assert syncd("config", "validate").out.startswith(f"no configuration found (looked in {file}, ")


def test_a_missing_program_is_named_together_with_all_other_mistakes(syncd: Shell) -> None:
    (syncd.folder / "bad.toml").write_text('archive.category = "cs.cv"\nhooks.on_new = ["no-such-program"]\n')
    ended = syncd("-c", "bad.toml", "config", "validate")
    assert ended.code == 2
    assert 'did you mean "cs.CV"' in ended.err
    assert "no program no-such-program is found" in ended.err


def test_a_hook_without_its_program_is_found_by_validate_alone(syncd: Shell) -> None:
    (syncd.folder / "config.toml").write_text("[hooks]\non_new = ['/nowhere/notify TOKEN']\n")
    ended = syncd("config", "validate")
    assert (ended.code, "no program /nowhere/notify is found" in ended.err, "TOKEN" in ended.err) == (2, True, False)
    assert syncd("config", "show").code == 0


def test_effective_values_say_where_they_come_from_and_mask_passwords(
    syncd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_DATABASE__URL", "postgresql+psycopg://me:secret@host/archive")
    output = syncd("config", "show").out
    assert "secret" not in output
    assert "# SYNCD_DATABASE__URL" in output
