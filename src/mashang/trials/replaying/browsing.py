"""A browser without a screen: pages over HTTP, their forms, cookies, and patience with failures."""

import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

TRIES = 8
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds between tries


class Unreachable(Exception):
    """The server did not answer, or answered with its own failure, however often it was asked."""


@dataclass
class Form:
    """A form as it stands on a page: what it would send untouched, and where its buttons lead."""

    action: str
    method: str = "get"
    is_multipart: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)

    def leads_to(self, ending: str) -> str:
        """The address ending so that the form or one of its buttons sends to; "" for none."""
        targets = [self.action, *(button.get("formaction", "") for button in self.buttons)]
        return next((to for to in targets if urlsplit(to).path.endswith(ending)), "")


class _Reader(HTMLParser):
    """Gathers forms, links and visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self._form: Form | None = None
        self._textarea = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            multipart = given.get("enctype") == "multipart/form-data"
            self._form = Form(given.get("action", ""), given.get("method", "get"), multipart)
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given, self._form)

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button":
            form.buttons.append(given)
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif tag == "select":
            self._select = name
            form.choices[name] = []
        elif tag == "option" and self._select:
            form.choices[self._select].append(value)
            if "selected" in given or self._select not in form.fields:
                form.fields[self._select] = value
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("radio", "checkbox"):
                form.choices.setdefault(name, []).append(value or "on")
                if "checked" not in given:
                    return
            if kind != "file":
                form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea] += data
        elif data.strip():
            self.texts.append(data.strip())


class Page:
    """What the server answered."""

    def __init__(self, response: httpx.Response):
        self.status = response.status_code
        self.address = str(response.url)
        self._reader = _Reader()
        self._reader.feed(response.text)

    @property
    def is_fine(self) -> bool:
        return self.status == httpx.codes.OK

    @property
    def text(self) -> str:
        return " ".join(self._reader.texts)

    @property
    def links(self) -> list[str]:
        return [urljoin(self.address, link) for link in self._reader.links]

    @property
    def forms(self) -> list[Form]:
        return self._reader.forms

    def form(self, ending: str) -> Form | None:
        """The form that can send to an address with this ending."""
        return next((form for form in self.forms if form.leads_to(ending)), None)


class Browser:
    """One person's browser: its own cookies, over connections that all share.

    `address` is what the server sees it come from, where it trusts us as a proxy. Links are
    followed on this server, whatever address the city shows to the world. Whatever is sent is
    sent again, just the same, when no answer comes.
    """

    def __init__(self, base_url: str, connections: httpx.HTTPTransport, *, address: str):
        self._client = httpx.Client(
            base_url=base_url,
            transport=connections,
            headers={"X-Forwarded-For": address},
            timeout=60,
            trust_env=False,
        )

    def get(self, address: str) -> Page:
        return self._page("GET", address)

    def json(self, address: str) -> Any:
        """An answer that is JSON; raises Unreachable for anything else."""
        response = self._request("GET", address)
        if not response.is_success:
            raise Unreachable(f"{address} answered {response.status_code}")
        return response.json()

    def send(self, page: Page, form: Form, ending: str = "", **typed: str) -> Page:
        """Fill in and send a form of `page`, with the button that leads to `ending`."""
        target = urljoin(page.address, form.leads_to(ending) if ending else form.action)
        content = {**form.fields, **typed}
        if form.is_multipart:
            parts = {name: (None, value) for name, value in content.items()}
            return self._page("POST", target, files=parts)
        return self._page("POST", target, data=content)

    def _page(self, method: str, address: str, **content: Any) -> Page:
        """The page, or the one that it leads to."""
        response = self._request(method, address, **content)
        while response.is_redirect:
            response = self._request(
                "GET", urljoin(str(response.url), response.headers["Location"])
            )
        return Page(response)

    def _request(self, method: str, address: str, **content: Any) -> httpx.Response:
        wait, reason = FIRST_WAIT, ""
        here = urlunsplit(urlsplit(address)._replace(scheme="", netloc="", fragment=""))
        for _turn in range(TRIES):
            try:
                response = self._client.request(method, here, **content)
                if not response.is_server_error:
                    return response
                reason = f"answered {response.status_code}"
            except httpx.TransportError as error:
                reason = type(error).__name__
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        raise Unreachable(f"{here}: {reason}, {TRIES} times")
