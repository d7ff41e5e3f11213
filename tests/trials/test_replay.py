"""Invented messages replayed through a real server and worker, and what the count says of them."""

import re
import signal
from dataclasses import replace
from io import StringIO

import httpx
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from builders import City, a_filed, make_city
from mashang.cases.actions.filing import submission_of
from mashang.cases.models import Case, Entry, Limit
from mashang.core import cached
from mashang.messaging.models import Message
from mashang.places.models import Level, Place
from mashang.trials.management.commands import replay
from mashang.trials.replaying.counting import count
from mashang.trials.replaying.material import Plan, Report, split
from mashang.trials.replaying.play import Play
from mashang.trials.replaying.residents import Signs
from mashang.trials.replaying.stories import Story
from tables import a_csv

PLAIN = Plan(
    contact="prompt",
    between="",
    meanwhile="",
    outcome="satisfied",
    sender="named",
    way="code",
    is_granted=True,
    is_accusation=False,
)
LONG = "我家门前的路从去年修水管挖开以后一直没有填平，" * 100
ACCUSATION = "村主任收钱才给办低保，大家都敢怒不敢言。"


def a_story(number: int, text: str = "", **changes: object) -> Report:
    return Report(
        number=number,
        pieces=tuple(split(text or f"{number}号楼前的路灯坏了五天，请派人修一修。")),
        name="何秀英",
        phone=f"1399000{number:04d}",
        address=f"10.1.0.{number}",
        choice=number / 20,
        plan=replace(PLAIN, **changes),
    )


@pytest.fixture
def served(mashang) -> str:
    """The address of a server with a worker, on the test's own database."""
    mashang.collect_static_files()
    running = mashang.start("serve", "--bind", "127.0.0.1:0", MASHANG_TRUSTED_PROXIES="127.0.0.1")
    running.wait_for("http://127.0.0.1:")
    url = re.search(r"http://127\.0\.0\.1:\d+", running.output)[0]
    while httpx.get(f"{url}/healthz", timeout=60).status_code != httpx.codes.OK:
        pass
    return url


def signs_of(city: City) -> Signs:
    villages = Place.objects.filter(level=Level.VILLAGE).values_list("pk", flat=True)
    return Signs((city.code.pk,), tuple(villages))


def played(url: str, city: City, *reports: Report) -> tuple[dict[str, str], list[str]]:
    """The rows of the count, and its faults, after these stories were played."""
    said: list[str] = []
    play = Play(url, list(reports), signs_of(city), speed=50.0, say=said.append)
    counted = count(play.run(), newer_than=0)
    assert said == []
    rows = {re.match(r"[ -~]+", what)[0].strip(): value for what, value in counted.rows}
    return rows, counted.faults


def test_every_kind_of_story_is_played_to_its_end_and_counted(served):
    city = make_city()
    rows, faults = played(
        served,
        city,
        a_story(1),
        a_story(2, LONG, way="place"),
        a_story(3, contact="missed", outcome="fair"),
        a_story(4, contact="wrong", outcome="silent", sender="confidential"),
        a_story(5, between="return", is_granted=False),
        a_story(6, between="return", is_granted=True),
        a_story(7, between="help"),
        a_story(8, between="extension", outcome="dissatisfied"),
        a_story(9, between="pass_up"),
        a_story(10, between="question", meanwhile="chase"),
        a_story(11, meanwhile="withdraw"),
        a_story(12, outcome="reopen"),
        a_story(13, outcome="dispute", sender="anonymous"),
        a_story(14, ACCUSATION, is_accusation=True),
    )
    assert faults == []
    expected = {
        "filed": "14 of 14",
        "dispatched": "14",
        "sealed": "1",
        "confidential": "1",
        "anonymous": "1",
        "contacted in time": "13",  # one reopened, so twice; one withdrew, one is anonymous
        "contacted late": "0",
        "withdrawn before": "1",
        "answered": "14",
        "satisfied of those rated": "10 of 12, 83.3 %",
        "said not solved": "1",
        "reopened": "1",
        "returned": "2 asked, 1 redispatched, 1 refused",
        "help": "1 asked, 1 given",
        "extension": "1 asked, 1 granted, 0 refused",
        "passed up": "1",
        "asked back": "1 asked, 1 replied",
        "chased": "1",
        "withdrawn": "1",
        "escalated steps": "0",
        "lost": "0",
        "doubled": "0",
        "not finished": "0",
        "chains verified": "14 of 14",
    }
    assert {what: rows.get(what) for what in expected} == expected
    # The long one is whole again, from the case and what was added to it.
    case = Case.objects.get(text__startswith=LONG[:30])
    added = case.entries.filter(move="add").order_by("seq").values_list("data__words", flat=True)
    assert case.text + "".join(added) == LONG
    # Cadres were shown the number and nobody was told it by SMS.
    assert Entry.objects.filter(move="look").exists()
    assert not any("1399000" in str(message.params) for message in Message.objects.all())


