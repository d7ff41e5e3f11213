"""Papers of a mediation to print on A4 and sign: application, record of a session, agreement."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from mashang.cases.models import Case
from mashang.mediation.models import Agreement, Instalment, Party, Session, Side, Way
from mashang.mediation.parties import active


def sides(people: list[Party]) -> list[tuple[str, Party]]:
    """The parties, each with the name of its side."""
    return [(Side(party.side).label, party) for party in people]


def agreement(request: HttpRequest, case: Case) -> HttpResponse:
    made = Agreement.objects.filter(case=case).first()
    if made is None:
        raise Http404
    context = {
        "case": case,
        "agreement": made,
        "instalments": Instalment.objects.filter(agreement=made),
        "parties": sides(list(active(case))),
        "labels": dict(Way.choices),
    }
    return render(request, "mediation/agreement.html", context)


def application(request: HttpRequest, case: Case) -> HttpResponse:
    """What was applied for, with all parties; those who apply sign it."""
    people = list(active(case))
    context = {
        "case": case,
        "mediation": case.mediation,
        "parties": sides(people),
        "signing": [party for party in people if party.side == Side.APPLICANT],
    }
    return render(request, "mediation/application.html", context)


def record(request: HttpRequest, case: Case, session: Session) -> HttpResponse:
    """Minutes of one session, for those who were there to sign."""
    people = list(session.parties.all()) or list(active(case))
    context = {"case": case, "session": session, "parties": sides(people)}
    return render(request, "mediation/record.html", context)
