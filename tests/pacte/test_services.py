"""The embedded services, for real: every test starts its own in an empty folder."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from pacte.devstack import postgres, services
from tests.pacte.processes import all_gone, keeper_of, kill, processes, run, start, until, user_of_services

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


@pytest.fixture
def var():
    folder = Path(tempfile.mkdtemp(prefix="pacte-test-"))
    folder.chmod(0o755)
    yield folder
    assert all_gone(folder), processes(folder)
    shutil.rmtree(folder)


def test_a_command_alone_brings_its_services_and_takes_them_away(var):
    said = run(
        var, "manage.py", "shell", "-v0", "-c", "from django.db import connection as c; print(c.settings_dict['PORT'])"
    )

    assert int(said) > 1024
    assert all_gone(var)
    assert not list(var.glob("*.url"))


def test_several_users_share_them_and_the_last_one_takes_them_away(var):
    with user_of_services(var) as (_first, urls):
        with user_of_services(var) as (_second, same):
            assert same == urls
        psycopg.connect(urls[0]).close()
        redis.Redis.from_url(urls[1]).ping()

    assert all_gone(var)


def test_a_killed_user_leaves_nothing_behind(var):
    with user_of_services(var) as (user, _urls):
        user.kill()

        assert all_gone(var), processes(var)


def test_a_killed_keeper_takes_its_service_along_and_the_data_stay(var):
    with user_of_services(var) as (_user, (database, _broker)):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("create table kept as select 1 as n")
        kill(keeper_of(var, "postgres"))
        assert until(lambda: not services.database_answers(database))

        with user_of_services(var) as (_second, (again, _same)), psycopg.connect(again) as connection:
            assert connection.execute("select n from kept").fetchone() == (1,)


def test_a_lock_file_whose_pid_is_another_programs_by_now_does_not_matter(var):
    with user_of_services(var):
        pass
    assert all_gone(var)
    (data,) = var.glob("postgres-*[0-9]")
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n")

    with user_of_services(var) as (_user, (database, _broker)):
        assert services.database_answers(database)


def test_nobody_else_reads_the_passwords(var):
    with user_of_services(var):
        secrets = [*var.glob("*.url"), *var.glob("*.password"), *var.glob("*.conf")]

        assert {path.name for path in secrets} >= {"postgres.url", "valkey.url", "valkey.conf"}
        assert {path.stat().st_mode & 0o077 for path in secrets} == {0}


def test_what_the_environment_names_is_used_and_nothing_started(var, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")

    services.supply()

    assert os.environ["DATABASE_URL"] == "postgres://elsewhere/db"
    assert not list(var.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account run PostgreSQL")
def test_root_works_where_others_cannot_reach_and_leaves_the_folder_closed(var):
    closed = var / "closed"
    closed.mkdir(mode=0o700)

    with user_of_services(closed / "var") as (_user, (database, _broker)):
        assert services.database_answers(database)

    assert all_gone(closed / "var")
    assert closed.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(postgres.refuge(closed / "var"))


def test_windows_is_told_of_wsl(monkeypatch):
    monkeypatch.setattr(services.os, "name", "nt")

    with pytest.raises(SystemExit, match="WSL"):
        services.refuse_windows()


def test_a_folder_that_cannot_be_written_is_named(var):
    (var / "file").write_text("")
    process = start(var / "file", "-m", "pacte.devstack.supervise", PORT="0")

    assert "set APP_VAR" in process.communicate(timeout=30)[0]
    assert process.returncode == 1