def test_the_command_prints_the_table_and_leaves_the_citys_limits_as_they_were(
    served, tmp_path, monkeypatch
):
    make_city()
    limits = list(Limit.objects.order_by("pk").values())
    seen: list[int] = []
    monkeypatch.setattr(replay, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(
        replay.Play, "run", lambda play: seen.append(cached_limit()) or real_run(play)
    )
    table = a_csv(tmp_path / "messages.csv", [("text",), ("井盖松了，走上去会响。",)])
    output = StringIO()
    call_command("replay", table, url=served, seed=3, stdout=output)
    assert re.search(r"filed 上报 +1 of 1", output.getvalue())
    assert re.search(r"lost 丢失 +0", output.getvalue())
    assert seen == [1]
    assert list(Limit.objects.order_by("pk").values()) == limits


def test_a_replay_that_is_told_to_stop_leaves_the_citys_limits_as_they_were(
    served, mashang, tmp_path
):
    make_city()
    limits = list(Limit.objects.order_by("pk").values())
    rows = [(f"{house}号楼前的路灯坏了五天，请派人修一修。",) for house in range(50)]
    table = a_csv(tmp_path / "messages.csv", [("text",), *rows])
    replaying = mashang.start("replay", str(table), "--url", served, "--speed", "0.5")
    while Limit.objects.count() == len(limits):
        assert replaying.process.poll() is None, replaying.output
    replaying.send(signal.SIGTERM)
    assert replaying.ends() == 130
    assert list(Limit.objects.order_by("pk").values()) == limits


real_run = Play.run


def cached_limit() -> int:
    """Minutes to call back, as they count now."""
    cached.forget_all()
    return Limit.objects.filter(name="contact").order_by("-valid_from").first().amount


@pytest.mark.parametrize(("name", "value"), [("SMS_SENDER", "gateway"), ("PRODUCTION", True)])
def test_where_real_sms_are_sent_nothing_is_replayed(settings, tmp_path, name, value):
    setattr(settings, name, value)
    with pytest.raises(CommandError, match="demonstration"):
        call_command("replay", tmp_path / "messages.csv", url="http://127.0.0.1:1")


@pytest.mark.parametrize("rows", [None, [("words",), ("什么",)]])
def test_a_file_that_cannot_be_replayed_is_refused(tmp_path, rows):
    path = a_csv(tmp_path / "wrong.csv", rows) if rows else tmp_path / "missing.csv"
    with pytest.raises(CommandError):
        call_command("replay", path, url="http://127.0.0.1:1")


# The count finds what must not be --------------------------------------------------------------


@pytest.fixture
def city(db) -> City:
    return make_city()


def a_told(city: City, number: int, **changes: object) -> Story:
    """A story that was filed with these words and is over."""
    report = a_story(number)
    token = f"told-{number}"
    values = {"text": report.text, "phone": report.phone, "token": token, **changes}
    return Story(report, number=a_filed(city, **values).case.number, token=token, is_over=True)


def faults_of(*stories: Story) -> list[str]:
    return count(list(stories), newer_than=0).faults


def test_what_was_stored_as_it_was_sent_is_no_fault(city):
    assert faults_of(a_told(city, 1), a_told(city, 2)) == []


def test_a_message_without_a_case_is_lost(city):
    story = a_told(city, 1)
    story.token = "another"
    assert faults_of(story) == ["lost 丢失: message 2 : no case"]


def test_one_character_less_is_lost(city):
    (fault,) = faults_of(a_told(city, 1, text=a_story(1).text[:-1]))
    assert fault == "lost 丢失: message 2 : other words"


def test_a_piece_that_was_not_added_is_lost(city):
    story = a_told(city, 1)
    story.report = replace(story.report, pieces=(story.report.text, "后来又坏了。"))
    assert faults_of(story) == ["lost 丢失: message 2 : piece 2"]


def test_the_same_words_in_two_cases_are_doubled(city):
    story = a_told(city, 1)
    a_filed(city, text=story.report.text, phone="13990009999")
    assert faults_of(story) == [
        f"doubled 重复: 2 cases for 1 messages of {len(story.report.text)} characters"
    ]


def test_a_story_without_an_end_is_named(city):
    story = a_told(city, 1)
    story.is_over = False
    assert faults_of(story) == [f"not finished 没有走完: {story.number} (nothing; )"]


def test_a_row_altered_behind_the_products_back_is_found(city):
    story = a_told(city, 1)
    Case.objects.filter(submission=submission_of(story.token)).update(spot="别处")
    (fault,) = faults_of(story)
    assert fault.startswith("chain: ")
