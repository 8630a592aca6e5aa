"""Finds the user who owns the other end of a loopback connection; on Linux only."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from functools import cached_property
from pathlib import Path

#: The kernel's tables of TCP sockets; an IPv4 connection of an IPv6 socket is in the second.
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))

#: A table is read again where a connection is missing, because one that changes meanwhile may skip a row.
_ATTEMPTS = 3

Address = tuple[str, int]


class Connection:
    """A connection of the server, by its two (IP address, port); its owner is looked up once, when first needed."""

    def __init__(self, peer: Address, own: Address) -> None:
        self._peer = peer
        self._own = own

    @cached_property
    def owner(self) -> int | None:
        """The user id at the other end; None where it cannot be found."""
        try:
            return owner_of(self._peer, self._own)
        except OSError:
            return None


def can_find_owner() -> bool:
    """Whether owners can be found on this system, tried with a connection of this process."""
    if sys.platform != "linux":
        return False
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname()) as client,
        ):
            return owner_of(client.getsockname(), client.getpeername()) == os.getuid()
    except OSError:
        return False


def owner_of(peer: Address, own: Address) -> int | None:
    """The user id of the process that holds the socket ``peer``, connected to ``own``; None where it holds it no more.

    Both are (IP address, port). Raises OSError where the kernel's tables cannot be read.
    """
    rows = {f"{_hex(*peer, mapped=mapped)} {_hex(*own, mapped=mapped)}" for mapped in (False, True)}
    for _ in range(_ATTEMPTS):
        for table in _TABLES:
            for line in table.read_text().splitlines() if table.exists() else ():
                fields = line.split(maxsplit=10)
                if len(fields) == 11 and f"{fields[1]} {fields[2]}" in rows:
                    uid, inode = int(fields[7]), fields[9]
                    return uid if inode != "0" else None  # a closed socket has no owner, and is listed as root's
    return None


def _hex(host: str, port: int, *, mapped: bool) -> str:
    """An address as the tables write it: words of 32 bits in the byte order of the machine."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if mapped and address.version == 4:
        address = ipaddress.ip_address(f"::ffff:{address}")
    packed = address.packed
    words = (int.from_bytes(packed[start : start + 4], sys.byteorder) for start in range(0, len(packed), 4))
    return f"{''.join(f'{word:08X}' for word in words)}:{port:04X}"
