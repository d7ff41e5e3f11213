"""A gateway that really listens and dedupes nothing, and workers that really are processes."""

import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from django.db import connection

from mashang.core import cached
from mashang.messaging import lanes, registry, sending
from mashang.messaging.actions import Draft
from mashang.messaging.senders import Gateway

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-gateway-key-for-tests"


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch):
    """Checks, hooks, pauses and cached wordings of one test are no other test's."""
    monkeypatch.setattr(registry, "_checks", {})
    monkeypatch.setattr(registry, "_failure_hooks", [])
    monkeypatch.setattr(registry, "_reply_hooks", [])
    lanes.forget()
    sending._flights.clear()
    cached.forget_all()
    yield
    cached.forget_all()


@pytest.fixture
def draft():
    """Makes a draft with sensible values; name what matters to the test."""

    def make(key="case:1:receipt:1:r", **changes):
        values = {
            "template": "receipt",
            "phone": "13900000001",
            "params": {
                "number": "260000018",
                "caller": "颐和社区",
                "community": "颐和社区",
                "due": "15:42",
                "link": "http://127.0.0.1:8000/t/1AbCdEfGhIjKl",
            },
            "subject": "case:1",
        }
        return Draft(key=key, **{**values, **changes})

    return make


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Workers of these tests are killed while they talk; nothing to report."""


class FakeGateway:
    """Counts what it accepts, once for every time it is asked to; it knows no idempotency.

    `behave` takes a message key and returns what to do: "accept", an HTTP status to refuse with,
    or "lose": accept and hang up without an answer, or "hang": accept and never answer.
    """

    def __init__(self):
        self.accepted = Counter()
        self.received = []
        self.looked_up = []
        self.forgeries = 0
        self.behave = lambda key: "accept"
        self.look_up = lambda key: "tell"
        self.lock = threading.Lock()
        self.freed = threading.Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the other side was killed while it wrote
                    self.close_connection = True
                    return
                gateway.check(self, body)
                message = json.loads(body)
                deed = gateway.behave(message["key"])
                if deed in ("accept", "lose", "hang"):
                    with gateway.lock:
                        gateway.accepted[message["key"]] += 1
                        gateway.received.append(message)
                if deed == "accept":
                    gateway.answer(self, 202, {"reference": f"ref-{message['key']}"})
                elif deed == "lose":
                    self.close_connection = True
                elif deed == "hang":
                    gateway.freed.wait(30)
                    self.close_connection = True
                else:
                    gateway.answer(self, deed, {"reason": "没有这个号码"})

            def do_GET(self):
                gateway.check(self, b"")
                key = unquote(self.path.removeprefix("/messages/"))
                deed = gateway.look_up(key)
                gateway.looked_up.append(key)
                if deed != "tell":
                    gateway.answer(self, deed, {})
                elif key in gateway.accepted:
                    gateway.answer(self, 200, {"accepted": True, "reference": f"ref-{key}"})
                else:
                    gateway.answer(self, 404, {"accepted": False})

            def log_message(self, *_args):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def check(self, handler, body):
        signed = b"\n".join(
            [
                handler.headers["X-Mashang-Timestamp"].encode(),
                handler.command.encode(),
                handler.path.encode(),
                body,
            ]
        )
        expected = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, handler.headers["X-Mashang-Signature"]):
            self.forgeries += 1

    @staticmethod
    def answer(handler, status, content):
        body = json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def close(self):
        self.freed.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gateway():
    fake = FakeGateway()
    yield fake
    fake.close()
    assert fake.forgeries == 0


@pytest.fixture
def sender(gateway):
    return Gateway(gateway.url, KEY, seconds=5)


class Processes:
    """Runs scripts as real processes on one database that all of them see."""

    def __init__(self, database_url, folder, sqlite_file=None):
        self.sqlite_file = sqlite_file
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings_for_tests",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
            "MASHANG_DATA_DIR": str(folder),
            "MASHANG_DATABASE_URL": database_url,
            "MASHANG_SMS_GATEWAY_KEY": KEY,
        }
        self.started = []

    def use(self, gateway):
        self.env |= {"MASHANG_SMS_SENDER": "gateway", "MASHANG_SMS_GATEWAY_URL": gateway.url}

    def start(self, script):
        process = subprocess.Popen(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{PRELUDE}\n{script}"],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, script):
        """What the script printed as JSON, or None."""
        process = self.start(script)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return json.loads(output) if output.strip() else None

    def together(self, *scripts):
        """Runs all scripts at the same moment; what each printed as JSON."""
        started = [self.start(f"print(flush=True); sys.stdin.readline()\n{s}") for s in scripts]
        for process in started:
            assert process.stdout.readline() == "\n"
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=60)[0] for process in started]
        assert [process.returncode for process in started] == [0] * len(started)
        return [json.loads(output) if output.strip() else None for output in outputs]

    def rows(self, *columns):
        """These columns of all messages, by a connection of the test's own."""
        sql = f"SELECT {', '.join(columns)} FROM messaging_message ORDER BY id"
        if self.sqlite_file is None:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        with closing(sqlite3.connect(self.sqlite_file)) as reader:
            return reader.execute(sql).fetchall()

    def states(self):
        return dict(Counter(state for (state,) in self.rows("state")))

    def stop(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


PRELUDE = """
import json, os, signal, sys
from collections import Counter
from datetime import timedelta
from django.utils import timezone
from mashang.messaging import rescuing, sending
from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import Message

def fill(count):
    params = {"number": "260000018", "community": "颐和社区", "due": "15:42", "link": "/o/1"}
    queue([
        Draft(template="duty_new", phone=f"139{n:08d}", params=params, key=f"message-{n}")
        for n in range(count)
    ])

def a_minute_passes():
    then = timezone.now() - timedelta(seconds=61)
    Message.objects.filter(state="sending").update(claimed_at=then)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def work():
    while sending.send_due():
        pass
"""


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """An SQLite file with all tables, made once."""
    folder = tmp_path_factory.mktemp("empty")
    file = folder / "empty.sqlite3"
    Processes(f"sqlite:///{file}", folder).run(
        "from django.core.management import call_command\n"
        "call_command('migrate', run_syncdb=True, verbosity=0)"
    )
    return file


@pytest.fixture
def processes(request, transactional_db, tmp_path):
    """Processes on the test's own PostgreSQL database, or on an SQLite file of the test."""
    if connection.vendor == "postgresql":
        known = connection.settings_dict
        user = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
        place = f"{quote(known['HOST'] or 'localhost', safe='')}:{known['PORT'] or 5432}"
        team = Processes(f"postgres://{user}@{place}/{known['NAME']}", tmp_path)
    else:
        file = shutil.copy(request.getfixturevalue("empty_database"), tmp_path)
        team = Processes(f"sqlite:///{file}", tmp_path, sqlite_file=file)
    yield team
    team.stop()
