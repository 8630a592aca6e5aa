"""Configuration: folders, profile and settings (flag > environment > file > default).

Nothing is read at import; :func:`load` looks at the environment once and returns a frozen :class:`Config`. Secrets
never come through here, see ``vault``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from runcoach.errors import ConfigError
from runcoach.filesystem import write_atomically

_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Paths:
    """The four folders; none is created before something is written to it."""

    config: Path
    data: Path
    state: Path
    cache: Path

    @property
    def config_file(self) -> Path:
        """Settings, edited by the user."""
        return self.config / "config.toml"

    def database(self, profile: str) -> Path:
        """The SQLite files, one per profile."""
        return self.data / f"{profile}.db"

    @property
    def backups(self) -> Path:
        """Backups."""
        return self.data / "backups"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults."""

    units: str = "metric"
    token_store: str = "auto"  # noqa: S105  (the name of a place, not a secret)
    strava_oauth_url: str = "https://www.strava.com"
    strava_api_url: str = "https://www.strava.com/api/v3"
    garmin_api_url: str = "https://personal.connectapi.garmin.com"
    intervals_api_url: str = "https://intervals.icu/api/v1"
    strava_api_retention_days: str = "keep"
    thumbnail_hidden_m: int = 200
    backups_kept: str = "5"
    keep_originals: str = "downloads"
    map_tiles_url: str = ""
    map_attribution: str = "© OpenStreetMap contributors"

    @property
    def keeps_downloads(self) -> bool:
        """Whether the original files of downloaded activities are kept."""
        return self.keep_originals != "none"

    @property
    def keeps_imports(self) -> bool:
        """Whether the original files of imported activities are kept."""
        return self.keep_originals == "all"

    @property
    def strava_api_retention_s(self) -> int | None:
        """How long runs that only Strava's API knows are kept, in seconds after their start; None: for ever."""
        days = self.strava_api_retention_days
        return None if days == "keep" else int(days) * 86_400


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field of :class:`Settings` may be set, and what it is for."""

    name: str
    about: str
    environment: str
    check: Callable[[str], str | int]


@dataclass(frozen=True, slots=True)
class Config:
    """Folders, profile and settings of one run; ``origin`` is the source of each setting's value."""

    paths: Paths
    profile: str
    settings: Settings
    origin: Mapping[str, str]

    @property
    def database(self) -> Path:
        """The SQLite file of this profile."""
        return self.paths.database(self.profile)


def _one_of(*words: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"use {' or '.join(words)}")
        return value

    return check


def _base_url(value: str) -> str:
    if not re.match(r"https://[^/\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", value):
        raise ValueError("must begin with https:// (http:// is accepted for this machine only)")
    return value.rstrip("/")


def _tiles_url(value: str) -> str:
    """The host goes into a header of every page with a map: letters, digits, dots and dashes, and nothing else."""
    if value and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?/[^\s\"'<>;,\\]+", value, re.ASCII):
        raise ValueError("must be like https://tiles.example.org/{z}/{x}/{y}.png")
    if value and not all(part in value for part in ("{z}", "{x}", "{y}")):
        raise ValueError("must contain {z}, {x} and {y}")
    return value


def _count(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,3}", value, re.ASCII):
        raise ValueError("must be a number from 1 to 9999")
    return value


def _days(value: str) -> str:
    if value != "keep" and not re.fullmatch(r"[1-9]\d{0,3}", value, re.ASCII):
        raise ValueError("must be keep or a number of days from 1 to 9999")
    return value


def _metres(most: int) -> Callable[[str], int]:
    def check(value: str) -> int:
        if not (value.isascii() and value.isdecimal() and len(value) <= 9 and int(value) <= most):
            raise ValueError(f"must be a whole number of meters from 0 to {most}")
        return int(value)

    return check


SETTINGS: tuple[Setting, ...] = (
    Setting("units", "metric (km) or imperial (miles)", "RUNCOACH_UNITS", _one_of("metric", "imperial")),
    Setting(
        "token_store",
        "where tokens are stored: keyring, file, or auto (the choice of the last login)",
        "RUNCOACH_TOKEN_STORE",
        _one_of("auto", "keyring", "file"),
    ),
    Setting("strava_oauth_url", "base of Strava's OAuth, without /oauth", "RUNCOACH_STRAVA_OAUTH_URL", _base_url),
    Setting("strava_api_url", "base of Strava's API", "RUNCOACH_STRAVA_API_URL", _base_url),
    # The variable that Garmin's own client and others read too.
    Setting("garmin_api_url", "base of Garmin's Personal API", "GARMIN_PERSONAL_API_BASE_URL", _base_url),
    Setting("intervals_api_url", "base of intervals.icu's API", "RUNCOACH_INTERVALS_API_URL", _base_url),
    Setting(
        "strava_api_retention_days",
        "keep, or the days after which a sync removes runs that only Strava's API knows",
        "RUNCOACH_STRAVA_API_RETENTION_DAYS",
        _days,
    ),
    Setting(
        "thumbnail_hidden_m",
        "meters of a route left out of thumbnails at start and finish; 0 shows all",
        "RUNCOACH_THUMBNAIL_HIDDEN_M",
        _metres(10_000),
    ),
    Setting(
        "map_tiles_url",
        "map below the routes of the dashboard, https://…/{z}/{x}/{y}.png; empty for none",
        "RUNCOACH_MAP_TILES_URL",
        _tiles_url,
    ),
    Setting("map_attribution", "attribution of the map", "RUNCOACH_MAP_ATTRIBUTION", str.strip),
    Setting(
        "keep_originals",
        "original files to keep: downloads (from Garmin and intervals.icu), all (imported ones too) or none",
        "RUNCOACH_KEEP_ORIGINALS",
        _one_of("downloads", "all", "none"),
    ),
    Setting("backups_kept", "number of dated backups to keep", "RUNCOACH_BACKUPS_KEPT", _count),
)


