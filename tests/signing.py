"""Coming in with a password, an authenticator app, a code from paper."""

import re

import pyotp
from django.test import Client
from django.utils import timezone

from builders import PASSWORD
from visits import text_of

HERE = "/staff/sign-in"


def sign_in(username: str, password: str = PASSWORD, *, browser: Client | None = None, **more):
    browser = browser or Client()
    return browser.post(HERE, {"username": username, "password": password, **more})


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


class App:
    """An authenticator app, set up by typing the secret of the page."""

    def __init__(self, page: object):
        spelled = re.search(r'class="secret">([A-Z2-7 ]+)<', text_of(page)).group(1)
        self._totp = pyotp.TOTP(spelled.replace(" ", ""))

    def code(self, *, steps: int = 0) -> str:
        return self._totp.at(timezone.now(), counter_offset=steps)


def paper_of(page: object) -> list[str]:
    """The recovery codes on a page."""
    return re.findall(r"<li>(\w{5}-\w{5})</li>", text_of(page))


def enrol(username: str, browser: Client | None = None) -> tuple[Client, App, list[str]]:
    """Sign in for the first time where a second factor is required: browser, app, paper."""
    browser = browser or Client()
    answer = sign_in(username, browser=browser)
    assert answer.url == f"{HERE}/set-up"
    app = App(browser.get(answer.url))
    shown = browser.post(answer.url, {"code": app.code()})
    return browser, app, paper_of(shown)
