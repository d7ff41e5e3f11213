"""What all tests may use: the command as real processes, and a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_migrate
from playwright.sync_api import Browser, Page, sync_playwright

from mashang.core.cached import forget_all
from mashang.core.memory import keep_what_is_loaded
from need import find
from running import Mashang, url_of_test_database

# The same examples at every run, however slow the machine is: what fails, fails again.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("steady")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Fixtures by which a test asks for the database; pytest-django's marker is the other way.
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, or one process works alone at the end. And what asks for no database, or
    starts from a file of its own, is the same test whatever the others run on."""
    items.sort(key=lambda item: item.path.parent.name != "trials")
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        asks = item.get_closest_marker("django_db") or not fixtures.isdisjoint(DATABASE)
        if not asks or "mashang_alone" in fixtures:
            item.add_marker("any_database")


def pytest_collection_finish() -> None:
    keep_what_is_loaded()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Django's own permissions, which nothing here asks for, are not made anew each time that a
    test leaves its database empty."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@pytest.fixture(autouse=True)
def forget_cached() -> None:
    """What one test left in memory is no other test's."""
    forget_all()
    ContentType.objects.clear_cache()


@pytest.fixture
def mashang(transactional_db: None, tmp_path: Path) -> Iterator[Mashang]:
    """The command, on the test's own database; what is left running is killed."""
    command = Mashang(tmp_path, url_of_test_database())
    yield command
    command.clean_up()


@pytest.fixture
def mashang_alone(tmp_path: Path) -> Iterator[Mashang]:
    """The command on a new SQLite file without tables, for what starts from nothing."""
    command = Mashang(tmp_path, f"sqlite:///{tmp_path / 'new.sqlite3'}")
    yield command
    command.clean_up()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine."""
    chromium = find("chromium")
    if chromium is None:
        pytest.fail("Chromium is not here; on Debian: apt-get install chromium", pytrace=False)
    # Playwright keeps an event loop in this thread, and Django would refuse the test's own
    # queries for fear of blocking it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server, settings) -> Iterator[Page]:
    """A phone's browser at the test's own server: `page.goto("/q/…")`.

    The links in messages lead there too. Fails on any script error and on anything that the
    page's own policy had to block.
    """
    settings.BASE_URL = live_server.url
    context = browser.new_context(base_url=live_server.url, viewport=PHONE, locale="zh-CN")
    shown = context.new_page()
    faults: list[str] = []
    shown.on("pageerror", lambda error: faults.append(str(error)))
    shown.on(
        "console",
        lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield shown
    context.close()
    assert faults == []
