"""Legal help for everybody: topics, guided questions, what they lead to, papers, a calendar.

Nothing is kept of any of it. Answers stand in the address, and they are numbers and days; what is
filled into a paper is sent once and goes into the file alone.
"""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mashang.core.errors import Refused
from mashang.core.text import clean_line, clean_text
from mashang.core.throttle import HOUR, Limit, over
from mashang.legal.deadlines import as_calendar, deadlines
from mashang.legal.documents import LONG, MAKERS, MEDIA, TEMPLATES, written
from mashang.legal.doors import PHONES
from mashang.legal.flows import UNKNOWN, Door, Kind, Paper, Topic, Way, go
from mashang.legal.models import FlowVersion
from mashang.legal.queries import by_topic, current, published

A_PAGE = 20
MOST_CODE = 24
MOST_LINE, MOST_LONG = 80, 2000
PAPERS_AN_HOUR = 60  # of one address: a village may share it


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/home.html", {"topics": by_topic(), "at": _at(request)})


def _at(request: HttpRequest) -> str:
    """The place that somebody came from, where one is known: it goes along as `_place`, which no
    step of a flow can be called."""
    code = request.GET.get("_place", "")
    return code if code.isascii() and code.isdigit() and len(code) <= MOST_CODE else ""


def _way(request: HttpRequest, code: str) -> tuple[FlowVersion, Way]:
    version = current(code)
    if version is None:
        raise Http404
    return version, go(version.flow, request.GET.dict(), today=timezone.localdate())


def _query(way: Way, at: str, *, without_last: bool = False) -> str:
    answered = way.answered[:-1] if without_last else way.answered
    place = {"_place": at} if at else {}
    return urlencode({**place, **{answer.step.name: answer.value for answer in answered}})


@require_safe
def flow(request: HttpRequest, code: str) -> HttpResponse:
    """The next question, or where the answers lead."""
    version, way = _way(request, code)
    at = _at(request)
    query = _query(way, at)
    context = {
        "version": version,
        "way": way,
        "step": way.here,
        "query": query,
        "back": _query(way, at, without_last=True),
        "at": at,
        "is_date": way.here.kind == Kind.DATE,
        "unknown": UNKNOWN,
        "today": timezone.localdate(),
        "typed": clean_line(request.GET.get(way.here.name, ""))[:20],
    }
    if way.is_over:
        found = deadlines(way, today=timezone.localdate())
        context |= {
            "deadlines": found,
            # Somebody is in danger: the numbers come before all that is to be read.
            "is_urgent": way.here.doors[0][0] == Door.POLICE,
            "has_days": any(each.last and not each.is_over for each in found),
            "doors": [(door, words, PHONES.get(door, "")) for door, words in way.here.doors],
        }
        return render(request, "legal/result.html", context)
    return render(request, "legal/step.html", context, status=422 if way.problem else 200)


@require_safe
def reminder(request: HttpRequest, code: str) -> HttpResponse:
    """The last days of a result, for the calendar of a phone."""
    version, way = _way(request, code)
    found = deadlines(way, today=timezone.localdate()) if way.is_over else []
    if not any(each.last and not each.is_over for each in found):
        raise Http404
    file = as_calendar(version.title, found, now=timezone.now())
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{code}.ics"'
    return response


# No CSRF cookie is asked for: nobody is signed in, nothing is stored, and what comes back is what
# was sent.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def document(request: HttpRequest, paper: str) -> HttpResponse:
    """What a paper asks for, and then the file."""
    if paper not in Paper:
        raise Http404
    template = TEMPLATES[Paper(paper)]
    typed = {}
    for blank in template.blanks:
        clean = clean_text if blank.kind == LONG else clean_line
        most = MOST_LONG if blank.kind == LONG else MOST_LINE
        typed[blank.name] = clean(request.POST.get(blank.name, ""))[:most]
    context = {
        "paper": Paper(paper),
        "template": template,
        "blanks": [(blank, typed[blank.name]) for blank in template.blanks],
    }
    if request.method != "POST":
        return render(request, "legal/document.html", context)
    form = request.POST.get("as", "docx")
    if form not in MAKERS:
        raise Http404
    address = request.client_address  # type: ignore[attr-defined]
    if over([Limit("legal papers of an address", address, HOUR, PAPERS_AN_HOUR)]):
        context["problem"] = _("这里一小时内做了太多份文书，请过一会儿再试。您写的都还在。")
        return render(request, "legal/document.html", context, status=429)
    try:
        file = MAKERS[form](written(Paper(paper), typed, today=timezone.localdate()))
    except Refused:
        context["problem"] = _("PDF 里有印不出的字，请改用 Word。您写的都还在。")
        return render(request, "legal/document.html", context, status=422)
    response = HttpResponse(file, content_type=MEDIA[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{paper}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """What counsel answered and may be read by all; `q` is looked for in question and answer."""
    query = clean_line(request.GET.get("q", ""))[:40]
    topic = request.GET.get("topic", "")
    rows = published(query, topic if topic in Topic else "")
    context = {
        "query": query,
        "topic": topic,
        "topics": Topic.choices,
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "legal/answers.html", context)


@require_safe
def answer(request: HttpRequest, key: int) -> HttpResponse:
    """One of them."""
    row = get_object_or_404(published(), pk=key)
    return render(request, "legal/answer.html", {"row": row})
