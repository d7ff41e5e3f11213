"""The kinds of versions that the pages show: where each is listed, how it is said and recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mashang.cases.models import CaseType, CatalogueRule, LadderStep, Limit
from mashang.configuration.forms import limits, providers, types, wording
from mashang.configuration.loading.catalogue import said
from mashang.core.versions import Version
from mashang.messaging.models import Approval, Provider, Template


@dataclass(frozen=True)
class Kind:
    """`page` is the address's name of the list, `record` the kind in the audit register, `say`
    tells what the rows of one version decide."""

    model: type[Version]
    page: str
    record: str
    say: Callable[[list[Any]], str]
    select: tuple[str, ...] = ()


def say_rule(rows: list[CatalogueRule]) -> str:
    rule = rows[0]
    name = f"{rule.category.name} · {rule.place.full_name}"
    return f"{name} → {said(rule) or _('取消')}"


def say_limit_rows(rows: list[Limit]) -> str:
    return f"{limits.name_of(rows[0])}：{limits.say(rows[0])}"


def say_ladder_rows(rows: list[LadderStep]) -> str:
    name = limits.ladder_name(rows[0].ladder, rows[0].clock)
    return f"{name}\n{limits.say_ladder(rows)}"


def say_wording(rows: list[Template]) -> str:
    row = rows[0]
    text = wording.say(row) or _("改回系统自带的文字")
    return f"{text}（{row.provider_code}）" if row.provider_code else text


def say_type(rows: list[CaseType]) -> str:
    return "\n".join(f"{what}：{text}" for what, text in types.described(rows[0]).items() if text)


KINDS: dict[str, Kind] = {
    "catalogue": Kind(
        CatalogueRule,
        "settings_catalogue",
        "catalogue",
        say_rule,
        ("category", "place", "unit"),
    ),
    "limit": Kind(Limit, "settings_limits", "limit", say_limit_rows),
    "ladder": Kind(LadderStep, "settings_ladders", "ladder", say_ladder_rows),
    "type": Kind(CaseType, "settings_types", "type", say_type, ("default_category",)),
    "provider": Kind(
        Provider, "settings_providers", "provider", lambda rows: providers.say_provider(rows[0])
    ),
    "approval": Kind(
        Approval, "settings_providers", "approval", lambda rows: providers.say_approval(rows[0])
    ),
    "wording": Kind(Template, "settings_wordings", "wording", say_wording),
}
