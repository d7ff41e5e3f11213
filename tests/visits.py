"""Coming to an order as the staff do: by the link in an SMS, or signed in at the desk."""

from django.test import Client

from mashang.cases.models import Case, OrderLink
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
