"""Coming to the pages as residents do: a code on a door, a form, a link in an SMS."""

from html.parser import HTMLParser

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from builders import NAME, PHONE, City
from mashang.cases.models import Case
from mashang.messaging.models import Message, VerificationCode

TEXT = "三号楼门口的路灯坏了一个星期，晚上看不见路。"
TOKEN = "a-token-of-a-form-0001"


def form(**changes: object) -> dict[str, object]:
    """What a resident's browser sends for a plain report."""
    return {"token": TOKEN, "text": TEXT, "name": NAME, "phone": PHONE, "spot": "3号楼", **changes}


def send(city: City, client: Client | None = None, **changes: object):
    """The answer to a report sent from the code on 颐和社区 3号楼."""
    return (client or Client()).post(f"/q/{city.code.code}", form(**changes))


def file(city: City, **changes: object) -> Case:
    """The case made by a report that must go through."""
    answer = send(city, **changes)
    assert answer.status_code == 303, text_of(answer)
    return case_behind(answer)


def case_behind(answer) -> Case:
    """The case that a redirect to a receipt or a tracking page leads to."""
    token = answer.headers["Location"].split("?")[0].split("/")[2]
    return next(c for c in Case.objects.all() if c.requester.tracking_token == token)


def tracking(case: Case, page: str = "") -> str:
    return f"/t/{Case.objects.get(pk=case.pk).requester.tracking_token}{page}"


def text_of(answer) -> str:
    return answer.content.decode()


def a_file(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def code_sent_to(phone: str) -> str:
    """The code in the newest SMS to a phone."""
    sent = Message.objects.filter(template="verification").order_by("-id")
    return next(message.params["code"] for message in sent if message.phone == phone)


def next_minute() -> None:
    """Forget the codes sent so far: there is a limit of one a minute."""
    VerificationCode.objects.all().delete()


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, object] = {}
        self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "textarea":
            self.area = name
            self.values[name] = ""
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.values[name] = given.get("value") or ""
        elif tag == "input" and given.get("type") != "file":
            self.values[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.area:
            # A browser drops the first line break in a text area.
            self.values[self.area] = str(self.values[self.area]) + data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""


def fields(answer) -> dict[str, object]:
    """Every field of the page with what stands in it, as a browser would send it."""
    parser = _Fields()
    parser.feed(text_of(answer))
    return parser.values
