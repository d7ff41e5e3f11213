"""One move for many cases: first what would happen, then the doing, each case by itself.

The dry run makes each move and takes it back, so what it says is what the flow says, and no rule
stands in two places. Each case is a transaction of its own: one that is refused holds up no other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import DatabaseError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.access import ROLES_THAT_SEE, visible_to
from mashang.cases.actions.entries import Overtaken
from mashang.cases.actions.handing_over import hand_over_case
from mashang.cases.actions.moving import WORDS_LIMIT, NotThere, advance, lock
from mashang.cases.flow import MOVES, State, Who
from mashang.cases.handing_over import may_hand_over
from mashang.cases.models import Case, Category
from mashang.cases.order_access import OF_A_CASE, find_number
from mashang.cases.order_moves import was_made
from mashang.cases.redispatching import Choices
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.people.actors import Staff
from mashang.people.finding import find_units
from mashang.people.models import Account, Post, Role, Unit

MOST = 100  # cases at once
ASSIGN = "assign"  # no move of the flow's but a hand-over, see actions.handing_over
HANDLING = (Role.HANDLER, Role.DISPATCHER)


@dataclass(frozen=True)
class Many:
    """A move that can be made for many cases; `fields` of BulkForm that it takes."""

    name: str
    label: str | Promise
    fields: tuple[str, ...] = ()

    def move_for(self, case: Case) -> str:
        """Sending on a case that no unit has yet is another move in the flow."""
        if self.name == "redispatch" and case.state == State.TO_TRIAGE:
            return "dispatch"
        return self.name

    def may(self, actor: Staff) -> bool:
        """Whether the flow allows it to any of what this person may be to a case."""
        if self.name == ASSIGN:
            return any(post.is_lead or post.role == Role.DISPATCHER for post in actor.posts)
        roles = {ROLES_THAT_SEE[Role(p.role)] for p in actor.posts if p.role in ROLES_THAT_SEE}
        if any(post.is_lead or post.role in HANDLING for post in actor.posts):
            roles.add(Who.HANDLER)
        return bool(MOVES[self.name].who & roles)


MANY: dict[str, Many] = {
    many.name: many
    for many in (
        Many("acknowledge", gettext_lazy("签收")),
        Many(ASSIGN, gettext_lazy("指派经办人"), ("account",)),
        Many("redispatch", gettext_lazy("派单、转派"), ("unit_name", "unit", "words")),
        Many("categorise", gettext_lazy("归类"), ("category",)),
        Many("merge", gettext_lazy("并单"), ("lead_number", "words")),
        Many("note", gettext_lazy("备注"), ("words",)),
    )
    if many.name in MOVES or many.name == ASSIGN
}


def offered(actor: Staff) -> list[Many]:
    """What this person may do with many cases; each case then says for itself."""
    return [many for many in MANY.values() if many.may(actor)]


# What is asked ------------------------------------------------------------------------------------


class BulkForm(forms.Form):
    """What a move for many cases needs to know, besides which cases."""

    account = forms.ModelChoiceField(
        Account.objects.none(),
        label=gettext_lazy("交给谁办"),
        required=False,
        empty_label=gettext_lazy("请选择"),
        error_messages={"invalid_choice": gettext_lazy("请从名单里选。")},
    )
    unit_name = forms.CharField(
        label=gettext_lazy("交给哪个单位（名称或拼音）"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"list": "units", "data-suggest": "units", "autocomplete": "off"}),
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=gettext_lazy("有几个相近的，请选一个"),
        required=False,
        empty_label=gettext_lazy("请选择"),
    )
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True),
        label=gettext_lazy("归到哪一类"),
        required=False,
        empty_label=gettext_lazy("请选择"),
    )
    lead_number = forms.CharField(
        label=gettext_lazy("并入哪一件（写编号）"),
        required=False,
        max_length=30,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    words = forms.CharField(
        label=gettext_lazy("说明（诉求人看不到）"), required=False, strip=False,
        widget=forms.Textarea({"rows": 3, "maxlength": WORDS_LIMIT}),
    )  # fmt: skip

    def __init__(
        self, many: Many, actor: Staff, cases: Sequence[Case], data: Mapping[str, Any] | None
    ) -> None:
        super().__init__(data, auto_id="b-%s", label_suffix="", initial=_suggested(many, cases))
        self.many, self.actor = many, actor
        for name in set(self.fields) - set(many.fields):
            del self.fields[name]
        if "account" in self.fields:
            self.fields["account"].queryset = _colleagues(cases)  # type: ignore[attr-defined]
        if "unit" in self.fields:
            found = find_units(self.data.get("unit_name", ""), 20)
            self.found = found
            if len(found) < 2:
                del self.fields["unit"]
            else:
                keys = [unit.pk for unit in found]
                self.fields["unit"].queryset = Unit.objects.filter(pk__in=keys)  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """By the names that the flow knows. Raises Refused where something cannot be found."""
        facts = {name: value for name, value in self.cleaned_data.items() if value}
        name, number = facts.pop("unit_name", ""), facts.pop("lead_number", "")
        if name and "unit" not in facts:
            exact = [unit for unit in self.found if unit.name == name]
            if len(exact or self.found) != 1:
                said = _("有几个相近的单位，请选一个。") if self.found else _("没有找到这个单位。")
                raise Refused(said)
            facts["unit"] = (exact or self.found)[0]
        if number:
            facts["lead"] = find_number(number, self.actor)
            if facts["lead"] is None:
                raise Refused(
                    _("没有找到您可以办理的事项“{number}”，请核对编号。").format(number=number)
                )
        return facts


def _suggested(many: Many, cases: Sequence[Case]) -> dict[str, Any]:
    """The case that came first is what the others are merged into."""
    return {"lead_number": min(cases, key=lambda c: c.pk).number} if cases else {}


def _colleagues(cases: Sequence[Case]) -> Any:
    units = {case.unit_id for case in cases}
    posts = Post.objects.current().filter(unit__in=units)
    return Account.objects.filter(pk__in=posts.values("account"), is_active=True).order_by("name")


# What is done -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became, or would become, of one case."""

    case: Case
    is_done: bool
    reason: str = ""


