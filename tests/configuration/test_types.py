"""Types with forms of their own: what is asked, checked, kept, shown, and forgotten."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from builders import NAME, PHONE, a_unit
from mashang.cases.actions.identity import erase, exported
from mashang.cases.models import Case, CaseType, CatalogueRule, Category
from mashang.core.cached import forget_all
from mashang.core.versions import write
from mashang.people.actors import Resident
from mashang.people.models import UnitKind
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
WORDS = "请问老年公交卡在哪里办，要带什么材料？"
QUESTIONS = (
    ("topic", "哪方面", "choice", "交通、社保", "public", True),
    ("age", "年龄", "number", "", "internal", False),
    ("card", "身份证后四位", "text", "", "identity", False),
    ("local", "是不是本市户口", "yes_no", "", "public", False),
    ("since", "什么时候起", "date", "", "public", False),
)


def fields(**more):
    found = {
        "code": "consultation",
        "name": "咨询",
        "help": "问政策、问怎么办事。",
        "is_active": "on",
        "urgency": "consultation",
        "channels": ["code", "web"],
        "valid_from": timezone.localdate().isoformat(),
    }
    for number, (name, label, kind, choices, privacy, is_required) in enumerate(QUESTIONS):
        found |= {
            f"name_{number}": name,
            f"label_{number}": label,
            f"kind_{number}": kind,
            f"choices_{number}": choices,
            f"privacy_{number}": privacy,
        }
        if is_required:
            found[f"is_required_{number}"] = "on"
    return {**found, **more}


@pytest.fixture
def consultation(city, operator):
    operator.save("/types/new", confirmed=True, **fields())
    forget_all()
    return CaseType.objects.get()


def address(city):
    return f"/q/{city.code.code}?type=consultation"


def token_of(page):
    return re.search(r'name="token" value="([^"]+)"', page)[1]


def send(city, **more):
    client = Client()
    page = text_of(client.get(address(city)))
    typed = {"token": token_of(page), "text": WORDS, "name": NAME, "phone": PHONE, **more}
    return client.post(f"{address(city)}&sent", typed)


def test_a_type_is_set_up_with_its_questions_and_dated(city, operator, consultation):
    assert [question["name"] for question in consultation.fields] == [q[0] for q in QUESTIONS]
    assert consultation.made_by == city.operator
    page = operator.get("/types/of/consultation")
    assert "身份证后四位" in page and "像电话一样遮住" in page
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    operator.save(
        "/types/of/consultation", confirmed=True, **fields(valid_from=tomorrow, label_1="")
    )
    assert CaseType.objects.count() == 2
    assert "年龄" in text_of(Client().get(address(city)))


@pytest.mark.parametrize(
    ("wrong", "saying"),
    [
        ({"code": "request"}, "换一个代号"),
        ({"choices_0": "交通"}, "至少写两个选项"),
        ({"name_1": "topic"}, "代号重复"),
        ({"channels": []}, "至少选一个渠道"),
        ({"is_short": "on", "is_required_0": ""}, "至少要有一个“选一个”、必须填的问题"),
    ],
)
def test_what_is_wrong_is_said(city, operator, wrong, saying):
    operator.refused("/types/new", saying, **fields(**wrong))


def test_asking_for_an_identity_needs_a_second_thought(city, operator):
    answer = operator.save("/types/new", **fields())
    assert answer.status_code == 200 and "身份证后四位" in text_of(answer)
    assert not CaseType.objects.exists()


def test_the_form_of_a_type_shows_its_questions_without_a_script(city, consultation):
    page = text_of(Client().get(address(city)))
    assert "<h1>咨询</h1>" in page and "问政策、问怎么办事。" in page
    for question in QUESTIONS:
        assert question[1] in page
    assert 'name="answer_topic" value="交通"' in page and 'type="date"' in page
    assert "problem" not in page.split("answer_topic")[1].split("answer_age")[0]


def test_the_plain_form_names_the_type_and_asks_nothing_further(
    city, consultation, django_assert_max_num_queries
):
    client = Client()
    plain = f"/q/{city.code.code}"
    page = text_of(client.get(plain))
    assert f'href="{plain}?type=consultation"' in page and "哪方面" not in page
    with django_assert_max_num_queries(2):
        client.get(plain)


def test_answers_are_kept_by_their_privacy(city, consultation):
    answer = send(
        city, answer_topic="交通", answer_age="７０", answer_card="1234", answer_local="yes",
        answer_since="2026-01-31",
    )  # fmt: skip
    assert answer.status_code == 303, text_of(answer)
    case = Case.objects.get()
    assert case.type == "consultation" and case.urgency == "consultation"
    assert case.answers == {"topic": "交通", "age": 70, "local": True, "since": "2026-01-31"}
    assert case.requester.answers == {"card": "1234"}


@pytest.mark.parametrize(
    ("wrong", "saying"),
    [
        ({}, "请填“哪方面”"),
        ({"answer_topic": "别的"}, "请选一个"),
        ({"answer_topic": "交通", "answer_age": "七十"}, "请写数字"),
        ({"answer_topic": "交通", "answer_age": "nan"}, "请写数字"),
        ({"answer_topic": "交通", "answer_since": "上个月"}, "请写日期"),
        ({"answer_topic": "交通", "answer_card": "1" * 101}, "最多 100 个字"),
    ],
)
def test_a_wrong_answer_is_said_and_everything_typed_stays(city, consultation, wrong, saying):
    answer = send(city, answer_local="no", **wrong)
    page = text_of(answer)
    assert answer.status_code == 422 and saying in page
    assert WORDS in page and re.search(r'name="answer_local" value="no" checked', page)
    assert not Case.objects.exists()


def test_the_type_brings_its_category_and_the_catalogue_its_unit(city, operator):
    category = Category.objects.create(code="policy", name="政策咨询")
    hall = a_unit("hall", "政务大厅", UnitKind.DEPARTMENT, city.county, city.centre)
    rule = CatalogueRule(category=category, place=city.county, unit=hall)
    write([rule], by=None)
    forget_all()
    operator.save("/types/new", confirmed=True, **fields(default_category=category.pk))
    forget_all()
    assert send(city, answer_topic="社保").status_code == 303
    case = Case.objects.get()
    assert (case.category, case.unit) == (category, hall)


def test_a_type_that_is_closed_or_unknown_leads_to_the_plain_form(city, operator, consultation):
    page = text_of(Client().get(f"/q/{city.code.code}?type=nothing"))
    assert "<h1>我要反映</h1>" in page
    begun = text_of(Client().get(address(city)))
    closed = {name: value for name, value in fields().items() if name != "is_active"}
    operator.save("/types/of/consultation", confirmed=True, **closed)
    forget_all()
    assert "<h1>我要反映</h1>" in text_of(Client().get(address(city)))
    # Whoever was writing loses nothing.
    typed = {"token": token_of(begun), "text": WORDS, "name": NAME, "phone": PHONE}
    answer = Client().post(f"{address(city)}&sent", {**typed, "answer_topic": "交通"})
    assert answer.status_code == 303
    assert Case.objects.get().answers == {"topic": "交通"}


def test_the_cadre_sees_answers_and_the_identity_only_after_a_recorded_look(city, consultation):
    send(city, answer_topic="交通", answer_age="70", answer_card="1234")
    case = Case.objects.get()
    browser = at_desk(city.zhang)
    page = text_of(browser.get(f"/desk/cases/{case.number}"))
    assert "哪方面" in page and "交通" in page and "70" in page
    assert "身份证后四位" in page and "1234<" not in page
    shown = text_of(browser.post(f"/desk/cases/{case.number}/call"))
    assert "1234" in shown.split("身份证后四位")[1][:200]
    assert case.entries.filter(move="look").count() == 1


def test_erasing_forgets_the_identity_and_keeps_the_rest(city, consultation):
    send(city, answer_topic="交通", answer_card="1234")
    case = Case.objects.get()
    resident = Resident(frozenset({case.pk}))
    assert exported(case, by=resident)["身份证后四位"] == "1234"
    erase(case, by=resident)
    assert "身份证后四位" not in exported(case, by=resident)
    assert Case.objects.get().answers == {"topic": "交通"}
