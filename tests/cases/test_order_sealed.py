"""A complaint about a cadre: for that unit and all below it there is nothing, by any way."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from builders import NAME, PHONE, a_filed, a_post, a_unit, staff
from mashang.attachments.actions import keep
from mashang.attachments.checking import check_photo
from mashang.cases.actions.moving import advance
from mashang.cases.actions.telling import new_links
from mashang.cases.models import Case
from mashang.messaging.models import Message
from mashang.people.models import Role, UnitKind
from mashang.workbench.queues import QUEUES
from pictures import a_photo
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
ACCUSED = ("zhang", "li", "lead", "dispatcher", "commissioner", "county_leader", "county_duty")
COMPLAINT = "社区书记办低保收钱"


@pytest.fixture
def case(city):
    return a_filed(city, text=COMPLAINT, is_sealed=True, accused_level="village").case


@pytest.fixture
def photo(case):
    file = SimpleUploadedFile("a.jpg", a_photo((64, 64)))
    return str(keep(check_photo(file), owner=case.subject, part="report").pk)


def test_the_inspection_post_handles_it_over_its_link(city, case, photo):
    link = link_of(case, city.inspector)
    browser = bound_phone(link)
    shown = text_of(browser.get(address(link)))
    assert COMPLAINT in shown
    assert "只限督查岗办理" in shown
    assert "涉及干部或单位" in shown
    assert photo in shown
    assert PHONE in text_of(browser.post(address(link, "/call")))
    assert browser.post(address(link, "/moves/contact_reached")).status_code == 302


@pytest.mark.parametrize("name", ACCUSED)
def test_for_those_it_may_concern_it_is_not_there(city, case, photo, name):
    browser, here = at_desk(getattr(city, name)), f"/desk/cases/{case.number}"
    assert browser.get(here).status_code == 404
    assert browser.get(f"{here}/files/{photo}").status_code == 404
    assert browser.post(f"{here}/call").status_code == 404
    assert browser.post(f"{here}/moves/note", {"words": "x"}).status_code == 404
    assert Case.objects.get(pk=case.pk).version == 1


def body_of(answer) -> str:
    """The page's own part, but for the token that every form gets anew."""
    body = text_of(answer).split("<main")[1].split("</main>")[0]
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)


def unmade(case: Case) -> None:
    """As if the case had never been filed."""
    for related in (case.entries, case.clocks, case.order_links):
        related.all().delete()
    case.requester.delete()
    case.delete()


@pytest.mark.parametrize("name", ACCUSED)
def test_neither_a_list_nor_a_count_nor_the_search_betrays_it(city, case, name):
    a_filed(city)
    browser, number = at_desk(getattr(city, name)), case.number
    pages = [f"/desk?queue={queue}" for queue in QUEUES] + [f"/desk/search?q={number}"]
    with time_machine.travel(case.received_at, tick=False):
        with_it = [body_of(browser.get(page)) for page in pages]
        unmade(case)
        assert [body_of(browser.get(page)) for page in pages] == with_it
    assert f"没有找到“{number}”" in with_it[-1]


@pytest.mark.parametrize("name", ["zhang", "dispatcher"])
def test_even_a_link_that_was_made_for_them_is_not_there(city, case, photo, name):
    account = getattr(city, name)
    plain = a_filed(city).case
    known = bound_phone(link_of(plain, city.zhang)) if name == "zhang" else at_desk(account)
    new_links([(case.pk, account.pk)], at=case.received_at)
    link = link_of(case, account)
    for page in ("", f"/files/{photo}"):
        assert known.get(address(link, page)).status_code == 404
    for page in ("/code", "/bind", "/call", "/moves/note"):
        assert known.post(address(link, page)).status_code == 404


def test_those_it_may_concern_hear_nothing_by_sms(city, case):
    advance(case, "acknowledge", by=staff(city.inspector))
    phones = {message.phone for message in Message.objects.filter(subject=case.subject)}
    assert phones == {city.inspector.phone, PHONE}
    for message in Message.objects.filter(subject=case.subject):
        said = " ".join(map(str, message.params.values()))
        assert COMPLAINT[:4] not in said
        assert NAME not in said
        assert case.place.name not in said


def test_it_can_be_handed_to_an_inspection_post_only(city, case):
    browser = at_desk(city.inspector)
    own = {"words": "请市里办理", "seen": 1}
    answer = browser.post(f"/desk/cases/{case.number}/moves/pass_up", own)
    assert answer.status_code == 302
    assert Case.objects.get(pk=case.pk).unit == city.city_inspection


def test_a_sealed_case_is_offered_no_unit_below(city, case):
    a_unit("other-inspection", "白银区第二督查岗", UnitKind.INSPECTION, city.county)
    a_post(city.inspector, city.inspection, Role.DISPATCHER)
    shown = text_of(at_desk(city.inspector).get(f"/desk/cases/{case.number}"))
    offered = shown.split('name="unit"')[1].split("</select>")[0]
    assert "白银区第二督查岗" in offered
    assert "白银市督查岗" in offered
    for absent in ("颐和社区居委会", "人民路街道办", "综治中心"):
        assert absent not in offered
