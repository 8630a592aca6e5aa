"""How much of an archive is read at most: far beyond any real export, far below what would hurt."""

from __future__ import annotations

#: Files in an archive. Photos are most of a large export: 150,000 members are a lifetime of both.
MOST_MEMBERS = 150_000

#: Bytes of a ZIP's table of contents: 130,000 names as Strava writes them; as objects they take many times that.
LARGEST_DIRECTORY_BYTES = 12 * 2**20

#: One activity file as it leaves the ZIP, which may still be packed with gzip.
LARGEST_MEMBER_BYTES = 128 * 2**20

#: ``activities.csv``; it is streamed, so this bounds time, not memory.
LARGEST_TABLE_BYTES = 256 * 2**20

#: The most dully repetitive track packs to a hundredth; only past so many bytes is more than that taken for an attack.
HIGHEST_RATIO, RATIO_FROM_BYTES = 250, 4 * 2**20

#: Rows of ``activities.csv``.
MOST_ROWS = 500_000

#: A line of ``activities.csv``, and all lines of a row; a single cell ends at :func:`csv.field_size_limit`, 128 KiB.
LONGEST_LINE_CHARS, LONGEST_ROW_CHARS = 2**20, 2**21

#: Rows that fall apart (a quote that is never closed) before the whole file is given up.
MOST_BROKEN_ROWS = 100


def too_much(unpacked: int, packed: int, most: int) -> str | None:
    """Why so many bytes out of so few are too many; None where they are not. Both counts are in bytes."""
    if unpacked > most:
        return f"unpacks to more than {most >> 20} MiB"
    if unpacked > RATIO_FROM_BYTES and unpacked > HIGHEST_RATIO * max(packed, 1):
        return f"unpacks to more than {HIGHEST_RATIO} times its {packed:,} bytes"
    return None
