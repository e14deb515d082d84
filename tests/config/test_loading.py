from __future__ import annotations

import itertools
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd import config
from syncd.config import Config, kinds
from syncd.core.errors import ConfigError

LOOPBACK = {
    "upstream.listing_url": "http://127.0.0.1:8000",
    "upstream.oai_url": "http://localhost:8000/oai",
    "upstream.rss_url": "http://[::1]:8000",
    "upstream.api_url": "http://127.0.0.1:8000/api/query",
}


def read(folder: Path, text: str = "", environ: dict[str, str] | None = None, **flags: object) -> Config:
    path = folder / "syncd.toml"
    path.write_text(text, encoding="utf-8")
    overrides = {name.replace("__", "."): value for name, value in flags.items()}
    return config.load(path, environ or {}, overrides)


def refused(folder: Path, text: str = "", environ: dict[str, str] | None = None, **flags: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, environ, **flags)
    return caught.value


# The template


def test_config_toml_beside_the_project_is_the_template() -> None:
    assert Path(__file__).parents[2].joinpath("config.toml").read_text(encoding="utf-8") == config.template()


def test_template_shows_every_key_once_and_reads_as_the_defaults(tmp_path: Path) -> None:
    content = tomllib.loads(config.template())
    assert [f"{section}.{key}" for section, keys in content.items() for key in keys] == list(config.KEYS)
    shown, bare = read(tmp_path, config.template()), read(tmp_path)
    assert [row.value for row in config.describe(shown)] == [row.value for row in config.describe(bare)]
    assert set(bare.origins.values()) == {"default"}
    assert set(shown.origins.values()) == {str(tmp_path / "syncd.toml")}


def test_template_comments_every_key() -> None:
    lines = config.template().splitlines()
    for above, line in itertools.pairwise(lines):
        assert " = " not in line or line.startswith("#") or above.startswith("# "), line


def test_what_describe_shows_reads_back_as_the_same_configuration(tmp_path: Path) -> None:
    first = read(
        tmp_path,
        '[schedule]\ncheck_every = "1d2h3m4s"\n[upstream]\nmax_body = "1500kB"\n'
        '[metrics]\nlisten = "[::1]:9464"\n[hooks]\non_new = ["say \\"hello\\"", "b"]\n',
    )
    text = "".join(f"{row.key} = {row.value}\n" for row in config.describe(first))
    second = read(tmp_path, _by_section(tomllib.loads(text)))
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


# Where the file is found, and who wins


def test_the_file_is_looked_up_in_the_documented_order(tmp_path: Path) -> None:
    named, here, home = tmp_path / "named.toml", tmp_path / "config.toml", tmp_path / "xdg/syncd/config.toml"
    home.parent.mkdir(parents=True)
    for path in (named, here, home):
        path.touch()
    environ = {"SYNCD_CONFIG": str(named), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    own = tmp_path / "own.toml"
    own.touch()

    def path_for(path: Path | None) -> Path | None:
        return config.load(path, environ, {}, folder=tmp_path).path

    assert path_for(own) == own
    assert path_for(None) == named
    environ["SYNCD_CONFIG"] = ""
    assert path_for(None) == here
    here.unlink()
    assert path_for(None) == home
    del environ["XDG_CONFIG_HOME"]
    environ["HOME"] = str(tmp_path)
    (tmp_path / ".config").symlink_to(tmp_path / "xdg")
    assert path_for(None) == tmp_path / ".config/syncd/config.toml"


def test_a_named_file_that_is_missing_is_an_error_that_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "no.toml"
    for path, environ in ((missing, {}), (None, {"SYNCD_CONFIG": str(missing)})):
        with pytest.raises(ConfigError, match="cannot be read") as caught:
            config.load(path, environ, {}, folder=tmp_path)
        assert caught.value.origin == str(missing)


@pytest.mark.parametrize("data", [b"[archive", b"\xff\xfe", b"\xef\xbb\xbf[archive]\n"])
def test_a_file_that_is_not_toml_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="is not TOML"):
        config.load(path, {}, {})


def test_flag_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    text, environ = '[log]\nlevel = "error"\n', {"SYNCD_LOG__LEVEL": "warning"}
    found = [
        read(tmp_path),
        read(tmp_path, text),
        read(tmp_path, text, environ),
        read(tmp_path, text, environ, log__level="debug"),
        read(tmp_path, text, environ, log__level=None),
    ]
    assert [each.log.level for each in found] == ["info", "error", "warning", "debug", "warning"]
    origins = [each.origins["log.level"] for each in found]
    assert origins == ["default", str(tmp_path / "syncd.toml"), "SYNCD_LOG__LEVEL", "flag", "SYNCD_LOG__LEVEL"]


