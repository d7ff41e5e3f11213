"""What the system operator may do about rules, roots and links; cases are not shown to them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from builders import NAME, PHONE, WORDS, a_filed
from mashang.cases.models import DayRoot, LadderStep, Limit, OrderLink
from mashang.cases.proving import make_roots
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def operator(city):
    return at_desk(city.operator)


def test_rules_are_read_only_here_since_a_page_of_the_settings_writes_them(city, operator):
    limit = Limit.objects.get(name="contact")
    for model, row in (("limit", limit), ("ladderstep", LadderStep.objects.first())):
        here = f"/admin/cases/{model}/"
        assert operator.get(here).status_code == 200
        assert operator.get(f"{here}add/").status_code == 404
        assert operator.post(f"{here}{row.pk}/change/").status_code == 404
        assert operator.post(f"{here}{row.pk}/delete/", {"post": "yes"}).status_code == 404
    limit.refresh_from_db()
    assert limit.amount == 30


def test_the_daily_roots_are_read_only(city, operator):
    a_filed(city, at=NOON - timedelta(days=2))
    assert make_roots() == 2
    root = DayRoot.objects.first()
    assert root.root in text_of(operator.get("/admin/cases/dayroot/"))
    assert operator.get("/admin/cases/dayroot/add/").status_code == 404
    assert operator.post(f"/admin/cases/dayroot/{root.pk}/delete/").status_code == 404
    assert operator.post(f"/admin/cases/dayroot/{root.pk}/change/").status_code == 404


def test_links_are_listed_without_a_word_of_the_case_and_can_be_revoked(city, operator):
    case = a_filed(city).case
    link = link_of(case, city.zhang)
    browser = bound_phone(link)
    shown = text_of(operator.get("/admin/cases/orderlink/"))
    assert case.number in shown
    assert city.zhang.name in shown
    for secret in (WORDS, NAME, PHONE, case.place.name, case.spot, link.token):
        assert secret not in shown
    chosen = {"action": "revoke_chosen", "_selected_action": [link.pk]}
    assert "已停用 1 个链接" in text_of(
        operator.post("/admin/cases/orderlink/", chosen, follow=True)
    )
    assert browser.get(address(link)).status_code == 410
    assert OrderLink.objects.get(pk=link.pk).revoked_at == NOON


def test_a_revoked_phone_opens_nothing(city, operator):
    link = link_of(a_filed(city).case, city.zhang)
    browser = bound_phone(link)
    link.refresh_from_db()
    chosen = {"action": "revoke_chosen", "_selected_action": [link.device_id]}
    operator.post("/admin/people/device/", chosen)
    assert WORDS not in text_of(browser.get(address(link)))


@pytest.mark.parametrize("model", ["case", "requester", "entry", "clock", "ask", "rating"])
def test_cases_and_identities_are_not_in_the_administration(city, operator, model):
    case = a_filed(city).case
    assert operator.get(f"/admin/cases/{model}/").status_code == 404
    assert operator.get(f"/admin/cases/{model}/{case.pk}/change/").status_code == 404


@pytest.mark.parametrize("name", ["security", "auditor", "zhang", "city_secretary"])
def test_only_the_system_operator_enters(city, name):
    browser = at_desk(getattr(city, name))
    for page in ("", "cases/limit/", "cases/limit/add/", "cases/orderlink/", "cases/dayroot/"):
        assert browser.get(f"/admin/{page}", follow=True).status_code == 404
