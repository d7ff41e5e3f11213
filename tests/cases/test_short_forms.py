"""Forms that are answered by choosing: three taps, no words, no name."""

from datetime import date

import pytest
from django.test import Client

from builders import PHONE, City
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, CaseType
from mashang.codes.models import Batch
from mashang.core.cached import forget_all
from mashang.messaging.models import Message
from mashang.people.actors import Staff
from residents import TOKEN, text_of

pytestmark = pytest.mark.django_db
SEEN = {
    "name": "hazard", "label": "看到什么", "kind": "choice", "is_required": True,
    "privacy": "public", "choices": ["路面坑洼", "井盖松动"],
}  # fmt: skip
CARD = {"name": "card", "label": "工号", "kind": "text", "privacy": "identity"}


@pytest.fixture
def there(city: City) -> str:
    CaseType.objects.create(
        code="hazard", name="随手报隐患", channels=["code"], is_short=True, fields=[SEEN, CARD],
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
    forget_all()
    return f"/q/{city.code.code}?type=hazard"


def sent(there: str, **typed: str):
    return Client().post(there, {"token": TOKEN, **typed})


def sms() -> set[tuple[str, str]]:
    return {(message.template, message.phone) for message in Message.objects.all()}


def test_the_form_asks_to_choose_first_and_for_no_name(there):
    page = text_of(Client().get(there))
    assert page.index("看到什么") < page.index("楼栋、门牌或具体位置") < page.index("想知道结果")
    assert 'name="name"' not in page and 'name="is_sealed"' not in page
    assert 'name="photos"' in page


def test_three_taps_make_a_case_whose_text_is_what_was_chosen(there, city):
    assert sent(there, answer_hazard="井盖松动", spot="南门口").status_code == 303
    case = Case.objects.get()
    assert (case.type, case.text, case.spot) == ("hazard", "看到什么：井盖松动", "南门口")
    assert case.is_anonymous and case.unit == city.yihe_unit
    assert sms() == {("duty_anonymous", city.zhang.phone)}


def test_who_leaves_a_phone_hears_what_became_of_it(there):
    assert sent(there, answer_hazard="井盖松动", phone=PHONE).status_code == 303
    case = Case.objects.get()
    assert not case.is_anonymous
    assert case.requester.phone == PHONE
    assert ("receipt", PHONE) in sms()


def test_the_same_choice_made_twice_is_two_matters_and_two_taps_are_one(there):
    seen = {"answer_hazard": "井盖松动", "phone": PHONE}
    for _tap in range(2):
        sent(there, **seen)
    assert Case.objects.count() == 1
    Client().post(there, {"token": TOKEN[::-1], **seen})
    assert Case.objects.count() == 2


def test_words_are_kept_where_there_are_any(there):
    sent(there, answer_hazard="井盖松动", text="晚上看不见")
    assert Case.objects.get().text == "晚上看不见"


def test_an_answer_that_tells_who_somebody_is_never_becomes_the_text(there):
    sent(there, answer_hazard="井盖松动", answer_card="QS-7731", phone=PHONE)
    case = Case.objects.get()
    assert "QS-7731" not in case.text
    assert "QS-7731" not in str(case.answers)


@pytest.mark.parametrize(
    ("typed", "saying"),
    [({}, "请填“看到什么”"), ({"answer_hazard": "井盖松动", "phone": "12"}, "电话号码不对")],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_filed(there, typed, saying):
    answer = sent(there, spot="南门口", **typed)
    assert answer.status_code == 422
    assert saying in text_of(answer) and 'value="南门口"' in text_of(answer)
    assert not Case.objects.exists()


def test_words_that_sound_like_a_complaint_are_asked_about_here_too(there):
    answer = sent(
        there, answer_hazard="井盖松动", text="村支书优亲厚友，把低保名额给了自己家亲戚。"
    )
    assert "您反映的是干部或单位的问题吗？" in text_of(answer)
    assert not Case.objects.exists()


def opened(city: City, there: str) -> str:
    """The address of a rider's own code: its batch opens the short form."""
    Batch.objects.filter(pk=city.code.batch_id).update(opens="hazard")
    return there.partition("?")[0]


def test_a_riders_own_code_opens_the_short_form_at_once_and_any_other_beside_it(there, city):
    CaseType.objects.update(channels=[])  # offered nowhere else
    sign = opened(city, there)
    page = text_of(Client().get(sign))
    assert "看到什么" in page and 'name="name"' not in page
    assert f'action="{sign}?type=hazard&amp;sent"' in page
    assert sent(f"{sign}?type=hazard&sent", answer_hazard="井盖松动").status_code == 303
    assert Case.objects.get().type == "hazard"
    assert f'href="{sign}?type=request"' in page
    assert 'value="3号楼"' in page
    Batch.objects.update(kind="vehicle")  # what moves says nothing of where the hazard is
    assert 'value="3号楼"' not in text_of(Client().get(sign))
    assert 'name="name"' in text_of(Client().get(f"{sign}?type=request"))
    CaseType.objects.update(is_active=False)
    forget_all()
    assert 'name="name"' in text_of(Client().get(sign))  # switched off: the usual form


def test_whoever_scans_the_code_again_reads_what_became_of_it_and_nothing_about_anybody(
    there, city
):
    sign = opened(city, there)
    sent(there, answer_hazard="井盖松动", text="晚上看不见", answer_card="QS-7731", phone=PHONE)
    case = Case.objects.get()
    staff_of = Staff(city.zhang)
    advance(case, "contact_reached", by=staff_of)
    advance(case, "answer", by=staff_of, words="焊好了", answer="已焊好，谢谢您。")
    page = text_of(Client().get(sign))
    assert "从这个码报过的" in page and "已答复" in page
    for hidden in ("晚上看不见", "QS-7731", PHONE, "焊好", case.number):
        assert hidden not in page
    Case.objects.update(is_confidential=True)
    assert "从这个码报过的" not in text_of(Client().get(sign))
