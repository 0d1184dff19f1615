"""python -m pacte.devstack.supervise (make run): database, broker, demo data, web, workers and beat until Ctrl-C."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import FrameType

from pacte.devstack import fonts, messages, services
from pacte.devstack.processes import die_with_parent
from pacte.devstack.services import ROOT, VAR

PORT = os.environ.get("PORT") or "8000"
PATIENCE = 60  # seconds until a start counts as slow
EXPECTED = ["No directory at", "You're running the worker with superuser privileges"]  # here, no cause for alarm
SIGN_INS = ["pme@demo.example", "groupe@demo.example", "moderation@demo.example"]


def commands() -> dict[str, list[str]]:
    """The processes of the site, as they run in production on one machine."""
    python = [sys.executable, *(f"-Wignore:{warning}" for warning in EXPECTED)]
    celery = [*python, "-m", "celery", "--quiet", "-A", "pacte"]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]  # workers need not chat
    web = [*python, "-m", "gunicorn", "pacte.wsgi", "--bind", f"127.0.0.1:{PORT}", "--preload"]
    return {
        "web": [
            *web,
            "-k",
            "gthread",
            "--workers",
            "2",
            "--threads",
            "8",
            "--no-control-socket",
            "--log-level",
            "warning",
        ],
        "worker": [*celery, "worker", "-Q", "default,mail", "-c", "2", "-n", "main@%h", *alone],
        "matching": [*celery, "worker", "-Q", "matching", "-c", "1", "-n", "matching@%h", *alone],
        "beat": [*celery, "beat", "-s", str(VAR / "beat"), "--pidfile=", "-l", "WARNING"],
    }


def main() -> int:
    """Run everything; the exit code is 0 after Ctrl-C, 1 when a process ended by itself."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, interrupt)
    services.refuse_windows()
    refuse_taken_port()
    os.environ |= {"DEBUG": "1", "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "pacte.settings"}
    os.environ.setdefault("SITE_URL", f"http://localhost:{PORT}")
    running: dict[str, subprocess.Popen[str]] = {}
    try:
        print("PostgreSQL and Valkey…", flush=True)
        services.supply()
        messages.compile_all()
        fonts.build()
        prepare_database()
        for name, command in commands().items():
            running[name] = launched(name, command)
        for name, process in running.items():
            threading.Thread(target=show, args=(name, process), daemon=True).start()
        return watch(running, began)
    except KeyboardInterrupt:
        print("\nStopping…", flush=True)
        return 0
    finally:
        stop(running)
        services.leave()


def interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends us as Ctrl-C does."""
    raise KeyboardInterrupt


def refuse_taken_port() -> None:
    """Say so before anything starts when someone else listens on our port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except ValueError:
            raise SystemExit(f"PORT must be a number, not {PORT!r}.") from None
        except OSError as error:
            raise SystemExit(
                f"Port {PORT} cannot be used ({error.strerror}). Another one: make run PORT=8001"
            ) from None


def prepare_database() -> None:
    """Migrate; fill an empty database with the demo data."""
    import django
    from django.core.management import call_command, get_commands
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth import get_user_model

    if "demo" in get_commands() and not get_user_model().objects.exists():
        print("Demo data…", flush=True)
        call_command("demo")
    connections.close_all()


def launched(name: str, command: list[str]) -> subprocess.Popen[str]:
    """Start one process."""
    # a worker stops at once when we are killed: its tasks are acknowledged late, so they come again
    last_word = signal.SIGQUIT if "worker" in command else signal.SIGTERM
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent(last_word),
        process_group=0,  # a Ctrl-C is for us: we stop the others in order
    )


def show(name: str, process: subprocess.Popen[str]) -> None:
    """Print what a process says, its name before each line."""
    for line in process.stdout or []:
        sys.stdout.write(f"{name:>8} | {line}")
        sys.stdout.flush()


def watch(running: dict[str, subprocess.Popen[str]], began: float) -> int:
    """Announce when everything lives; return when something does not."""
    ready = slow = False
    for _tick in ticks(0.25):
        for name, process in running.items():
            if process.poll() is not None:
                print(f"{name} ended with code {process.returncode}: stopping everything.", flush=True)
                return 1
        seconds = time.monotonic() - began
        if not ready and healthy():
            ready = True
            announce(seconds)
        if not ready and not slow and seconds > PATIENCE:
            slow = True
            print(f"Still not healthy after {seconds:.0f} s: http://localhost:{PORT}/healthz says why.", flush=True)
    return 0


def ticks(seconds: float) -> Iterator[None]:
    """One after another, for ever."""
    while True:
        yield
        time.sleep(seconds)


def healthy() -> bool:
    """Does the site say that everything lives?"""
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/healthz")
    with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return bool(answer.status == 200)
    return False


def announce(seconds: float) -> None:
    """Where to go, and as whom."""
    print(f"\n  Ready in {seconds:.1f} s: http://localhost:{PORT}/", flush=True)
    print(f"  Sign in at http://localhost:{PORT}/compte/login/, password demo-pacte:")
    for email in SIGN_INS:
        code = "   second factor: .venv/bin/python manage.py totp " + email if email.startswith("moderation") else ""
        print(f"    {email}{code}")
    print(f"  Mails that left: http://localhost:{PORT}/mails/      Ctrl-C stops everything.\n", flush=True)


def stop(running: dict[str, subprocess.Popen[str]]) -> None:
    """End every process: asked first, killed when it does not listen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them behind
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    for process in running.values():
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
