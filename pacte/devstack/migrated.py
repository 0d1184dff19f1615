"""A database with every migration applied, made once for tests to copy: a copy takes a second, migrations twenty."""

import hashlib
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier

from pacte.devstack.services import ROOT, VAR, locked

PREFIX = "migrated_"


def template(url: str) -> str:
    """Its name on the server of this URL; made anew when the migrations have changed."""
    name = PREFIX + fingerprint()
    with locked(VAR / "template.lock"), psycopg.connect(at(url, "postgres"), autocommit=True) as connection:
        found = {one for (one,) in connection.execute("select datname from pg_database where not datistemplate")}
        if name not in found:
            for stale in sorted(one for one in found if one.startswith(PREFIX)):
                connection.execute(SQL("drop database {} with (force)").format(Identifier(stale)))
            making = f"{PREFIX}making"
            connection.execute(SQL("create database {}").format(Identifier(making)))
            migrate(at(url, making))
            connection.execute(SQL("alter database {} rename to {}").format(Identifier(making), Identifier(name)))
    return name


def migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True)


def fingerprint() -> str:
    """Of all that migrations are made of: ours, and the versions of the packages that bring others."""
    files = [ROOT / "constraints.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    content = b"".join(file.name.encode() + file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest()[:16]


def at(url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
