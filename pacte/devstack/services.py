"""PostgreSQL and Valkey for development and tests: no root, no system install, no account created.

Each service is started by a keeper (keeper.py), a process of its own. Whoever uses a service holds a shared lock on
its `.users` file for as long as it lives; the keeper stops the service once nobody holds one. So two shells, a server
and a test run share one database, in any order of coming and going, and a `kill -9` of any of them leaves nothing.
"""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("APP_VAR") or ROOT / "var").resolve()
HELD: dict[str, int] = {}  # by service, the open file whose lock says that this process uses it


def supply(*, prefix: str = "", wanted: bool = True) -> None:
    """Fill DATABASE_URL and REDIS_URL where the caller's environment has none; start what is missing."""
    refuse_windows()
    make_room()
    for variable, name, alive in [
        ("DATABASE_URL", "postgres", database_answers),
        ("REDIS_URL", "valkey", broker_answers),
    ]:
        if wanted and not os.environ.get(variable):
            os.environ[variable] = use(prefix + name, alive)


def refuse_windows() -> None:
    """Say what to do instead of failing somewhere later."""
    if os.name != "posix":
        raise SystemExit("Windows is not supported as such: open a WSL terminal (wsl --install) and run this there.")


def make_room() -> None:
    """Have a folder for what the services and beat keep."""
    try:
        VAR.mkdir(parents=True, exist_ok=True)
        (VAR / ".writable").touch()
    except OSError as error:
        raise SystemExit(f"Cannot write in {VAR} ({error}): set APP_VAR to a folder of yours.") from error


def use(name: str, alive: Callable[[str], bool]) -> str:
    """The URL of a running service, ours to use until this process ends."""
    users = os.open(VAR / f"{name}.users", os.O_RDWR | os.O_CREAT, 0o600)
    with locked(VAR / f"{name}.lock"):
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is just stopping
        HELD[name] = users
        address = VAR / f"{name}.url"
        if address.exists() and alive(url := address.read_text()):
            return url
        return started(name)


def leave(seconds: float = 20) -> None:
    """Stop using the services; where we were the last, wait until they are down."""
    for name, users in HELD.items():
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(users)  # another process goes on using it
            continue
        os.close(users)
        end = time.monotonic() + seconds
        while (VAR / f"{name}.url").exists() and time.monotonic() < end:
            time.sleep(0.02)
    HELD.clear()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time in here."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def started(name: str) -> str:
    """Start the service's keeper, wait until the service answers, and return its URL."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "pacte.devstack.keeper", name],
        cwd=ROOT,
        env=os.environ | {"APP_VAR": str(VAR)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C is for us, not for the database
    )
    with cast(IO[str], keeper.stdout) as said, cast(IO[str], keeper.stderr) as complaints:
        if url := said.readline().strip():
            keeper.returncode = 0  # it outlives us: not ours to wait for
            return url
        raise SystemExit(complaints.read().strip() or f"{name} did not start: see {VAR}/{name}.log")


def database_answers(url: str) -> bool:
    """Does PostgreSQL let us in at this URL?"""
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def broker_answers(url: str) -> bool:
    """Does Valkey let us in at this URL?"""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=2) as connection:
            connection.sendall(f"AUTH {parts.password}\r\nPING\r\n".encode())
            return connection.recv(3) == b"+OK"
    except OSError:
        return False


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str, seconds: float = 30) -> None:
    """Wait for `ready`, no longer than the process lives."""
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{what} did not start: see {VAR}/{what}.log")
        time.sleep(0.02)