def setting(name: str) -> Setting:
    """The setting of this name; ConfigError names those there are."""
    for known in SETTINGS:
        if known.name == name:
            return known
    raise ConfigError(f"unknown setting {name!r}", hint=f"settings: {', '.join(s.name for s in SETTINGS)}")


def checked(name: str, value: object, where: str) -> Any:
    """``value`` as the setting accepts it; ConfigError states what it accepts and where the invalid value is."""
    try:
        return setting(name).check(str(value))
    except ValueError as error:
        raise ConfigError(f"{name} = {value!r} ({where}): {error}") from None


def find_paths(home: str | Path | None = None) -> Paths:
    """The folders below ``home`` or ``RUNCOACH_HOME``, else the default folders of the operating system."""
    root = home or os.environ.get("RUNCOACH_HOME")
    if root:
        base = Path(root).expanduser().absolute()
        return Paths(base / "config", base / "data", base / "state", base / "cache")
    try:
        Path.home()
    except RuntimeError:  # a user without an entry in passwd, and no HOME, as in some containers
        raise ConfigError("the home folder is unknown", hint="use --home FOLDER or set RUNCOACH_HOME") from None
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("runcoach", appauthor=False)
    found = Paths(dirs.user_config_path, dirs.user_data_path, dirs.user_state_path, dirs.user_cache_path)
    if found.config != found.data:
        return found
    # macOS and Windows have one folder for all; the key must not be in the folder of the data it decrypts.
    return Paths(found.config / "config", found.data / "data", found.state / "state", found.cache / "cache")


#: A longer ``config.toml`` is not read: real ones are far smaller, and crafted TOML can take very long to parse.
_LARGEST_BYTES = 16 * 1024


def load(
    *, home: str | Path | None = None, profile: str | None = None, flags: Mapping[str, str | None] | None = None
) -> Config:
    """Load the configuration: flags, then the environment, then ``config.toml``, then the defaults."""
    paths = find_paths(home)
    name = profile or os.environ.get("RUNCOACH_PROFILE") or "default"
    if not _PROFILE.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a profile", hint="use letters, digits, - and _")
    settings, origin = Settings(), {field.name: "default" for field in fields(Settings)}
    layers = (
        ("config.toml", read_file(paths.config_file)),
        ("environment", {s.name: os.environ[s.environment] for s in SETTINGS if os.environ.get(s.environment)}),
        ("flag", {key: value for key, value in (flags or {}).items() if value is not None}),
    )
    for where, values in layers:
        for key, value in values.items():
            settings = replace(settings, **{key: checked(key, value, where)})
            origin[key] = where
    return Config(paths, name, settings, origin)


def read_file(path: Path) -> dict[str, object]:
    """The settings in a ``config.toml``; empty where there is no file; ConfigError where it is not TOML."""
    try:
        data = path.read_bytes()
        if len(data) > _LARGEST_BYTES:
            raise ConfigError(f"{path} is larger than any settings could be", hint="correct it, or remove the file")
        text = data.decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for what TOML allows: a number of thousands of digits
        raise ConfigError(f"{path} is not valid TOML: {error}", hint="correct that line, or remove the file") from error


def write_setting(paths: Paths, name: str, value: str | None) -> None:
    """Write one setting to ``config.toml`` (None: remove it); comments and other settings are kept."""
    import tomlkit

    read_file(paths.config_file)  # a file we cannot read is never overwritten
    text = paths.config_file.read_text(encoding="utf-8") if paths.config_file.exists() else ""
    try:
        document = tomlkit.parse(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{paths.config_file} cannot be changed: {error}", hint="edit it by hand") from error
    if value is None:
        setting(name)
        document.pop(name, None)
    else:
        document[name] = checked(name, value, "command line")
    try:
        write_atomically(paths.config_file, tomlkit.dumps(document).encode())
    except OSError as error:
        raise ConfigError(f"{paths.config_file} cannot be written: {error.strerror or error}") from error
