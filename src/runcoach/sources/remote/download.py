"""The one recording inside a downloaded body: a ZIP, a gzip, or the file itself. Nothing is written to disk."""

from __future__ import annotations

import io
import zipfile

from runcoach.errors import SourceError
from runcoach.sources.remote.protocol import RemoteFile

#: An unpacked recording is never larger than this.
LARGEST_BYTES = 64 * 1024 * 1024

#: Members of a download's ZIP that are looked at.
MAX_MEMBERS = 100

_SUFFIXES = (".fit", ".gpx", ".tcx", ".fit.gz", ".gpx.gz", ".tcx.gz")


def unpack_download(content: bytes, name: str) -> RemoteFile | None:
    """The recording in ``content``; None for an empty body. ``name`` is used where the content has no name itself.

    Raises SourceError for a damaged ZIP, one without or with several recordings, and one that unpacks to more than
    :data:`LARGEST_BYTES`.
    """
    if not content.strip():
        return None
    if not content.startswith(b"PK"):
        return RemoteFile(name, content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = _recording(archive, name)
            with archive.open(member) as stream:
                unpacked = stream.read(LARGEST_BYTES + 1)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise SourceError(f"{name}: the downloaded ZIP is damaged ({type(error).__name__})") from None
    if len(unpacked) > LARGEST_BYTES:
        raise SourceError(f"{name}: unpacks to more than {LARGEST_BYTES >> 20} MiB")
    return RemoteFile(_base_name(member.filename) or name, unpacked)


def _recording(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist()[:MAX_MEMBERS] if not info.is_dir()]
    recordings = [info for info in members if info.filename.lower().endswith(_SUFFIXES)]
    if len(recordings) != 1:
        count = "no recording" if not recordings else f"{len(recordings)} recordings"
        raise SourceError(f"{name}: the downloaded ZIP holds {count}")
    return recordings[0]


def _base_name(member_name: str) -> str:
    """The last part of a member's name: paths in a downloaded ZIP are not trusted."""
    return member_name.replace("\\", "/").rsplit("/", 1)[-1]