def chosen(actor: Staff, keys: Iterable[int]) -> list[Case]:
    """The cases of these keys that the person may see, oldest first."""
    rows = visible_to(actor).filter(pk__in=list(keys)[:MOST]).select_related(*OF_A_CASE)
    return list(rows.order_by("pk"))


class _TakenBack(Exception):
    """Ends a dry run's transaction."""


def run(
    many: Many, actor: Staff, cases: Sequence[Case], facts: dict[str, Any],
    *, seen: Mapping[int, int], is_dry: bool,
) -> list[Outcome]:  # fmt: skip
    """Make the move for each case, or only find out what it would come to. `seen` are the versions
    of the cases as the person had them on the screen."""
    return [_attempt(many, actor, case, facts, seen.get(case.pk), is_dry) for case in cases]


def _attempt(
    many: Many, actor: Staff, case: Case, facts: dict[str, Any], seen: int | None, is_dry: bool
) -> Outcome:
    try:
        with transaction.atomic():
            if many.name == ASSIGN:
                _assign(actor, case, facts.get("account"))
            else:
                _make(actor, case, many.move_for(case), facts, seen)
            if is_dry:
                raise _TakenBack
    except _TakenBack:
        return Outcome(case, is_done=True)
    except NotThere:
        return Outcome(case, is_done=False, reason=_("这件事您不能办这一步。"))
    except Overtaken:
        return Outcome(case, is_done=False, reason=_("刚才有人同时在办，请再试一次。"))
    except Refused as refused:
        return Outcome(case, is_done=False, reason=str(refused))
    except DatabaseError:
        return Outcome(case, is_done=False, reason=_("系统正忙，没有存上，请再试一次。"))
    return Outcome(case, is_done=True)


def _make(actor: Staff, case: Case, name: str, facts: dict[str, Any], seen: int | None) -> None:
    """The move, unless the same person made it already: then this is a second click."""
    known = {*MOVES[name].needs, *MOVES[name].carries}
    facts = {fact: value for fact, value in facts.items() if fact in known}
    if facts.get("lead") == case:
        raise Refused(_("这就是要并入的那一件，不用并。"))
    locked = lock(case.pk)
    if locked is None:
        raise NotThere
    words = clean_text(str(facts.get("words", "")))
    if seen is not None and was_made(locked, actor, name, words=words, seen=seen):
        return
    unit = facts.get("unit")
    if unit is not None and not Choices(locked, actor).allows(unit):
        raise Refused(_("这件事不能由您交给“{unit}”。").format(unit=unit.name))
    advance(case, name, by=actor, **facts)


def _assign(actor: Staff, case: Case, to: Account | None) -> None:
    """Give the case to somebody of its unit, from whoever has it; a second click finds it done."""
    if to is None:
        raise Refused(_("请选择交给谁办。"))
    if case.assignee == to:
        if not may_hand_over(actor, case):
            raise NotThere
        return
    result = hand_over_case(case.pk, by=actor, leaving=case.assignee, to=to)
    if result is None:
        raise NotThere
    if result.refusal:
        raise Refused(result.refusal)