# Names


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[archive]\ncategorie = 1", "archive.category"),
        ("[upstream]\nroot = 1", "archive.root"),
        ("[archiv]\nroot = 1", "[archive]"),
        ("filename = 1", "archive.filename"),
        ("[log]\nzzz = 1", "log."),
        ("[zzz]", "["),
        ("[archive.root]\nx = 1", "string"),
        ("archive = 1", "section"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest_known_one(tmp_path: Path, text: str, near: str) -> None:
    error = refused(tmp_path, text)
    assert near in error.detail
    assert error.origin == str(tmp_path / "syncd.toml")


def test_an_unknown_variable_is_an_error_that_names_the_nearest_known_one(tmp_path: Path) -> None:
    error = refused(tmp_path, environ={"SYNCD_ARCHIVE__ROOTS": "x"})
    assert (error.origin, error.key) == ("SYNCD_ARCHIVE__ROOTS", "archive.roots")
    assert "SYNCD_ARCHIVE__ROOT" in error.detail


def test_variables_that_are_no_keys_are_left_alone(tmp_path: Path) -> None:
    environ = {"SYNCD_NOW": "x", "SYNCD_CONFIG": "x", "SYNCD_DAY": "2021-04-07", "SYNCD_NEW_PAPERS": "3"}
    assert set(read(tmp_path, environ=environ).origins.values()) == {"default"}


def test_a_variable_with_a_single_underscore_is_remarked_on(tmp_path: Path) -> None:
    remarks = read(tmp_path, environ={"SYNCD_ARCHIVE_ROOT": "x"}).warnings
    assert any("SYNCD_ARCHIVE__ROOT" in remark for remark in remarks)


def test_an_unknown_flag_is_an_error(tmp_path: Path) -> None:
    assert refused(tmp_path, archive__rot="x").origin == "flag"


# Values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15s", timedelta(seconds=15)),
        ("15m", timedelta(minutes=15)),
        ("2h30m", timedelta(hours=2, minutes=30)),
        ("1d", timedelta(days=1)),
        ("90m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(hours=1, minutes=30)),
        ("250ms", timedelta(milliseconds=250)),
        ("0.25s", timedelta(milliseconds=250)),
        ("1m5ms", timedelta(minutes=1, milliseconds=5)),
    ],
)
def test_durations_carry_units(tmp_path: Path, text: str, expected: timedelta) -> None:
    assert read(tmp_path, schedule__poll_every=text).schedule.poll_every == expected


@pytest.mark.parametrize("raw", ['"15"', "15", '""', '"-1s"', '".5s"', '"1m1h"', '"15 s"', '"0s"', "[]", '"١s"'])
def test_anything_else_is_no_duration(tmp_path: Path, raw: str) -> None:
    assert refused(tmp_path, f"[schedule]\npoll_every = {raw}").key == "schedule.poll_every"


@given(st.integers(0, 10**11))
def test_every_duration_is_read_back_as_shown(thousandths: int) -> None:
    value = timedelta(milliseconds=thousandths)
    assert kinds.INTERVAL.read(tomllib.loads(f"x = {kinds.INTERVAL.show(value)}")["x"]) == value


@pytest.mark.parametrize(
    ("text", "expected"), [("64MiB", 2**26), ("1 GiB", 2**30), ("500kB", 500_000), ("3MB", 3_000_000), ("7B", 7)]
)
def test_sizes_carry_units(tmp_path: Path, text: str, expected: int) -> None:
    assert read(tmp_path, upstream__max_body=text).upstream.max_body == expected


@pytest.mark.parametrize("raw", ["64", '"64"', '"64M"', '"0MiB"', '"-1B"', '"1.5GiB"', "true"])
def test_anything_else_is_no_size(tmp_path: Path, raw: str) -> None:
    assert refused(tmp_path, f"[upstream]\nmax_body = {raw}").key == "upstream.max_body"


@given(st.integers(1, 10**12))
def test_every_size_is_read_back_as_shown(size: int) -> None:
    assert kinds.SIZE.read(tomllib.loads(f"x = {kinds.SIZE.show(size)}")["x"]) == size


