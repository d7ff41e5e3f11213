"""What residents answer by SMS: to the right case, and from nobody else's phone."""

import pytest
from django.utils import timezone

from builders import a_filed, make_city
from mashang.cases.actions import replying
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Rating
from mashang.core.crypto import blind_index
from mashang.messaging.models import Inbound, Message
from mashang.people.actors import Staff

pytestmark = pytest.mark.django_db
PHONE = "13900001111"


@pytest.fixture
def city():
    return make_city()


def answered(city, **changes):
    case = a_filed(city, phone=PHONE, **changes).case
    zhang = Staff(city.zhang)
    advance(case, "contact_reached", by=zhang)
    advance(Case.objects.get(pk=case.pk), "answer", by=zhang, words="换了灯", answer="灯已经换好。")
    Message.objects.filter(subject=case.subject).update(state="sent", sent_at=case.received_at)
    Message.objects.filter(subject=case.subject).update(
        sent_at=Case.objects.get(pk=case.pk).closed_at
    )
    return Case.objects.get(pk=case.pk)


def say(words, phone=PHONE):
    reply = Inbound(digest=words + phone, phone=phone, phone_index=blind_index(phone), words=words)
    return replying.take(reply), reply.subject


def last(case):
    return case.entries.order_by("seq").last()


@pytest.mark.parametrize(
    ("words", "state", "rest"),
    [
        ("1", "confirmed", ""),
        ("１，谢谢", "confirmed", "谢谢"),
        ("解决了", "confirmed", ""),
        ("2 还是不亮", "closed", "还是不亮"),
        ("没解决", "closed", ""),
        ("2。", "closed", ""),
    ],
)
def test_one_and_two_rate_what_was_answered(city, words, state, rest):
    case = answered(city)
    done, subject = say(words)
    assert subject == case.subject
    assert "记为" in done
    case.refresh_from_db()
    assert case.state == state
    rating = Rating.objects.get(case=case)
    assert (rating.is_solved, rating.words) == (state == "confirmed", rest)


@pytest.mark.parametrize("words", ["12号楼的灯也坏了", "1、灯还不亮 2、没人来", "1.灯还不亮"])
def test_free_words_are_added_to_the_case(city, words):
    case = answered(city)
    assert say(words) == ("记入事项", case.subject)
    assert (last(case).move, last(case).data["words"]) == ("add", words)


def test_words_that_a_settled_case_takes_no_more_are_for_a_person_to_read(city):
    case = answered(city)
    say("1")
    assert say("灯又坏了") == (None, case.subject)
    assert "没有记入" in say("1")[0]
    Case.objects.filter(pk=case.pk).update(is_sealed=True)
    assert "没有记入" in say("灯又坏了")[0]


def test_a_number_in_the_words_names_the_case(city):
    first = answered(city)
    second = a_filed(city, phone=PHONE, token="second", text="井盖松了").case
    Message.objects.filter(subject=second.subject).update(state="sent", sent_at=timezone.now())
    assert say(f"{first.number} 又坏了")[1] == first.subject
    assert last(first).data["words"] == "又坏了"


def test_a_phone_that_reported_nothing_reaches_no_case(city):
    case = answered(city)
    assert say(f"{case.number} 1", phone="13900002222") == (None, "")
    case.refresh_from_db()
    assert case.state == "answered"


def test_a_code_in_the_words_opens_a_case_once(city):
    text = f"{city.code.code} 楼道的灯坏了"
    done, subject = say(text, phone="13900002222")
    assert done == "立为新的事项"
    case = Case.objects.get(pk=int(subject.partition(":")[2]))
    assert (case.text, case.channel, case.place) == ("楼道的灯坏了", "sms", city.yihe)
    assert case.requester.phone == "13900002222"
    assert say("你好啊在吗", phone="13900003333") == (None, "")
    assert say(f"{city.retired_code.code} 楼道的灯坏了", phone="13900003333") == (None, "")


def test_a_word_on_the_call_proves_or_denies_it_and_is_words_where_nobody_claims_one(city):
    case = a_filed(city, phone=PHONE).case
    number = f"{case.number} "
    assert say(f"{number}没接到")[0] == "记入事项"
    advance(case, "contact_reached", by=Staff(city.zhang))
    assert say(f"{number}没人打电话，楼道也没人来")[0] == "记入事项"
    assert "没接到电话" in say(f"{number}没人给我打电话。")[0]
    assert last(case).move == "contact_denied"
    advance(case, "contact_reached", by=Staff(city.zhang))
    assert "确认接到" in say(f"{number}接到了！")[0]
    assert last(case).move == "contact_confirmed"
