"""/healthz, as a watching machine sees it."""

import os
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError

from mashang.operations import heartbeat, views
from mashang.operations.models import Heartbeat

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock(db):
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_all_is_well_while_a_worker_beats(client, clock):
    heartbeat.beat()
    clock.shift(59)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_worker_silent_for_a_minute_is_told(client, clock):
    heartbeat.beat()
    clock.shift(60)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"worker: silent\n")


def test_a_worker_that_never_was_is_told(client, clock):
    assert client.get("/healthz").status_code == 503


def test_one_living_worker_among_dead_ones_is_enough(client, clock):
    Heartbeat.objects.create(worker="elsewhere:1", at=NOON - timedelta(hours=3))
    heartbeat.beat()
    assert client.get("/healthz").status_code == 200


def test_a_worker_keeps_one_row_and_old_rows_go(clock):
    Heartbeat.objects.create(worker="elsewhere:1", at=NOON - timedelta(hours=25))
    heartbeat.beat()
    clock.shift(10)
    heartbeat.beat()
    row = Heartbeat.objects.get()
    assert row.worker.endswith(f":{os.getpid()}")
    assert row.at == NOON + timedelta(seconds=10)


def test_a_database_that_does_not_answer_is_told_without_saying_where_it_is(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to server at 10.0.0.7, user mashang: refused")

    monkeypatch.setattr(views, "is_worker_alive", refuse)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"database: no answer\n")


def test_asking_changes_nothing_and_nothing_can_be_posted(client, clock):
    client.get("/healthz")
    assert not Heartbeat.objects.exists()
    assert client.post("/healthz").status_code == 405


def test_the_answer_holds_no_setting(client, clock):
    answer = client.get("/healthz")
    for secret in (settings.SECRET_KEY, settings.INDEX_KEY, str(settings.DATA_DIR)):
        assert secret not in str(answer.headers) + answer.content.decode()