@given(st.text())
def test_every_quoted_text_is_toml(text: str) -> None:
    if all(not 0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        assert tomllib.loads(f"x = {kinds.quoted(text)}")["x"] == text


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("archive.root", '""'),
        ("archive.root", "1"),
        ("archive.root", '"~/archive"'),
        ("archive.root", '"a\\nb"'),
        ("archive.since", '"yesterday"'),
        ("archive.since", '"2020-02-30"'),
        ("archive.since", "2020-01-01T00:00:00Z"),
        ("archive.category", '"cs.cv.x"'),
        ("archive.category", '"../cs"'),
        ("archive.category", '"CS.CV"'),
        ("schedule.timezone", '"Mars/Olympus"'),
        ("schedule.timezone", '"America"'),
        ("schedule.timezone", '"../../etc/passwd"'),
        ("schedule.poll_from", '"24:00"'),
        ("schedule.poll_from", "20:00:00"),
        ("schedule.recheck", '"yes"'),
        ("schedule.recheck", "1"),
        ("hooks.on_new", '[" "]'),
        ("hooks.on_new", "[1]"),
        ("hooks.on_new", "true"),
        ("metrics.listen", '"9464"'),
        ("metrics.listen", '"127.0.0.1:70000"'),
        ("log.level", '"loud"'),
        ("log.format", "[]"),
        ("database.url", '"mysql://x/y"'),
        ("database.url", '"sqlite://"'),
        ("database.url", '"sqlite:///:memory:"'),
        ("upstream.proxy", '"socks5://x:1"'),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_key(tmp_path: Path, key: str, raw: str) -> None:
    section, _, last = key.partition(".")
    error = refused(tmp_path, f"[{section}]\n{last} = {raw}")
    assert error.key == key
    assert error.detail.startswith("must")


@pytest.mark.parametrize("category", ["cs.CV", "math.AG", "hep-th", "cond-mat.mes-hall", "q-bio.NC", "physics.acc-ph"])
def test_arxivs_categories_are_categories(tmp_path: Path, category: str) -> None:
    assert read(tmp_path, archive__category=category).archive.category == category


def test_values_have_the_types_of_the_program(tmp_path: Path) -> None:
    found = read(tmp_path, '[metrics]\nlisten = "127.0.0.1:9464"\n')
    assert found.archive.since == date(2020, 1, 1)
    assert found.schedule.poll_from == time(20)
    assert found.schedule.timezone == ZoneInfo("America/New_York")
    assert found.metrics.listen == ("127.0.0.1", 9464)
    assert (found.metrics.textfile, found.upstream.ledger, found.upstream.proxy) == (None, None, None)


def test_variables_are_read_by_the_kind_of_their_key(tmp_path: Path) -> None:
    environ = {
        "SYNCD_ARCHIVE__SINCE": "2021-02-03",
        "SYNCD_ARCHIVE__VAULT": "",
        "SYNCD_SCHEDULE__RECHECK": "false",
        "SYNCD_HOOKS__ON_NEW": '["a b", "c"]',
        "SYNCD_HOOKS__ON_PROBLEM": "mail me\nring, the bell",
        "SYNCD_UPSTREAM__CONTACT": "12",
        "SYNCD_UPSTREAM__TIMEOUT": '"20s"',
    }
    found = read(tmp_path, environ=environ)
    assert found.archive.since == date(2021, 2, 3)
    assert found.archive.vault is None
    assert not found.schedule.recheck
    assert found.hooks.on_new == ("a b", "c")
    assert found.hooks.on_problem == ("mail me", "ring, the bell")
    assert found.upstream.contact == "12"
    assert found.upstream.timeout == timedelta(seconds=20)


# Paths


def test_relative_paths_start_from_the_files_folder(tmp_path: Path) -> None:
    found = read(tmp_path, '[metrics]\ntextfile = "m.prom"\n')
    assert found.archive.root == tmp_path / "archive"
    assert found.archive.vault == tmp_path / "vault"
    assert found.metrics.textfile == tmp_path / "m.prom"
    assert found.database.url == f"sqlite:///{tmp_path}/syncd.db"


def test_relative_paths_start_from_the_state_directory_when_there_is_one(tmp_path: Path) -> None:
    found = read(tmp_path, environ={"STATE_DIRECTORY": "/var/lib/syncd:/var/lib/other"})
    assert found.archive.root == Path("/var/lib/syncd/archive")
    assert found.database.url == "sqlite:////var/lib/syncd/syncd.db"


def test_absolute_paths_and_urls_stay(tmp_path: Path) -> None:
    found = read(tmp_path, archive__root=Path("/srv/a"), database__url="sqlite:////srv/x.db?timeout=5")
    assert found.archive.root == Path("/srv/a")
    assert found.database.url == "sqlite:////srv/x.db?timeout=5"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_reached_through_psycopg(tmp_path: Path, scheme: str) -> None:
    assert read(tmp_path, database__url=f"{scheme}://db/syncd").database.url == "postgresql+psycopg://db/syncd"


def test_the_vault_must_not_lie_inside_the_root_not_even_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "archive/v").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "archive/v")
    for vault in ("archive", "archive/vault", "x/../archive/v", "link"):
        assert refused(tmp_path, archive__vault=vault).key == "archive.vault"
    assert read(tmp_path, archive__vault="archive-vault").archive.vault == tmp_path / "archive-vault"


