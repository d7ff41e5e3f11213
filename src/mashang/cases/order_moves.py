"""Making a move that a member of the staff sent from an order's page."""

from django.db import transaction
from django.utils.translation import gettext as _

from mashang.cases import order_photos
from mashang.cases.actions.moving import NotThere, advance, hold
from mashang.cases.forms_staff import MoveForm
from mashang.cases.models import Case, Entry
from mashang.cases.order_access import Order
from mashang.cases.order_timeline import label, who_did
from mashang.cases.wording import say_time
from mashang.core.text import clean_text
from mashang.people.actors import Staff

CHANGES_NOTHING = ("look", "warn", "escalate", "sms_failed", "note")


def make_move(order: Order, form: MoveForm) -> Entry | None:
    """Make the move that `form` is for, and return its entry; None where this very request made it
    already.

    The form is valid and its photos are kept. Raises what `advance` raises; nothing is written
    then, and the photos stay kept.
    """
    facts, entry = form.facts(), None
    with transaction.atomic():
        others = (fact for fact in facts.values() if isinstance(fact, Case))
        case = hold(order.case, *others).get(order.case.pk)
        if case is None:
            raise NotThere
        words, seen = clean_text(form.cleaned_data.get("words", "")), form.cleaned_data["seen"]
        if not was_made(case, order.actor, form.name, words=words, seen=seen):
            entry = advance(case, form.name, by=order.actor, **facts)
            if form.takes_photos:
                order_photos.attach(order, entry, is_internal=form.cleaned_data["is_internal"])
    if form.takes_photos:
        order_photos.forget(order)
    return entry


def was_made(case: Case, actor: Staff, name: str, *, words: str, seen: int | None) -> bool:
    """Whether the same person made the same move with the same words after what they had before
    them: then this is the second tap of one finger."""
    if seen is None:
        return False
    later = Entry.objects.filter(case=case, account=actor.account, move=name, seq__gt=seen)
    return any(entry.data.get("words", "") == words for entry in later)


def who_was_faster(order: Order, *, seen: int | None) -> str:
    """What somebody else did since this person looked, in a sentence; "" where it was nobody."""
    later = order.case.entries.filter(seq__gt=seen or 0).exclude(move__in=CHANGES_NOTHING)
    entry = later.exclude(account=order.actor.account).order_by("-seq").first() if seen else None
    if entry is None:
        return ""
    return _("{who}在 {time} 已经办了“{what}”，比您快一步。您这一步没有再做。").format(
        who=who_did(entry), what=label(entry.move), time=say_time(entry.at)
    )
