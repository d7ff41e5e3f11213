"""What the system operator may do about rules, roots and links; cases are not shown to them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from builders import NAME, PHONE, WORDS, a_filed
from mashang.cases import rules
from mashang.cases.models import DayRoot, LadderStep, Limit, OrderLink
from mashang.cases.proving import make_roots
from mashang.core.cached import forget_all
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)
CONTACT = {
    "name": "contact", "urgency": "", "amount": 20, "unit": "minutes", "warn_after": 10,
    "valid_from": "2026-03-05", "basis": "市里的规定",
}  # fmt: skip
RUNG = {
    "ladder": "ordinary", "clock": "contact", "rung": 2, "position": "commissioner", "after": 0,
    "unit": "minutes", "valid_from": "2026-03-05",
}  # fmt: skip


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def operator(city):
    return at_desk(city.operator)


def test_a_new_limit_begins_on_its_day(city, operator, noon):
    assert operator.post("/admin/cases/limit/add/", CONTACT).status_code == 302
    filed = a_filed(city).case
    assert filed.clocks.get(name="contact").due_at == NOON + timedelta(minutes=30)
    noon.move_to(NOON + timedelta(days=1))
    forget_all()
    filed = a_filed(city).case
    assert filed.clocks.get(name="contact").due_at == NOON + timedelta(days=1, minutes=20)


@pytest.mark.parametrize(
    ("change", "saying"),
    [
        ({"valid_from": "2026-03-03"}, "新规则只能从今天或以后开始。"),
        ({"urgency": "danger"}, "只有办理时限按紧急程度区分。"),
        ({"amount": 0}, "至少是 1。"),
        ({"warn_after": 20}, "提醒要早于期限。"),
        ({"name": "whatever"}, "whatever"),
        ({"unit": "years"}, "years"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(operator, change, saying):
    before = Limit.objects.count()
    answer = operator.post("/admin/cases/limit/add/", CONTACT | change)
    assert answer.status_code == 200
    assert saying in text_of(answer)
    assert Limit.objects.count() == before


def test_a_limit_from_today_is_taken(operator):
    today = CONTACT | {"valid_from": "2026-03-04"}
    assert operator.post("/admin/cases/limit/add/", today).status_code == 302
    forget_all()
    assert rules.limit("contact", at=NOON).amount == 20


def test_a_limit_that_has_begun_is_neither_changed_nor_deleted(operator):
    begun = Limit.objects.get(name="contact")
    here = f"/admin/cases/limit/{begun.pk}"
    assert operator.get(f"{here}/change/").status_code == 200
    assert operator.post(f"{here}/change/", CONTACT).status_code == 404
    assert operator.post(f"{here}/delete/", {"post": "yes"}).status_code == 404
    chosen = {"action": "delete_selected", "_selected_action": [begun.pk], "post": "yes"}
    operator.post("/admin/cases/limit/", chosen)
    begun.refresh_from_db()
    assert begun.amount == 30


def test_a_limit_to_come_may_be_taken_back(operator):
    operator.post("/admin/cases/limit/add/", CONTACT)
    coming = Limit.objects.get(valid_from="2026-03-05")
    here = f"/admin/cases/limit/{coming.pk}"
    assert operator.post(f"{here}/change/", CONTACT | {"amount": 25}).status_code == 302
    coming.refresh_from_db()
    assert coming.amount == 25
    assert operator.post(f"{here}/delete/", {"post": "yes"}).status_code == 302
    assert not Limit.objects.filter(pk=coming.pk).exists()


def test_a_ladder_is_written_for_a_day_to_come(operator):
    assert "把各级都写全" in text_of(operator.get("/admin/cases/ladderstep/add/"))
    assert operator.post("/admin/cases/ladderstep/add/", RUNG).status_code == 302
    past = RUNG | {"valid_from": "2026-03-01"}
    assert operator.post("/admin/cases/ladderstep/add/", past).status_code == 200
    assert LadderStep.objects.filter(valid_from__gte=TODAY).count() == 1


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
    assert browser.post("/admin/cases/limit/add/", CONTACT, follow=True).status_code == 404
    assert not Limit.objects.filter(name="contact", amount=20).exists()