@pytest.mark.parametrize("text", ["%Y/%Y-%m-%d.md", "%Y%m%d", "%y-%j.md", "%G/W%V/%u.md", "100%%/%Y/%m/%d/x.md"])
def test_templates_that_name_each_date_are_taken(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, archive__filename=text).archive.filename == text


@pytest.mark.parametrize(
    "text",
    [
        "%Y-%m.md",
        "%m-%d.md",
        "%Y-%V-%u.md",
        "digest.md",
        "%%Y-%%m-%%d",
        "%Y-%b-%d.md",
        "%A-%Y-%m-%d.md",
        "%Y-%-m-%d.md",
        "%Y-%m-%d%",
        "/srv/%Y-%m-%d.md",
        "../%Y-%m-%d.md",
        "%Y/../../%m-%d.md",
        "%Y//%m-%d.md",
        "%Y-%m-%d/",
        ".git/%Y-%m-%d.md",
        "%Y/.%m-%d.md",
        "%Y-%m-%d-" + "x" * 250,
        "",
    ],
)
def test_templates_that_do_not_or_leave_the_root_are_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, archive__filename=text).key == "archive.filename"


# Upstream


@pytest.mark.parametrize(
    "url",
    [
        "http://arxiv.org",
        "http://127.0.0.1@arxiv.org",
        "http://localhost.arxiv.org",
        "ftp://localhost",
        "https://",
        "https://x:99999",
        "https://user:secret@arxiv.org",
        "https://arxiv.org?x=1",
        "http://localhost\\@arxiv.org",
        "arxiv.org",
        "https://arxiv.org/a b",
        "https://localhost\\@arxiv.org",
        "http://[::1",
    ],
)
def test_only_https_or_loopback_may_be_asked(tmp_path: Path, url: str) -> None:
    error = refused(tmp_path, upstream__listing_url=url)
    assert error.key == "upstream.listing_url"
    assert "secret" not in error.detail


