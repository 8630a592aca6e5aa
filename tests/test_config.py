"""Folders, profiles and settings: the nearer word wins, and a wrong one is named with its place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from runcoach.config import load, write_setting
from runcoach.errors import ConfigError
from runcoach.filesystem import write_atomically


def test_everything_lies_below_the_home_that_was_named(home: Path) -> None:
    config = load()
    assert config.database == home / "data" / "default.db"
    assert config.paths.config_file == home / "config" / "config.toml"
    assert not home.exists()


def test_without_a_home_the_operating_system_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUNCOACH_HOME")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    config = load()
    assert tmp_path in config.database.parents
    assert "runcoach" in config.database.parts


def test_a_profile_is_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOACH_PROFILE", "anna")
    assert load().database.name == "anna.db"
    assert load(profile="ben").database.name == "ben.db"


@pytest.mark.parametrize("name", ["..", "a/b", "", "-x", "a" * 65, "ä"])
def test_a_profile_cannot_leave_its_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not name:
        assert load(profile=name).profile == "default"
        return
    with pytest.raises(ConfigError, match="cannot name a profile"):
        load(profile=name)


def test_flag_then_environment_then_file_then_default(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = load().paths
    assert load().settings.units == "metric"
    write_setting(paths, "units", "imperial")
    assert load().settings.units == "imperial"
    monkeypatch.setenv("RUNCOACH_UNITS", "metric")
    assert load().settings.units == "metric"
    assert load(flags={"units": "imperial"}).settings.units == "imperial"


def test_writing_a_setting_keeps_what_a_person_wrote() -> None:
    paths = load().paths
    write_atomically(paths.config_file, b"# mine\nunits = 'metric' # as at home\n")
    write_setting(paths, "token_store", "file")
    assert paths.config_file.read_text() == "# mine\nunits = 'metric' # as at home\ntoken_store = \"file\"\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("units = 'furlongs'", "metric or imperial"),
        ("unites = 'metric'", "unknown setting 'unites'"),
        ("units = ", "not valid TOML"),
        ("strava_api_url = 'http://evil.example'", "https://"),
    ],
)
def test_a_wrong_file_is_named(text: str, says: str) -> None:
    paths = load().paths
    write_atomically(paths.config_file, text.encode())
    with pytest.raises(ConfigError, match=says):
        load()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:1/api/v3/", "https://www.strava.com"])
def test_plain_http_is_for_this_machine_alone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", url)
    assert load().settings.strava_api_url == url.rstrip("/")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_text("old")
    with pytest.raises(TypeError):
        write_atomically(target, "text is not bytes")  # type: ignore[arg-type]
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
    write_atomically(target, b"new", mode=0o600)
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="mode bits say nothing there")
def test_a_folder_for_settings_is_the_owners_alone(home: Path) -> None:
    before = os.umask(0o022)
    try:
        write_setting(load().paths, "units", "imperial")
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / "config").stat().st_mode) == 0o700
