"""Asking a ClamAV daemon about some bytes, by its INSTREAM command. settings.CLAMD is host:port or a socket's path."""

import socket
import struct
from pathlib import PurePath

from django.conf import settings

CHUNK = 64 * 1024
SECONDS = 30


def is_clean(content: bytes) -> bool:
    """Whether it found nothing; OSError when it gives no answer to that."""
    with _connected() as daemon:
        daemon.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            daemon.sendall(struct.pack("!L", len(part)) + part)
        daemon.sendall(struct.pack("!L", 0))
        said = _read(daemon)
    if said.endswith("OK"):
        return True
    if said.endswith("FOUND"):
        return False
    raise OSError(f"clamd said: {said[:200]}")


def _connected() -> socket.socket:
    place: str = settings.CLAMD
    if PurePath(place).is_absolute():
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        daemon.settimeout(SECONDS)
        daemon.connect(place)
        return daemon
    host, _, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _read(daemon: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and (more := daemon.recv(4096)):
        said += more
    return said.rstrip(b"\0\n").decode(errors="replace")
