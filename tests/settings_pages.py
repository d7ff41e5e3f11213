"""Changing the settings as the operator does: look at what would change, then save."""

import re

from django.http import HttpResponse

from mashang.people.models import Account
from visits import at_desk, text_of

HERE = "/desk/settings"


class Operator:
    """Somebody at the settings. Pages are named by what follows /desk/settings."""

    def __init__(self, account: Account):
        self.browser = at_desk(account)

    def get(self, page: str) -> str:
        answer = self.browser.get(HERE + page)
        assert answer.status_code == 200, answer.status_code
        return text_of(answer)

    def post(self, page: str, **fields: object) -> HttpResponse:
        return self.browser.post(HERE + page, fields)

    def preview(self, page: str, **fields: object) -> str:
        answer = self.post(page, step="preview", **fields)
        shown = text_of(answer)
        assert answer.status_code == 200, re.findall(r"<li>.*?</li>", shown)
        assert "保存后会这样" in shown
        return shown

    def save(self, page: str, *, confirmed: bool = False, **fields: object) -> HttpResponse:
        """Preview and save; the answer to the second."""
        shown = self.preview(page, **fields)
        more = {"confirmed": "1"} if confirmed else {}
        return self.post(page, step="save", previewed=previewed(shown), **more, **fields)

    def saved(self, page: str, **fields: object) -> None:
        answer = self.save(page, **fields)
        assert answer.status_code == 302, text_of(answer)

    def refused(self, page: str, saying: str, **fields: object) -> None:
        answer = self.post(page, step="preview", **fields)
        assert answer.status_code == 422
        assert saying in text_of(answer)


def previewed(shown: str) -> str:
    found = re.search(r'name="previewed" value="([^"]+)"', shown)
    assert found is not None
    return found.group(1)
