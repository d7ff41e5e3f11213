"""Coming to an order as the staff do: by the link in an SMS, or signed in at the desk."""

import re

from django.test import Client

from mashang.cases.models import Case, Entry, OrderLink
from mashang.messaging.models import Message, VerificationCode
from mashang.people.models import Account


def link_of(case: Case, account: Account) -> OrderLink:
    return OrderLink.objects.get(case=case, account=account)


def address(link: OrderLink, page: str = "") -> str:
    return f"/o/{link.token}{page}"


def code_sent_to(account: Account) -> str:
    """The code in the newest SMS to this person."""
    sent = Message.objects.filter(template="order_code").order_by("-id")
    return next(message.params["code"] for message in sent if message.phone == account.phone)


def bound_phone(link: OrderLink, phone: Client | None = None) -> Client:
    """A browser on which the link's person typed the code they were sent."""
    VerificationCode.objects.all().delete()  # or the limit of one a minute would hold us up
    phone = phone or Client()
    phone.post(address(link, "/code"))
    answer = phone.post(address(link, "/bind"), {"code": code_sent_to(link.account)})
    assert answer.status_code == 302, answer.content.decode()
    return phone


def at_desk(account: Account) -> Client:
    browser = Client()
    browser.force_login(account)
    return browser


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


class Visit:
    """Somebody with the order open before them."""

    def __init__(self, browser: Client, address: str, case: Case):
        self.browser, self.address, self.case = browser, address, case
        self.look()

    def look(self) -> str:
        answer = self.browser.get(self.address)
        self.shown = text_of(answer)
        found = re.search(r'name="seen" value="(\d+)"', self.shown)
        self.seen = found.group(1) if found else ""
        return self.shown

    def make(self, move: str, **fields: object):
        """Make a move from what is before them; afterwards they see the next page."""
        answer = self.again(move, **fields)
        if answer.status_code == 302:
            self.look()
        return answer

    def again(self, move: str, **fields: object):
        """The same without a new look, as the second tap of one finger."""
        return self.browser.post(f"{self.address}/moves/{move}", {"seen": self.seen, **fields})

    def made(self, move: str, **fields: object) -> Entry:
        answer = self.make(move, **fields)
        assert answer.status_code == 302, text_of(answer)
        return last(self.case)

    def refused(self, move: str, saying: str, *, status: int = 422, **fields: object) -> str:
        before = fresh(self.case).version
        answer = self.make(move, **fields)
        assert answer.status_code == status
        assert saying in text_of(answer)
        assert fresh(self.case).version == before
        return text_of(answer)


def desk_of(account, case: Case) -> Visit:
    return Visit(at_desk(account), f"/desk/cases/{case.number}", case)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def last(case: Case) -> Entry:
    return case.entries.latest("seq")
