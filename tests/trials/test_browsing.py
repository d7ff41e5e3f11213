"""The browser without a screen: forms as they stand, and patience with failures."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from mashang.trials.replaying import browsing
from mashang.trials.replaying.browsing import Browser, Page, Unreachable

PAGE = """
<form method="post" action="/o/1/moves/contact_reached" enctype="multipart/form-data">
  <input type="hidden" name="seen" value="3">
  <select name="unit"><option value="">选</option><option value="7" selected>街道</option></select>
  <input type="radio" name="score" value="fair">
  <input type="radio" name="score" value="best" checked>
  <input type="checkbox" name="is_internal">
  <textarea name="words">已写的&lt;话&gt;</textarea><input type="file" name="photos">
  <button>登记</button><button formaction="/o/1/moves/contact_missed">没人接</button>
</form>
<a href="tel:13900000001">拨打</a><p>编号 260000018</p>
"""


def a_page(html: str = PAGE) -> Page:
    request = httpx.Request("GET", "http://city.example/o/1")
    return Page(httpx.Response(200, text=html, request=request))


def test_a_form_sends_what_a_browser_would_send_untouched():
    (form,) = a_page().forms
    assert form.is_multipart
    assert form.fields == {"seen": "3", "unit": "7", "score": "best", "words": "已写的<话>"}
    assert form.choices["unit"] == ["", "7"]


def test_a_form_is_found_by_where_one_of_its_buttons_leads():
    page = a_page()
    form = page.form("/moves/contact_missed")
    assert form is page.form("/moves/contact_reached")
    assert form.leads_to("/moves/contact_missed") == "/o/1/moves/contact_missed"
    assert page.form("/moves/answer") is None


def test_a_page_tells_its_links_and_words():
    page = a_page()
    assert "tel:13900000001" in page.links
    assert "编号 260000018" in page.text


class Flaky:
    """Hangs up or fails so many times, then leads on; remembers what it was sent."""

    def __init__(self, *failures: str):
        self.failures = list(failures)
        self.bodies: list[bytes] = []
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                flaky.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                failure = flaky.failures.pop(0) if flaky.failures else ""
                if failure == "hang up":
                    self.connection.close()
                    return
                self.send_response(500 if failure else 303)
                self.send_header("Location", "/done")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                body = "<p>好了</p>".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def flaky():
    servers = []

    def start(*failures):
        servers.append(Flaky(*failures))
        return servers[-1]

    yield start
    for one in servers:
        one.server.shutdown()
        one.server.server_close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(browsing, "FIRST_WAIT", 0.0)


def send(url: str) -> Page:
    page = a_page('<form method="post" action="/q/1"><input name="token" value="t-1"></form>')
    page.address = url
    with httpx.HTTPTransport() as connections:
        return Browser(url, connections, address="10.0.0.1").send(
            page, page.forms[0], text="灯坏了"
        )


def test_what_got_no_answer_is_sent_again_with_the_same_token(flaky):
    server = flaky("hang up", "broken")
    assert send(server.url).text == "好了"
    assert len(server.bodies) == 3
    assert set(server.bodies) == {server.bodies[0]}
    assert b"token=t-1" in server.bodies[0]


def test_a_server_that_never_answers_is_given_up(flaky):
    server = flaky(*["broken"] * 100)
    with pytest.raises(Unreachable, match="answered 500"):
        send(server.url)
    assert len(server.bodies) == browsing.TRIES
