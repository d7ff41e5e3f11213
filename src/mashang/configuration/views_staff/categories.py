"""Categories of matters: the tree, one category, a table."""

from functools import partial
from pathlib import Path

from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases import categories
from mashang.cases.models import Case, Category
from mashang.configuration.access import change_page, may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.categories import CategoryForm
from mashang.configuration.forms.importing import ImportForm
from mashang.configuration.loading import Loaded
from mashang.configuration.loading.categories import COLUMNS, read_categories
from mashang.people.actors import Staff

LIST = "settings_categories"


@require_safe
@seen_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The whole tree, with the open and closed cases that bear each category."""
    counts = dict(
        Case.objects.exclude(category=None)
        .order_by()
        .values_list("category")
        .annotate(count=Count("pk"))
    )
    rows = [(node, counts.get(node.category.pk, 0)) for node in categories.tree()]
    context = {"rows": rows, "may_change": may_change(actor)}
    return render(request, "configuration/categories.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def edited(request: HttpRequest, actor: Staff, key: int | None = None) -> HttpResponse:
    """One category: a new one, or the one of `key`."""
    category = None if key is None else get_object_or_404(Category, pk=key)
    above = Category.objects.filter(code=request.GET.get("parent", "")).first()
    form = CategoryForm(request.POST or None, category=category, parent=above)
    context = {"category": category}
    return change(
        request, actor, form, template="configuration/category.html", context=context, back=LIST
    )


def _read(path: Path, *, dry_run: bool, by: models.Model | None) -> Loaded:
    """Categories are things and no versions: who changed them stands in the register alone."""
    return read_categories(path, dry_run=dry_run)


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def imported(request: HttpRequest, actor: Staff) -> HttpResponse:
    make = partial(ImportForm, read=_read, kind="category")
    form = make(request.POST, request.FILES) if request.method == "POST" else make()
    context = {"columns": COLUMNS, "example": EXAMPLE, "back": LIST}
    return change(
        request, actor, form, template="configuration/import.html", context=context, back=LIST
    )


EXAMPLE = "代码,名称,上级代码,次序\nwater,供水,,10\nwater.outage,停水,water,11\n"
