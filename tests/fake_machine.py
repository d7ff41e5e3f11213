"""An OpenAI-compatible endpoint on this machine that keeps what it was sent and answers as told."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from fake_providers import Server

KEY = "a-key-of-the-city"


class FakeMachine:
    """`deed`: "answer", "slow", "garbage", "empty", "hang up", or a status to answer with."""

    def __init__(self):
        self.deed, self.words = "answer", "您好，灯已经修好。"
        self.heard, self.freed = [], threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fake.heard.append((self.path, body.decode()))
                fake.answer(self)

            def log_message(self, *_args):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def answer(self, handler):
        known = handler.headers.get("Authorization") == f"Bearer {KEY}"
        status = 401 if not known else self.deed if isinstance(self.deed, int) else 200
        content = {"choices": [{"message": {"role": "assistant", "content": self.words}}]}
        if self.deed == "empty":
            content = {"choices": []}
        body = b'{"choices": [{' if self.deed == "garbage" else json.dumps(content).encode()
        if self.deed == "slow":
            self.freed.wait(10)
        if self.deed == "hang up":
            return
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def running():
    fake = FakeMachine()
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.freed.set()
        fake.server.shutdown()
        fake.server.server_close()
        thread.join()
