"""The configuration as text: the template, and the effective values without passwords."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

from syncd import config
from syncd.config import kinds
from tests.support.config_files import SECRET_URL, read_config


def test_config_toml_beside_the_project_is_the_template() -> None:
    assert Path(__file__).parents[2].joinpath("config.toml").read_text(encoding="utf-8") == config.template()


def test_template_shows_every_key_once_and_reads_as_the_defaults(tmp_path: Path) -> None:
    content = tomllib.loads(config.template())
    assert [f"{section}.{key}" for section, keys in content.items() for key in keys] == list(config.KEYS)
    shown, bare = read_config(tmp_path, config.template()), read_config(tmp_path)
    assert [row.value for row in config.describe(shown)] == [row.value for row in config.describe(bare)]
    assert set(bare.origins.values()) == {"default"}
    assert set(shown.origins.values()) == {str(tmp_path / "syncd.toml")}


def test_template_comments_every_key() -> None:
    lines = config.template().splitlines()
    for above, line in itertools.pairwise(lines):
        assert " = " not in line or line.startswith("#") or above.startswith("# "), line


def test_effective_values_read_back_as_the_same_configuration(tmp_path: Path) -> None:
    first = read_config(
        tmp_path,
        '[schedule]\ncheck_every = "1d2h3m4s"\n[upstream]\nmax_body = "1500kB"\n'
        '[metrics]\nlisten = "[::1]:9464"\n[hooks]\non_new = ["say \\"hello\\"", "b"]\n',
    )
    text = "".join(f"{row.key} = {row.value}\n" for row in config.describe(first))
    second = read_config(tmp_path, _by_section(tomllib.loads(text)))
    assert config.describe(second) == tuple(
        config.Setting(row.key, row.value, str(tmp_path / "syncd.toml")) for row in config.describe(first)
    )


def _by_section(content: dict[str, dict[str, object]]) -> str:
    lines = []
    for section, keys in content.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_literal(value)}" for key, value in keys.items()]
    return "\n".join(lines)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(kinds.quoted, value))}]"
    return kinds.quoted(value) if isinstance(value, str) else str(value)


def test_passwords_are_never_shown(tmp_path: Path) -> None:
    proxy = "http://me:hunter2@proxy:3128"
    found = read_config(tmp_path, database__url=SECRET_URL, upstream__proxy=proxy, upstream__ledger=f"{SECRET_URL}?x=1")
    assert found.upstream.proxy == proxy
    assert "hunter2" not in f"{config.describe(found)}{found!r}"
    rows = {row.key: row.value for row in config.describe(found)}
    assert rows["database.url"] == '"postgresql+psycopg://syncd:***@db/syncd"'
