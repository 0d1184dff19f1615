"""`make run`, for real: one site, started, stopped, started again, killed."""

import json
import os
import shutil
import signal
import socket
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from pacte.devstack.processes import free_port
from tests.pacte.processes import all_gone, processes, run, start, user_of_services

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
MIGRATED = "from accounts.models import User; User.objects.create_user('kept@demo.example', 'x'); print('made')"
KEPT = "from accounts.models import User; print([user.email for user in User.objects.all()])"


@pytest.fixture(scope="module")
def var():
    """A folder whose database has one person in it already: no demo data to wait for."""
    folder = Path(tempfile.mkdtemp(prefix="pacte-test-"))
    folder.chmod(0o755)
    run(folder, "manage.py", "migrate", "-v0")
    run(folder, "manage.py", "shell", "-v0", "-c", MIGRATED)
    yield folder
    assert all_gone(folder), processes(folder)
    shutil.rmtree(folder)


@contextmanager
def running(var, **more):
    """A running site: the process, its address, and what it said when it was ready."""
    port = free_port()
    process = start(var, "-m", "pacte.devstack.supervise", PORT=str(port), **more)
    try:
        said = []
        while not said or (said[-1] and "Ctrl-C stops everything" not in said[-1]):
            said.append(process.stdout.readline())
        assert process.poll() is None, "".join(said)
        yield process, f"http://127.0.0.1:{port}", "".join(said)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def site(var):
    with running(var) as everything:
        yield everything


def read(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def test_the_site_runs_and_ctrl_c_stops_all_of_it(site, var):
    process, address, said = site
    assert f"http://localhost:{address.rpartition(':')[2]}/" in said
    assert "pme@demo.example" in said
    assert set(json.loads(read(f"{address}/healthz"))["last_worker_seconds"]) == {"default", "mail", "matching"}
    assert read(f"{address}/static/fonts/figtree.woff2")[:4] == b"wOF2"

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 0
    assert not processes(var)


def test_the_data_are_still_there_and_a_kill_leaves_no_process(site, var):
    process, _address, _said = site
    assert run(var, "manage.py", "shell", "-v0", "-c", KEPT).strip() == "['kept@demo.example']"

    process.kill()

    assert all_gone(var, 20), processes(var)


def test_when_one_process_ends_all_do(site, var):
    process, _address, _said = site
    beat = next(pid for pid, command in processes(var).items() if " beat " in command)

    os.kill(beat, signal.SIGKILL)
    said = process.communicate(timeout=30)[0]

    assert process.returncode == 1
    assert "beat ended with code -9: stopping everything." in said
    assert not processes(var)


def test_services_that_the_environment_names_are_used_and_none_started(var, tmp_path):
    other = tmp_path / "other"
    with user_of_services(var) as (_user, (database, broker)):
        with running(other, DATABASE_URL=database, REDIS_URL=broker):
            commands = processes(other).values()

            assert any("gunicorn" in command for command in commands)
            assert not [command for command in commands if "keeper" in command]

        assert all_gone(other)


def test_a_port_in_use_is_told_before_anything_starts(var):
    assert all_gone(var), processes(var)  # what the tests before it started takes its time to end
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(var, "-m", "pacte.devstack.supervise", PORT=str(taken.getsockname()[1]))
        said = process.communicate(timeout=30)[0]

    assert process.returncode == 1
    assert "make run PORT=8001" in said
    assert not processes(var)
