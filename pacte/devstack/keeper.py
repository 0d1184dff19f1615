"""python -m pacte.devstack.keeper NAME: run one service until nobody uses it any more."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from pacte.devstack import postgres, valkey
from pacte.devstack.services import VAR


def main(name: str) -> None:
    """Start the service, print its URL, and stop it when the last user's lock is gone."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    service = valkey if name.endswith("valkey") else postgres
    process, url = service.start(name)
    address = VAR / f"{name}.url"
    try:
        write_secret(address, url)
        report(url)
        with (VAR / f"{name}.users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_EX)  # granted when the last user has gone
            stop(process)
            address.unlink(missing_ok=True)
    finally:
        stop(process)


def report(url: str) -> None:
    """Tell whoever started us, then let go of their terminal."""
    with contextlib.suppress(BrokenPipeError):
        print(url, flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def stop(process: subprocess.Popen[bytes]) -> None:
    """A fast, orderly shutdown; a hard one if that takes long."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    new = path.with_suffix(path.suffix + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.rename(path)


if __name__ == "__main__":
    main(sys.argv[1])
