"""Real processes for the tests of the launcher: start, watch, and see that nothing is left."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

ROOT = settings.BASE_DIR
CONFIGURATION = [
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "SECRET_KEY",
    "DEBUG",
    "SITE_URL",
    "PORT",
    "DJANGO_SETTINGS_MODULE",
]


def environment(var, **more):
    """A newcomer's environment: nothing configured, and a folder for the services."""
    kept = {name: value for name, value in os.environ.items() if name not in CONFIGURATION}
    return kept | {"APP_VAR": str(var), **more}


def start(var, *command, **more):
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(var, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c():
    """As in a terminal: a job in a shell's background, which these tests may be part of, hands down a deaf ear."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def run(var, *command, **more):
    """Run to the end, and return what was said."""
    process = start(var, *command, **more)
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 0, said
    return said


def processes(var):
    """The live processes that work in this folder, whoever started them: {pid: command line}."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                mine = f"APP_VAR={var}\0".encode() in (entry / "environ").read_bytes() + b"\0"
                ended = "State:\tZ" in (entry / "status").read_text()
            except OSError:
                continue
            if (mine or f" {var}/" in command) and not ended:
                found[int(entry.name)] = command
    found.pop(os.getpid(), None)
    return found


def until(true, seconds=30):
    """Wait for something to become true; return whether it did."""
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return done


def all_gone(var, seconds=15):
    return until(lambda: not processes(var), seconds)


@contextmanager
def user_of_services(var):
    """A process that uses both services until it is told to go; yields it and the URLs it got."""
    code = (
        "import os; from pacte.devstack import services; services.supply();"
        "print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], flush=True); input()"
    )
    process = start(var, "-c", code)
    try:
        said = process.stdout.readline().split()
        assert len(said) == 2, (said, process.stdout.read())
        yield process, said
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


def keeper_of(var, name):
    return next(pid for pid, command in processes(var).items() if command.strip().endswith(f"keeper {name}"))


def kill(pid):
    os.kill(pid, signal.SIGKILL)
