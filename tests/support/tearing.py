"""Files damaged as disks damage them, and everything that can be asked of one."""

from __future__ import annotations

import random
from pathlib import Path

from killing import Mother, copied, database

#: Commands that only look.
READING = (("status",), ("best",), ("activities",), ("totals",), ("audit",), ("splits", "1"), ("show", "1"))


def torn(path: Path, chance: random.Random) -> str:
    """Damage a file as disks do: cut it, or write rubbish or zeros over parts of it; what was done."""
    data = bytearray(path.read_bytes())
    kind = chance.choice(["cut", "rubbish", "zeros", "swapped"])
    if kind == "cut":
        del data[chance.randrange(1, len(data)) :]
    for _ in range(chance.randint(1, 6)):
        page = chance.randrange(len(data) // 4096) * 4096 if len(data) > 4096 else 0
        if kind == "rubbish":
            place = page + chance.randrange(4000)
            data[place : place + 64] = chance.randbytes(64)
        elif kind == "zeros":
            data[page : page + 4096] = bytes(4096)
        elif kind == "swapped":
            other = chance.randrange(len(data) // 4096) * 4096
            data[page : page + 4096], data[other : other + 4096] = data[other : other + 4096], data[page : page + 4096]
    path.write_bytes(data)
    return kind


def check_torn(mother: Mother, kept: Path, home: Path, seed: int, *, env: dict[str, str], now: float) -> None:
    """Whatever is asked of a torn file, it answers, or says in one line what to do; reading leaves it as it is."""
    copied(kept, home)
    kind = torn(database(home), random.Random(seed))
    before = database(home).read_bytes()
    argv: tuple[str, ...]
    for argv in READING:
        ended = mother.run(argv, env, now=now)
        assert "did not expect" not in ended.err, (seed, kind, argv, ended)
        assert ended.code == 0 or ended.is_one_line, (seed, kind, argv, ended)
        if "damaged" in ended.err:
            assert "restore" in ended.err, (seed, kind, argv, ended)
    assert database(home).read_bytes() == before, (seed, kind)
    for argv in (("sync", "--full", "--no-wait"), ("recompute",)):
        ended = mother.run(argv, env, now=now)
        assert "did not expect" not in ended.err, (seed, kind, argv, ended)
        assert ended.code in {0, 3} or ended.is_one_line, (seed, kind, argv, ended)
    assert database(home).stat().st_size >= len(before) - 4096, (seed, kind)
