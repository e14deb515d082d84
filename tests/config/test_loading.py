"""The making of a configuration: where the file is found, which origin wins, paths and secrets."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from syncd import config
from syncd.core.errors import ConfigError, ConfigErrors, FolderError
from tests.support.config_files import SECRET_URL, read_config, read_refused


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


def test_a_place_that_cannot_be_looked_at_for_now_does_not_hand_over_to_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "home" / "syncd" / "config.toml"
    later.parent.mkdir(parents=True)
    later.write_text("")

    def fail(_path: Path) -> bool:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "is_file", fail)
    with pytest.raises(FolderError) as refused:
        config.load(None, {"XDG_CONFIG_HOME": str(tmp_path / "home")}, {}, folder=tmp_path)
    assert refused.value.path == str(tmp_path / "config.toml")


def test_a_named_file_that_is_missing_is_an_error_that_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "no.toml"
    for path, environ in ((missing, {}), (None, {"SYNCD_CONFIG": str(missing)})):
        with pytest.raises(ConfigError, match="cannot be read") as caught:
            config.load(path, environ, {}, folder=tmp_path)
        assert caught.value.origin == str(missing)


def test_flag_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    text, environ = '[log]\nlevel = "error"\n', {"SYNCD_LOG__LEVEL": "warning"}
    found = [
        read_config(tmp_path),
        read_config(tmp_path, text),
        read_config(tmp_path, text, environ),
        read_config(tmp_path, text, environ, log__level="debug"),
        read_config(tmp_path, text, environ, log__level=None),
    ]
    assert [each.log.level for each in found] == ["info", "error", "warning", "debug", "warning"]
    origins = [each.origins["log.level"] for each in found]
    assert origins == ["default", str(tmp_path / "syncd.toml"), "SYNCD_LOG__LEVEL", "flag", "SYNCD_LOG__LEVEL"]


def test_every_mistake_is_found_in_one_reading(tmp_path: Path) -> None:
    text = '[archive]\ncategory = "cs"\nrot = "a"\n[upstrem]\n[log]\nlevel = "loud"\n'
    found = read_refused(tmp_path, text, {"SYNCD_SCHEDULE__POLL_FROM": "25:00"})
    assert isinstance(found, ConfigErrors)
    keys = {mistake.key for mistake in found.mistakes}
    assert keys == {"archive.category", "archive.rot", "upstrem", "log.level", "schedule.poll_from"}


def test_a_rule_between_keys_is_silent_about_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    assert (
        read_refused(tmp_path, '[upstream]\nlisting_interval = "1s"\nlisting_url = "arxiv"\n').key
        == "upstream.listing_url"
    )
    both = read_refused(tmp_path, '[upstream]\nlisting_interval = "1s"\napi_interval = "1s"\n')
    assert isinstance(both, ConfigErrors)


def test_a_file_that_is_no_utf8_or_has_a_byte_order_mark_is_refused_with_the_cause(tmp_path: Path) -> None:
    for content, cause in ((b"\xef\xbb\xbf[archive]\n", "byte order mark"), (b"[archive]\n# \xe9\n", "line 2")):
        path = tmp_path / "config.toml"
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=cause):
            config.load(path, {}, {})


def test_what_was_looked_for_is_named_only_where_nothing_is_configured(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    nothing = config.load(None, home, {"log.level": "debug"}, folder=tmp_path)
    assert nothing.searched[0] == tmp_path / "config.toml"
    assert str(nothing.searched[1]) in nothing.describe_missing()
    assert not config.load(None, home | {"SYNCD_ARCHIVE__ROOT": "a"}, {}, folder=tmp_path).searched
    (tmp_path / "config.toml").touch()
    found = config.load(None, home, {}, folder=tmp_path)
    assert (found.searched, found.describe_origin()) == ((), str(tmp_path / "config.toml"))


def test_a_variable_with_a_single_underscore_is_warned_about(tmp_path: Path) -> None:
    remarks = read_config(tmp_path, environ={"SYNCD_ARCHIVE_ROOT": "x"}).warnings
    assert any("SYNCD_ARCHIVE__ROOT" in remark for remark in remarks)


def test_relative_paths_start_from_the_files_folder(tmp_path: Path) -> None:
    found = read_config(tmp_path, '[metrics]\ntextfile = "m.prom"\n')
    assert found.archive.root == tmp_path / "archive"
    assert found.archive.vault == tmp_path / "vault"
    assert found.metrics.textfile == tmp_path / "m.prom"
    assert found.database.url == f"sqlite:///{tmp_path}/syncd.db"


def test_relative_paths_start_from_the_state_directory_when_there_is_one(tmp_path: Path) -> None:
    found = read_config(tmp_path, environ={"STATE_DIRECTORY": "/var/lib/syncd:/var/lib/other"})
    assert found.archive.root == Path("/var/lib/syncd/archive")
    assert found.database.url == "sqlite:////var/lib/syncd/syncd.db"


def test_absolute_paths_and_urls_stay(tmp_path: Path) -> None:
    found = read_config(tmp_path, archive__root=Path("/srv/a"), database__url="sqlite:////srv/x.db?timeout=5")
    assert found.archive.root == Path("/srv/a")
    assert found.database.url == "sqlite:////srv/x.db?timeout=5"


def test_a_secret_comes_from_the_file_its_key_names(tmp_path: Path) -> None:
    (tmp_path / "db-url").write_text(f"{SECRET_URL}\n", encoding="utf-8")
    found = read_config(tmp_path, '[database]\nurl = "sqlite:///syncd.db"\nurl_file = "db-url"\n')
    assert found.database.url == SECRET_URL
    assert found.origins["database.url"] == str(tmp_path / "db-url")


def test_a_credential_beats_the_file_and_a_variable_beats_the_credential(tmp_path: Path) -> None:
    (tmp_path / "database.url").write_text(SECRET_URL, encoding="utf-8")
    text, environ = '[database]\nurl = "sqlite:///own.db"\n', {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_config(tmp_path, text, environ).database.url == SECRET_URL
    found = read_config(tmp_path, text, environ | {"SYNCD_DATABASE__URL": "sqlite:////x.db"})
    assert found.database.url == "sqlite:////x.db"


def test_a_credentials_directory_without_a_secret_of_syncd_changes_nothing(tmp_path: Path) -> None:
    assert set(read_config(tmp_path, environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}).origins.values()) == {"default"}


def test_a_secret_and_its_file_from_one_origin_contradict_each_other(tmp_path: Path) -> None:
    error = read_refused(tmp_path, '[database]\nurl = "sqlite:///own.db"\nurl_file = "x"\n')
    assert (error.key, error.origin) == ("database.url", str(tmp_path / "syncd.toml"))


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff", b"oracle://syncd:hunter2@db", b"a\nhunter2"])
def test_an_unusable_secret_file_is_an_error_that_shows_no_secret(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "s").write_bytes(content)
    error = read_refused(tmp_path, environ={"SYNCD_DATABASE__URL_FILE": str(tmp_path / "s")})
    assert (error.key, error.origin) == ("database.url", str(tmp_path / "s"))
    assert "hunter2" not in f"{error.detail}{error.__cause__}"


def test_a_working_folder_that_was_removed_is_named_unless_an_absolute_path_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("", encoding="utf-8")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigError, match="the current folder was removed"):
        config.load(None, {}, {})
    assert config.load(file, {}, {}).path == file
    assert config.load(None, {"SYNCD_CONFIG": str(file)}, {}).path == file
