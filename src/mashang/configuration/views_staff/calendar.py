"""The working calendar: a year by months, days by hand, a notice as a table, a suggestion."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mashang.configuration.access import change_page, seen_page
from mashang.configuration.changing import change
from mashang.configuration.days import ends_soon, year_of
from mashang.configuration.forms.calendar import DaysForm, SuggestionForm
from mashang.configuration.forms.importing import ImportForm
from mashang.configuration.loading.calendar import COLUMNS, read_calendar
from mashang.people.actors import Staff

LIST = "settings_calendar"
YEARS_BACK, YEARS_AHEAD = 3, 2


def _years() -> range:
    this = timezone.localdate().year
    return range(this - YEARS_BACK, this + YEARS_AHEAD + 1)


def _year(request: HttpRequest) -> int:
    wanted = request.GET.get("year", "") or str(timezone.localdate().year)
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) in _years()):
        raise Http404
    return int(wanted)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def year(request: HttpRequest, actor: Staff) -> HttpResponse:
    """A year by months, and below it days by hand."""
    shown = _year(request)
    form = DaysForm(request.POST or None)
    context = {
        "year": shown,
        "years": _years(),
        "months": year_of(shown),
        "weekdays": [_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日")],
        "warning": ends_soon(),
    }
    return change(
        request, actor, form, template="configuration/calendar.html", context=context, back=LIST
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def suggested(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Take over a year of the library's."""
    form = SuggestionForm(request.POST if request.method == "POST" else None, year=_year(request))
    return change(
        request,
        actor,
        form,
        template="configuration/suggestion.html",
        context={"year": form.year},
        back=LIST,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def imported(request: HttpRequest, actor: Staff) -> HttpResponse:
    make = partial(ImportForm, read=read_calendar, kind="calendar")
    form = make(request.POST, request.FILES) if request.method == "POST" else make()
    context = {"columns": COLUMNS, "example": EXAMPLE, "back": LIST}
    return change(
        request, actor, form, template="configuration/import.html", context=context, back=LIST
    )


EXAMPLE = (
    "节日,放假自,放假至,上班日\n"
    "元旦,2026-01-01,2026-01-03,2026-01-04\n"
    "春节,2026-02-15,2026-02-23,2026-02-14、2026-02-28\n"
)
