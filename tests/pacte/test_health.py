import socket
import time

import pytest
from django.core.cache import caches
from django.db import connection

from pacte import heartbeat
from pacte.tasks import tick


@pytest.fixture
def all_alive():
    for name in heartbeat.names():
        heartbeat.stamp(name)


def silent_for(name, seconds):
    caches["pages"].set(f"heartbeat:{name}", time.time() - seconds)


def test_it_is_well_when_everything_lives(client, all_alive, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert response.status_code == 200
    body = response.json()
    assert (body["status"], body["problems"]) == ("ok", [])
    assert set(body["last_worker_seconds"]) == {"default", "mail", "matching"}
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


def test_a_tick_is_a_sign_of_life(client):
    for queue in ["default", "mail", "matching"]:
        tick(queue)

    assert client.get("/healthz").json()["problems"] == ["beat: no sign of life"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [("mail", "worker of queue mail: no sign of life for 200 s"), ("beat", "beat: no sign of life for 200 s")],
)
def test_it_names_who_has_been_silent(client, all_alive, name, problem):
    silent_for(name, 200)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["problems"] == [problem]


def test_a_busy_matching_worker_is_given_longer(client, all_alive):
    silent_for("matching", 200)

    assert client.get("/healthz").status_code == 200


def test_a_dead_broker_is_told_without_its_password(client, all_alive, settings):
    settings.CELERY_BROKER_URL = "redis://:s3cret@127.0.0.1:1/0"

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["problems"] == ["broker: no answer"]
    assert "s3cret" not in response.text


def test_a_dead_database_is_told(client, all_alive, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["problems"] == ["database: no answer"]


def test_a_database_and_a_broker_that_hang_do_not_hang_the_answer(client, all_alive, settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
        began = time.monotonic()

        response = client.get("/healthz")

    assert response.json()["problems"] == ["database: no answer", "broker: no answer"]
    assert time.monotonic() - began < 6


def test_it_is_not_for_changing_anything(client):
    assert client.post("/healthz").status_code == 405
