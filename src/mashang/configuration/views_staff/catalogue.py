"""The responsibility catalogue: what is in force, one rule with its versions, a table, a trial."""

from functools import partial

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases import categories
from mashang.cases.models import CatalogueRule, Category
from mashang.configuration.access import change_page, may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.catalogue import RuleForm
from mashang.configuration.forms.importing import ImportForm
from mashang.configuration.forms.trying import TryForm
from mashang.configuration.kinds import say_rule
from mashang.configuration.loading.catalogue import COLUMNS, read_catalogue
from mashang.configuration.showing import lines
from mashang.configuration.trying import steps
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.places.models import Place, subtree

LIST = "settings_catalogue"
A_PAGE = 100
ROWS = CatalogueRule.objects.select_related("category", "place", "unit", "made_by", "withdrawn_by")


@require_safe
@seen_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """In force today and to come; `?category=` and `?find=` narrow it down."""
    found, chosen = ROWS.order_by("pk"), _chosen(request)
    if chosen is not None:
        inside = [n.category.pk for n in categories.tree() if chosen in n.path]
        found = found.filter(category__in=inside)
    text = clean_line(request.GET.get("find", ""))
    if text:
        by_code = subtree(text, field="place_id") if text.isascii() and text.isdigit() else Q()
        found = found.filter(
            Q(place__full_name__contains=text) | Q(unit__name__contains=text) | by_code
        )
    order = {node.category.pk: at for at, node in enumerate(categories.tree())}
    sorted_out = lines(found, say=say_rule)
    now = [line for line in sorted_out.now if not line.row.is_ended]
    now.sort(key=lambda line: (order.get(line.row.category_id, 0), line.row.place_id))
    context = {
        "page": Paginator(now, A_PAGE).get_page(request.GET.get("page")),
        "coming": sorted_out.coming,
        "nodes": categories.tree(),
        "chosen": chosen,
        "find": text,
        "may_change": may_change(actor),
    }
    return render(request, "configuration/catalogue.html", context)


def _chosen(request: HttpRequest) -> Category | None:
    key = request.GET.get("category", "")
    node = categories.node(int(key)) if key.isascii() and key.isdigit() else None
    return node.category if node else None


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def rule(request: HttpRequest, actor: Staff) -> HttpResponse:
    """A new rule, or with `?rule=` all versions of that one and its next version."""
    key = request.GET.get("rule", "")
    known = get_object_or_404(ROWS, pk=key) if key.isascii() and key.isdigit() else None
    initial, history = {}, None
    if known is not None:
        initial = {name: getattr(known, name) for name in ("category", "place", "unit")}
        initial["keeps_above"] = known.keeps_above
        history = lines(ROWS.of(known), say=say_rule)
    form = RuleForm(request.POST or None, initial=initial)
    context = {"rule": known, "lines": history, "kind": "catalogue"}
    return change(
        request, actor, form, template="configuration/rule.html", context=context, back=LIST
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def imported(request: HttpRequest, actor: Staff) -> HttpResponse:
    make = partial(ImportForm, read=read_catalogue, kind="catalogue")
    form = make(request.POST, request.FILES) if request.method == "POST" else make()
    context = {"columns": COLUMNS, "example": EXAMPLE, "back": LIST}
    return change(
        request, actor, form, template="configuration/import.html", context=context, back=LIST
    )


EXAMPLE = (
    "类别代码,地点代码,承办单位代码,不下沉,启用日期\nwater,620402,water-bureau,是,2026-01-01\n"
)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def tried(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What would happen to this text here? Nothing is stored, so whoever may see may ask."""
    form = TryForm(request.POST or None, initial={"place": _home(actor)})
    found = steps(form.question(), at=timezone.now()) if form.is_valid() else []
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "steps": found}
    return render(request, "configuration/try.html", context, status=status)


def _home(actor: Staff) -> Place | None:
    """Where the person's first post is, to begin with."""
    return actor.posts[0].place if actor.posts else None
