"""An installation of one's own, real processes all: PostgreSQL, Valkey, web, worker, beat, and a mail server that
keeps everything. The browser's story plays in one; another is cruelly killed, process by process."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from email import message_from_bytes, policy
from pathlib import Path

import psycopg
from aiosmtpd.controller import Controller

from pacte.devstack import migrated, postgres, services, valkey
from pacte.devstack.processes import free_port

ROOT = Path(__file__).resolve().parents[2]


class Sink:
    """Accepts every mail, notes it, and takes its time to say so: the moment in which a crash repeats a mail."""

    def __init__(self):
        self.mails = []  # as they came
        self.received = defaultdict(list)  # envelope recipients → Message-IDs
        self.pause = 0.25  # seconds

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        self.received[tuple(sorted(envelope.rcpt_tos))].append(mail["Message-ID"])
        await asyncio.sleep(self.pause)
        return "250 OK"


class Town:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pacte-kill-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.processes = {}
        self.sink = Sink()
        self.server = Controller(self.sink, hostname="127.0.0.1", port=free_port())
        self.server.start()
        self.pg_port, self.valkey_port, self.web_port = free_port(), free_port(), free_port()
        self.site = f"http://localhost:{self.web_port}"
        self.saved = [(module, module.VAR) for module in (services, postgres, valkey)]
        for module, _ in self.saved:
            module.VAR = self.folder
        self.place = postgres.where()
        self.data = postgres.cluster("kill", self.place)
        password = self.data.with_suffix(".password").read_text().strip()
        base = f"postgresql://app:{password}@127.0.0.1:{self.pg_port}/"
        self.start("postgres")
        self.wait(lambda: services.database_answers(base + "postgres"))
        with psycopg.connect(base + "postgres", autocommit=True) as connection:
            connection.execute("create database app")
        self.start("broker")
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DJANGO"))},
            "DEBUG": "1",
            "DATABASE_URL": base + "app",
            "REDIS_URL": f"redis://127.0.0.1:{self.valkey_port}",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.server.port}",
            "MAIL_ALLOWED": "*",
            "SITE_URL": self.site,
            "DJANGO_SETTINGS_MODULE": "tests.kill.settings",
            "APP_VAR": str(self.folder),
        }

    def start(self, name):
        command, options = self.command(name)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, process_group=0, **options)

    def command(self, name):
        python, ours = sys.executable, {"cwd": ROOT, "env": getattr(self, "env", None)}
        celery = [python, "-m", "celery", "-A", "pacte"]
        if name == "postgres":
            options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
            command = [self.place.bin / "postgres", "-D", self.data, "-p", str(self.pg_port), *options]
            return command, {"cwd": "/", "env": postgres.environment(), **self.place.account}
        if name == "broker":
            conf = ["--bind", "127.0.0.1", "--port", str(self.valkey_port), "--dir", str(self.folder)]
            return [valkey.binary(), *conf, "--appendonly", "yes", "--save", ""], {}
        if name == "web":
            options = [
                "--bind",
                f"127.0.0.1:{self.web_port}",
                "-k",
                "gthread",
                "--workers",
                "2",
                "--no-control-socket",
            ]
            return [python, "-m", "gunicorn", "pacte.wsgi", *options], ours
        if name == "worker":
            return [*celery, "worker", "-c", "2", "-Q", "default,mail,matching", "-l", "WARNING"], ours
        return [*celery, "beat", "-s", str(self.folder / "beat"), "--pidfile=", "-l", "WARNING"], ours

    def open(self):
        """Wait until the site answers."""
        self.start("web")
        self.wait(lambda: self.answers("/healthz") is not None)

    def answers(self, path):
        """The status of a page; None when nobody listens."""
        try:
            with urllib.request.urlopen(self.site + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def kill(self, name):
        """kill -9, children too; PostgreSQL's own children see their postmaster gone and leave by themselves."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart(self, name):
        for _ in range(100):  # PostgreSQL refuses while a child of the killed one still leaves
            if name == "postgres":
                (self.data / "postmaster.pid").unlink(missing_ok=True)
            self.start(name)
            time.sleep(0.3)
            if self.processes[name].poll() is None:
                return
        raise AssertionError(f"{name} does not start again: see its log")

    def manage(self, *arguments, code=None):
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, input=code, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def migrate(self):
        """With the tables and rows of a database that was migrated before."""
        source = migrated.at(os.environ["DATABASE_URL"], os.environ["TEST_TEMPLATE"])
        dump = subprocess.run([self.place.bin / "pg_dump", source], stdout=subprocess.PIPE, check=True)
        command = [self.place.bin / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--output", os.devnull]
        subprocess.run([*command, self.env["DATABASE_URL"]], input=dump.stdout, check=True)

    def query(self, sql):
        with psycopg.connect(self.env["DATABASE_URL"], connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()

    def wait(self, ready, seconds=60):
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, f"waited {seconds} s in vain: see {self.folder}"
            time.sleep(0.1)

    def close(self):
        for name in list(self.processes):
            self.kill(name)
        self.server.stop()
        for module, var in self.saved:
            module.VAR = var
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.place.home != self.folder:
            shutil.rmtree(self.place.home, ignore_errors=True)
