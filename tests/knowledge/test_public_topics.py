"""What residents read of what many reported: words of staff, and nothing of any report."""

from datetime import timedelta

import pytest
from django.utils import timezone

from builders import NOON, a_filed
from mashang.audit.models import Record
from mashang.knowledge.models import PublicTopic, Topic, TopicMember
from mashang.knowledge.topics import keeping
from visits import at_desk, text_of

WATER = (
    "小区南门口的自来水这几天总是停，做饭洗衣服都要到别处提水。",
    "自来水又停了，南门口这边做饭洗衣服都要到别处去提水，请快来修。",
    "这几天自来水总是停水，家里有刚满月的孩子，做饭洗衣服都要到别处提水。",
)
WRITTEN = {"title": "颐和社区停水", "words": "11 月 20 日换好了主管道，水压已经正常。"}


@pytest.fixture
def topic(city, noon) -> int:
    keeping.forget()
    made = [
        a_filed(city, text=text, at=NOON - timedelta(days=3 - number)).case
        for number, text in enumerate(WATER)
    ]
    keeping.take_in(since=NOON - timedelta(days=30))
    yield TopicMember.objects.get(case=made[0]).topic_id
    keeping.forget()


def publish(account, topic: int, **changes: str):
    return at_desk(account).post(f"/desk/topics/{topic}/publish", {**WRITTEN, **changes})


def test_what_a_dispatcher_writes_is_read_by_everybody_and_no_word_of_a_report(city, topic, client):
    assert "还没有公布的" in text_of(client.get("/topics"))
    assert publish(city.dispatcher, topic).status_code == 302
    page = text_of(client.get("/topics"))
    assert WRITTEN["title"] in page and "水压已经正常" in page
    assert "3 件反映" in page and city.yihe.full_name in page
    for text in WATER:
        assert text[:10] not in page
    record = Record.objects.get(kind="topic")
    assert record.about == f"topic:{topic}" and "published" in record.data


def test_the_hotline_may_be_named(city, topic, client):
    publish(city.dispatcher, topic, words="2026-11-20 修好，再停水请打 12345。")
    assert "再停水请打 12345" in text_of(client.get("/topics"))


def test_new_words_take_the_place_of_those_before_and_are_taken_down(city, topic, client):
    publish(city.dispatcher, topic)
    shown = text_of(at_desk(city.dispatcher).get(f"/desk/topics/{topic}"))
    assert f'value="{WRITTEN["title"]}"' in shown
    publish(city.commissioner, topic, words="阀门也换了。")
    page = text_of(client.get("/topics"))
    assert "阀门也换了" in page and "水压已经正常" not in page
    for _click in range(2):
        at_desk(city.dispatcher).post(f"/desk/topics/{topic}/publish", {"withdraw": "1"})
    assert "阀门也换了" not in text_of(client.get("/topics"))
    assert Record.objects.filter(kind="topic", data__contains="withdrawn").count() == 1
    assert PublicTopic.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"title": ""}, "必填"),
        ({"words": " "}, "必填"),
        ({"words": "请打 13909431234 找王师傅"}, "好像有电话或证件号码"),
        ({"words": "请打 139-0943-1234 找王师傅"}, "好像有电话或证件号码"),
        ({"title": "620402199001011234"}, "好像有电话或证件号码"),
        ({"words": "长" * 601}, "600"),
    ],
)
def test_what_must_not_be_public_is_refused_and_everything_typed_stays(
    city, topic, changes, saying
):
    answer = publish(city.dispatcher, topic, **changes)
    assert answer.status_code == 422
    assert saying in text_of(answer)
    assert not PublicTopic.objects.exists()


@pytest.mark.parametrize("who", ["zhang", "inspector", "neighbour", "operator"])
def test_nobody_else_publishes(city, topic, who):
    assert publish(getattr(city, who), topic).status_code == 404
    assert not PublicTopic.objects.exists()


def test_what_was_published_stays_when_topics_of_long_ago_go(city, topic, client):
    publish(city.dispatcher, topic)
    forgotten = Topic.objects.create(
        place=city.yihe.pk, last_at=NOON - timedelta(days=1), changed_at=NOON
    )
    assert keeping.tidy(now=NOON + timedelta(days=200)) == 1
    assert not Topic.objects.filter(pk=forgotten.pk).exists()
    assert WRITTEN["title"] in text_of(client.get("/topics"))


def test_after_a_year_it_is_no_news(city, topic, client):
    publish(city.dispatcher, topic)
    PublicTopic.objects.update(published_at=timezone.now() - timedelta(days=366))
    assert WRITTEN["title"] not in text_of(client.get("/topics"))
