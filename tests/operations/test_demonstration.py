"""`make run`, from an empty folder to a page that a telephone opens."""

import re
import signal
import socket

import httpx
import pytest

from running import Mashang


@pytest.fixture
def newcomer(mashang_alone) -> Mashang:
    """Somebody who has set nothing."""
    mashang_alone.env = {
        name: value
        for name, value in mashang_alone.env.items()
        if not name.startswith("MASHANG_") and name != "DJANGO_SETTINGS_MODULE"
    }
    return mashang_alone


def test_the_demonstration_starts_from_nothing_and_loses_nothing(newcomer):
    keys = newcomer.folder / "var" / "demo" / "mashang.env"
    written = []
    for _time in range(2):
        demonstration = newcomer.start("run-demo", "--port", "0")
        demonstration.wait_for("serving: http", within=300)
        opened = re.search(r"http://\S+/q/\S+", demonstration.output)[0]
        page = httpx.get(opened, timeout=60, follow_redirects=True)
        assert page.status_code == 200
        assert "颐和社区" in page.text
        styles = re.search(r"/static/\S+?\.css", page.text)[0]
        assert httpx.get(httpx.URL(opened).join(styles)).headers["Content-Encoding"] == "gzip"
        for told in ("/phone", "/staff/sign-in", "/admin/", "yihe", "Ctrl-C"):
            assert told in demonstration.output
        demonstration.send(signal.SIGINT)
        assert demonstration.ends() == 0
        assert "Traceback" not in demonstration.output
        written.append(keys.read_text())
    assert written[0] == written[1]
    assert "Making tables" not in demonstration.output


def test_a_taken_port_is_told_before_anything_is_made(newcomer):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = newcomer.run("run-demo", "--port", str(taken.getsockname()[1]))
    assert refused.ends() == 1
    assert "PORT=" in refused.output
    assert not (newcomer.folder / "var").exists()