def test_a_final_slash_of_a_service_is_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, upstream__listing_url="https://arxiv.org/").upstream.listing_url == "https://arxiv.org"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000/x", True),
        ("http://LOCALHOST/x", True),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.org", False),
        ("https://arxiv.org", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_loopback_is_told_by_the_host_alone(url: str, *, expected: bool) -> None:
    assert config.is_loopback(url) is expected


@pytest.mark.parametrize("key", list(LOOPBACK))
def test_intervals_below_arxivs_rule_are_for_loopback_only(tmp_path: Path, key: str) -> None:
    assert refused(tmp_path, upstream__listing_interval="14s").key == "upstream.listing_interval"
    assert refused(tmp_path, upstream__api_interval="2s").key == "upstream.api_interval"
    read(tmp_path, upstream__listing_interval="15s", upstream__api_interval="3s")
    fast = {"upstream.listing_interval": "0s", "upstream.api_interval": "0s"}
    assert not config.load(None, {}, LOOPBACK | fast, folder=tmp_path).upstream.api_interval
    with pytest.raises(ConfigError):
        config.load(None, {}, LOOPBACK | fast | {key: "https://arxiv.org"}, folder=tmp_path)


def test_a_polling_window_has_two_ends(tmp_path: Path) -> None:
    assert refused(tmp_path, schedule__poll_until="20:00").key == "schedule.poll_until"


def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    assert read(tmp_path, upstream__contact="me@example.org").warnings == ()
    assert "contact" in read(tmp_path).warnings[0]
    assert "push" in read(tmp_path, upstream__contact="x", publish__push=True).warnings[0]


# Secrets

SECRET_URL = "postgresql+psycopg://syncd:hunter2@db/syncd"


def test_a_secret_comes_from_the_file_its_key_names(tmp_path: Path) -> None:
    (tmp_path / "db-url").write_text(f"{SECRET_URL}\n", encoding="utf-8")
    found = read(tmp_path, '[database]\nurl = "sqlite:///syncd.db"\nurl_file = "db-url"\n')
    assert found.database.url == SECRET_URL
    assert found.origins["database.url"] == str(tmp_path / "db-url")


def test_a_credential_beats_the_file_and_a_variable_beats_the_credential(tmp_path: Path) -> None:
    (tmp_path / "database.url").write_text(SECRET_URL, encoding="utf-8")
    text, environ = '[database]\nurl = "sqlite:///own.db"\n', {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read(tmp_path, text, environ).database.url == SECRET_URL
    found = read(tmp_path, text, environ | {"SYNCD_DATABASE__URL": "sqlite:////x.db"})
    assert found.database.url == "sqlite:////x.db"


def test_a_credentials_directory_without_ours_changes_nothing(tmp_path: Path) -> None:
    assert set(read(tmp_path, environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}).origins.values()) == {"default"}


def test_a_secret_and_its_file_from_one_origin_contradict_each_other(tmp_path: Path) -> None:
    error = refused(tmp_path, '[database]\nurl = "sqlite:///own.db"\nurl_file = "x"\n')
    assert (error.key, error.origin) == ("database.url", str(tmp_path / "syncd.toml"))


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff", b"oracle://syncd:hunter2@db", b"a\nhunter2"])
def test_a_secret_file_that_is_of_no_use_is_an_error_that_tells_no_secret(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "s").write_bytes(content)
    error = refused(tmp_path, environ={"SYNCD_DATABASE__URL_FILE": str(tmp_path / "s")})
    assert (error.key, error.origin) == ("database.url", str(tmp_path / "s"))
    assert "hunter2" not in f"{error.detail}{error.__cause__}"


def test_passwords_are_never_shown(tmp_path: Path) -> None:
    proxy = "http://me:hunter2@proxy:3128"
    found = read(tmp_path, database__url=SECRET_URL, upstream__proxy=proxy, upstream__ledger=f"{SECRET_URL}?x=1")
    assert found.upstream.proxy == proxy
    assert "hunter2" not in f"{config.describe(found)}{found!r}"
    rows = {row.key: row.value for row in config.describe(found)}
    assert rows["database.url"] == '"postgresql+psycopg://syncd:***@db/syncd"'


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:p@q/r@h/d", "postgresql://u:***@h/d"),
        ("postgresql://h/d?user=u&password=p&x=1", "postgresql://h/d?user=u&password=***&x=1"),
        ("http://h:3128", "http://h:3128"),
        ("sqlite:////srv/a:b@c.db", "sqlite:////srv/a:b@c.db"),
    ],
)
def test_a_masked_url_keeps_all_but_the_password(url: str, expected: str) -> None:
    assert config.mask_secrets(url) == expected


def test_every_secret_has_a_file_key() -> None:
    assert all(f"{name}_file" in config.KEYS for name in config.SECRETS)
    assert {name for name in config.KEYS if name.endswith("_file")} == {f"{name}_file" for name in config.SECRETS}


# The calendar clock


def test_the_clock_is_real_unless_frozen(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    assert before <= config.build_clock({}, read(tmp_path))() <= datetime.now(UTC)
    assert config.read_frozen_now({"SYNCD_NOW": ""}) is None


def test_a_frozen_clock_stands_still_in_utc(tmp_path: Path) -> None:
    clock = config.build_clock(
        {"SYNCD_NOW": "2021-04-06T20:05:00-04:00"}, config.load(None, {}, LOOPBACK, folder=tmp_path)
    )
    assert clock() == datetime(2021, 4, 7, 0, 5, tzinfo=UTC)
    assert clock().tzinfo is UTC


@pytest.mark.parametrize("key", list(LOOPBACK))
def test_a_frozen_clock_is_refused_when_any_upstream_is_not_loopback(tmp_path: Path, key: str) -> None:
    mixed = config.load(None, {}, LOOPBACK | {key: "https://arxiv.org"}, folder=tmp_path)
    with pytest.raises(ConfigError, match=r"arxiv\.org") as caught:
        config.build_clock({"SYNCD_NOW": "2021-04-07T00:05:00Z"}, mixed)
    assert caught.value.origin == "SYNCD_NOW"


@pytest.mark.parametrize("text", ["2021-04-07T00:05:00", "2021-04-07", "yesterday"])
def test_a_frozen_moment_has_an_offset(text: str) -> None:
    with pytest.raises(ConfigError):
        config.read_frozen_now({"SYNCD_NOW": text})


def test_importing_the_configuration_imports_no_heavy_library() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'httpx', 'tenacity', 'feedparser', 'apscheduler', 'selectolax', 'click'}"
    code = f"import sys, syncd.config; sys.exit(' '.join({heavy} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr == ""
