"""Saved lists: making, changing and removing them."""

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from mashang.core.errors import Refused
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.people.models import Unit
from mashang.workbench.filters import NAMES
from mashang.workbench.models import FirstView, SavedView

MOST_VIEWS = 40
NAME_LIMIT = 30
KEPT = ("queue", "sort", *(name for name in NAMES if not name.endswith("_name")))

__all__ = ["SavedView", "change", "keep", "may_change", "remove", "set_first", "views_of"]


def views_of(actor: Staff) -> list[SavedView]:
    """A person's own views and those shared with them; `is_first` marks the one their desk opens
    with."""
    first = FirstView.objects.filter(account=actor.account.pk, view=OuterRef("pk"))
    rows: QuerySet[SavedView] = SavedView.objects.of(actor).select_related("owner", "shared_with")
    return list(rows.annotate(is_first=Exists(first)))


def may_change(actor: Staff, view: SavedView) -> bool:
    """Its owner; of a shared one also the unit's lead, for when the owner has left."""
    return view.owner_id == actor.account.pk or any(
        post.is_lead and post.unit_id == view.shared_with_id for post in actor.posts
    )


def cleaned(query: str) -> str:
    """The parameters of a list's address that a view keeps, without any page's."""
    given, kept = QueryDict(query), QueryDict(mutable=True)
    for name in KEPT:
        if given.get(name):
            kept[name] = given[name]
    return kept.urlencode()


def keep(actor: Staff, *, name: str, query: str, unit: Unit | None = None) -> SavedView:
    """Save a list under a name. Raises Refused with what to do."""
    if SavedView.objects.filter(owner=actor.account.pk).count() >= MOST_VIEWS:
        raise Refused(_("最多保存 {most} 个列表，请先删掉不用的。").format(most=MOST_VIEWS))
    view = SavedView(owner=actor.account, query=cleaned(query))
    return _save(view, actor, name, unit)


def change(view: SavedView, actor: Staff, *, name: str, unit: Unit | None) -> SavedView:
    return _save(view, actor, name, unit)


def _save(view: SavedView, actor: Staff, name: str, unit: Unit | None) -> SavedView:
    view.name = clean_line(name)
    if not view.name:
        raise Refused(_("请给这个列表起个名字。"))
    if len(view.name) > NAME_LIMIT:
        raise Refused(_("名字最多 {most} 个字。").format(most=NAME_LIMIT))
    if unit is not None and unit.pk not in {post.unit_id for post in actor.posts}:
        raise Refused(_("只能给自己任职的单位共用。"))
    view.shared_with = unit
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Refused(_("已经有一个列表叫“{name}”，请换个名字。").format(name=view.name)) from None
    return view


def set_first(actor: Staff, view: SavedView | None) -> None:
    """Open the desk with this view from now on; None for the desk's own choice."""
    if view is None:
        FirstView.objects.filter(account=actor.account.pk).delete()
    else:
        FirstView.objects.update_or_create(account=actor.account, defaults={"view": view})


def remove(view: SavedView) -> None:
    view.delete()
