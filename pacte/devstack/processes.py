"""Small things about processes that the services share."""

import ctypes
import importlib.util
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program, so that it gets this signal when its parent is killed (Linux)."""
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)  # loaded before the fork
    return lambda: libc.prctl(1, int(number))  # PR_SET_PDEATHSIG


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def runs(pid: int, needle: str) -> bool:
    """Is `pid` a live process with `needle` in its command line? A pid alone may be another program's by now."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if sys.platform == "linux":
            return False
        command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True).stdout
    return needle in command


def package(name: str) -> Path | None:
    """Where an installed package lies. Found, not imported: importing these has side effects."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
