"""What an SMS may say: its form, and the variables that stand in it."""

import re
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from mashang.messaging.models import Purpose

LONGEST_VALUE = 20
PLACEHOLDER = re.compile(r"\{(\w+)\}")
EXAMPLE_HOST = "https://city.example"

# What may stand in a text, each with an example. `community` of a sealed matter is its county;
# `waited` is a span with its unit; `days` are working days; `link` is an address on our own host.
VARIABLES: dict[str, str] = {
    "number": "260001234",
    "community": "颐和社区",
    "caller": "颐和社区",
    "unit": "纺织路街道办事处",
    "due": "11月25日 18:00",
    "waited": "45分钟",
    "rung": "街道政法委员",
    "days": "5",
    "code": "508213",
    "topic": "明早8点到12点停水",
    "link": f"{EXAMPLE_HOST}/t/4C92aBcDeFgHiJkL",
}

MEANINGS = {
    "number": _("编号"),
    "community": _("村（社区）"),
    "caller": _("打电话的单位"),
    "unit": _("承办单位"),
    "due": _("期限"),
    "waited": _("已等多久"),
    "rung": _("报到哪一级"),
    "days": _("工作日数"),
    "code": _("验证码"),
    "topic": _("事由"),
    "link": _("链接"),
}


@dataclass(frozen=True)
class Text:
    """One SMS as the product words it.

    `is_duty`: to the staff; goes first, at any hour, without a daily limit; one that `waits` can
    wait for the morning. `is_prompt`: answers what the person did this minute, so quiet hours do
    not hold it back. `has_own_limit`: codes,
    which `verification` counts, stand outside the daily number of notices. `is_nudge`: goes
    beside a duty SMS on another channel, and so has no link that would open the order.
    """

    body: str
    body_en: str
    is_duty: bool = False
    waits: bool = False
    is_prompt: bool = False
    has_own_limit: bool = False
    is_nudge: bool = False

    @cached_property
    def purpose(self) -> str:
        """What kind of provider may carry it."""
        if self.is_nudge:
            return Purpose.NUDGE
        if self.has_own_limit:
            return Purpose.CODE
        return Purpose.DUTY if self.is_duty else Purpose.RESIDENT

    @cached_property
    def variables(self) -> frozenset[str]:
        return placeholders(self.body) | placeholders(self.body_en)


def meaning(name: str) -> str:
    """What a variable holds, in words."""
    return str(MEANINGS[name])


def placeholders(body: str) -> frozenset[str]:
    """The names that stand in braces in `body`."""
    return frozenset(PLACEHOLDER.findall(body))
