"""Web server and worker as real processes: stopped, killed, started again."""

import os
import re
import signal
import socket
from time import monotonic

import httpx
import pytest

from mashang.core.waking import Waker
from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import Message, MessageState
from mashang.operations.models import Heartbeat
from running import Running, children

WORDS = {"number": "260000018", "community": "颐和社区", "due": "15:42", "link": "/o/1"}


def until(condition, *, within: float = 60):
    """What `condition` returns as soon as it is true; fails when it does not become so."""
    end, pause = monotonic() + within, Waker()
    while not (result := condition()):
        assert monotonic() < end, "it did not come about"
        pause.wait(0.02)
    return result


def a_message(key: str) -> None:
    queue([Draft(template="duty_new", phone="13909431234", params=WORDS, key=key)])


def state_of(key: str) -> str:
    return Message.objects.get(key=key).state


# The worker -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_ends_at_once_and_well(mashang, number):
    worker = mashang.start("worker")
    until(Heartbeat.objects.exists)
    told = monotonic()
    worker.send(number)
    assert worker.ends() == 0
    assert monotonic() - told < 5
    assert "Traceback" not in worker.output


def test_what_a_killed_worker_left_the_next_one_does(mashang):
    killed = mashang.start("worker")
    until(Heartbeat.objects.exists)
    a_message("before")
    until(lambda: state_of("before") == MessageState.SENT)
    killed.send(signal.SIGKILL)
    assert killed.ends() == -signal.SIGKILL
    a_message("after")
    assert state_of("after") == MessageState.QUEUED
    worker = mashang.start("worker")
    until(lambda: state_of("after") == MessageState.SENT)
    worker.send(signal.SIGTERM)
    assert worker.ends() == 0


# Both together ----------------------------------------------------------------------------------


class Service:
    """`mashang serve`, ready to answer."""

    def __init__(self, running: Running):
        self.running = running
        running.wait_for("http://127.0.0.1:")
        self.url = re.search(r"http://127\.0\.0\.1:\d+", running.output)[0]
        self.port = int(self.url.rpartition(":")[2])

    def child(self, name: str) -> int | None:
        """The number of the web server's (gunicorn) or the worker's process."""
        found = children(self.running.pid)
        return next((pid for pid, command in found.items() if name in command), None)

    def is_healthy(self) -> bool:
        return httpx.get(f"{self.url}/healthz", timeout=60).status_code == 200


@pytest.fixture
def service(mashang):
    mashang.collect_static_files()
    started = Service(mashang.start("serve", "--bind", "127.0.0.1:0"))
    until(started.is_healthy)
    return started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopping_stops_both_cleanly_and_says_so(service, number):
    web, worker = service.child("gunicorn"), service.child("worker")
    # A phone that keeps its connection open holds nobody up.
    with httpx.Client() as phone:
        assert phone.get(f"{service.url}/healthz").status_code == 200
        told = monotonic()
        service.running.send(number)
        assert service.running.ends() == 0
    assert monotonic() - told < 15
    assert service.running.lines[-1] == "网页服务 web 已停止；后台进程 worker 已停止\n"
    assert "Traceback" not in service.running.output
    for pid in (web, worker):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(httpx.ConnectError):
        service.is_healthy()


def test_a_child_that_dies_is_started_again_and_nobody_is_turned_away_meanwhile(service):
    for name in ("gunicorn", "worker"):
        killed = service.child(name)
        os.kill(killed, signal.SIGKILL)
        assert service.is_healthy()
        until(lambda name=name, killed=killed: service.child(name) not in (killed, None))
        service.running.wait_for("意外停止")
        Heartbeat.objects.all().delete()
        until(service.is_healthy)


def test_a_taken_port_is_told_in_one_line(mashang):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = mashang.run("serve", "--bind", f"127.0.0.1:{port}")
    assert refused.ends() == 1
    assert len(refused.lines) == 1
    assert f"127.0.0.1:{port}" in refused.output


@pytest.mark.parametrize("address", ["8000", "127.0.0.1:web", "127.0.0.1:99999", "no-such-host:80"])
def test_an_address_that_is_none_is_refused(mashang, address):
    refused = mashang.run("serve", "--bind", address)
    assert refused.ends() != 0
    assert "Traceback" not in refused.output
