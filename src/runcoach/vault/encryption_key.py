"""The encryption key of this installation: its location, creation and reading."""

from __future__ import annotations

import base64
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.config import Paths
from runcoach.errors import VaultKeyError
from runcoach.filesystem import fsync_folder, make_folders, make_private_folder, write_atomically

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_BYTES = 32

#: The most that is read of a key file.
LONGEST_FILE = 4096

_HEX = re.compile(rb"[0-9a-fA-F]{64}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{43}=?")


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """The location of the key: ``own`` is runcoach's folder, ``provided`` by systemd, else set by the user."""

    path: Path
    own: Path | None = None
    provided: bool = False


def key_place(paths: Paths) -> KeyPlace:
    """``RUNCOACH_VAULT_KEY_FILE``, else systemd's credential ``runcoach-key``, else a file in the settings folder."""
    named = os.environ.get("RUNCOACH_VAULT_KEY_FILE")
    if named:
        return KeyPlace(Path(named).expanduser().absolute())
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and _exists(credential := Path(credentials, "runcoach-key")):
        return KeyPlace(credential, provided=True)
    return KeyPlace(paths.config / "vault.key", own=paths.config)


def load_cipher(place: KeyPlace) -> Fernet:
    """A cipher with the key at ``place``; VaultKeyError where it is missing or must not be used.

    The file holds 32 random bytes in base64 (either alphabet), in hex, or as they are.
    """
    key = _parse(_read(place))
    if key is None:
        raise VaultKeyError(
            f"{place.path} holds no key: 32 random bytes in base64 or hex are expected",
            hint=f"make one with: (umask 077; openssl rand -base64 32 > {place.path})",
        )
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(key))


def ensure_key(place: KeyPlace) -> None:
    """Create the key unless it exists; of several processes, one creates it and all use it."""
    if place.provided or _exists(place.path):
        return
    try:
        if place.own:
            make_private_folder(place.own)
        make_folders(place.path.parent)
        _create(place.path, base64.urlsafe_b64encode(os.urandom(KEY_BYTES)) + b"\n")
        fsync_folder(place.path.parent)
    except OSError as error:
        raise VaultKeyError(
            f"the vault's key {place.path} cannot be made: {error.strerror or error}: {error.filename or place.path}",
            hint="RUNCOACH_VAULT_KEY_FILE can name another place",
        ) from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a folder on the way that may not be entered
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> VaultKeyError:
    return VaultKeyError(f"the vault's key {path} cannot be read: {error.strerror or error}")


def _create(path: Path, data: bytes) -> None:
    """Write ``path`` atomically, readable by its owner only, unless it exists."""
    candidate = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    write_atomically(candidate, data, mode=0o600)
    try:
        path.hardlink_to(candidate)
    except FileExistsError:
        return
    except OSError:
        _create_in_place(path, data)  # no hard links here (FAT, Android)
    finally:
        candidate.unlink(missing_ok=True)


def _create_in_place(path: Path, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink(missing_ok=True)  # a partial key would make all secrets unreadable
        raise


def _read(place: KeyPlace) -> bytes:
    try:
        with place.path.open("rb") as stream:
            _refuse_open_to_others(place, stream.fileno())
            return stream.read(LONGEST_FILE)
    except FileNotFoundError:
        raise VaultKeyError(
            f"the key that sealed the tokens, {place.path}, is missing",
            hint="put it back, or run `runcoach login`, which makes a new one",
        ) from None
    except OSError as error:
        raise _unreadable(place.path, error) from None


def _refuse_open_to_others(place: KeyPlace, descriptor: int) -> None:
    """VaultKeyError for a key file that other users can read, where its permissions can be changed.

    An owner other than this user (an administrator sharing a key with a service) may let a group in, and what is
    mounted read-only (a container's secret) has the mode of the mount.
    """
    if place.provided or os.name == "nt" or os.statvfs(descriptor).f_flag & os.ST_RDONLY:
        return
    state = os.fstat(descriptor)
    others = 0o077 if state.st_uid == os.geteuid() else 0o007
    if stat.S_IMODE(state.st_mode) & others:
        raise VaultKeyError(
            f"others on this machine can read the vault's key {place.path}", hint=f"run: chmod 600 {place.path}"
        )


def _parse(data: bytes) -> bytes | None:
    text = data.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text.decode())
    if _BASE64.fullmatch(text):
        return base64.b64decode(text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/") + b"=")
    return data if len(data) == KEY_BYTES else None
