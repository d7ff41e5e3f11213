"""A notice to many: looked at first, released a little at a time, paused, stopped; who may."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from builders import make_city, someone, staff
from mashang.audit.models import Record
from mashang.core.crypto import blind_index
from mashang.messaging import notices, registry
from mashang.messaging.actions import Draft, queue, retry
from mashang.messaging.models import DoNotSend, Message, Notice, Provider
from mashang.messaging.notices import forget_old_drafts, release_due
from mashang.messaging.sending import send_due
from mashang.people.models import Role
from visits import at_desk

pytestmark = pytest.mark.django_db
HERE = "/desk/notices"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def city(clock):
    city = make_city()
    city.publisher = someone("pub", "宣传员", city.township_unit, Role.PUBLISHER)
    return city


def phone(number):
    return f"139000010{number:02d}"


def form(city, **changes):
    post = city.publisher.posts.get().pk
    return {
        "title": "明早8点到12点停水", "body": "检修管道，请提前存水。", "post": post,
        "to": "numbers", "numbers": "\n".join(phone(n) for n in range(6)), "per_minute": "60",
        **changes,
    }  # fmt: skip


def written(city, **changes):
    answer = at_desk(city.publisher).post(f"{HERE}/new", form(city, **changes))
    assert answer.status_code == 302, answer.content.decode()
    return Notice.objects.latest("pk")


def do(city, notice, action, who=None):
    return at_desk(who or city.publisher).post(f"{HERE}/{notice.pk}/{action}")


def shown(city, notice):
    return at_desk(city.publisher).get(f"{HERE}/{notice.pk}").content.decode()


def states(notice):
    rows = Message.objects.filter(subject=notice.subject).order_by("pk")
    return list(rows.values_list("state", flat=True))


def send_all():
    while send_due():
        pass


def test_a_dry_run_tells_how_many_what_it_costs_and_who_is_left_out(city, settings):
    settings.SAME_NOTICE_PER_PHONE_A_DAY = 1
    Provider.objects.create(
        code="one", name="通道", kind="demo", purposes=["resident"], price=45,
        valid_from=NOON.date(),
    )  # fmt: skip
    DoNotSend.objects.create(phone_index=blind_index(phone(1)))
    had = {"unit": "社区", "topic": "停电", "link": "http://127.0.0.1/n/x"}
    queue([Draft(template="notice", phone=phone(2), params=had, key="had")])
    send_all()
    numbers = f"{phone(0)}，{phone(1)} {phone(2)}\n{phone(3)}；{phone(3)} 12 0943-8231234"
    notice = written(city, numbers=numbers)
    page = shown(city, notice)
    for said in ("2 个号码", "7 个", "2 个，不发", "1 个，只发一次", "1 个，不发", "约 0.09 元"):
        assert said in page, said
    assert "每分钟最多 60 条" in page and "【码上办】" in page and phone(0) not in page
    assert Message.objects.filter(subject=notice.subject).count() == 0
    assert release_due() == 0  # a draft goes to nobody
    assert Client().get(f"/n/{notice.token}").status_code == 404
    # What was typed survives a mistake, and says which.
    table = SimpleUploadedFile("list.csv", "手机号,地址\n13900001000,某处\n".encode())
    answer = at_desk(city.publisher).post(f"{HERE}/new", form(city, to="table", table=table))
    assert answer.status_code == 422
    assert "不认识的列：地址" in answer.content.decode() and "请提前存水" in answer.content.decode()
    table = SimpleUploadedFile("list.csv", f"手机号\n{phone(0)}\n{phone(0)}\n".encode("gb18030"))
    assert written(city, to="table", table=table).recipients.count() == 1
    to_staff = written(city, to="staff", place=city.township.code, role="handler")
    assert to_staff.recipients.filter(phone_index=city.zhang.phone_index).exists()
    assert not to_staff.recipients.filter(phone_index=city.operator.phone_index).exists()
    assert do(city, notice, "drop").status_code == 302
    assert not Notice.objects.filter(pk=notice.pk).exists()
    Notice.objects.update(made_at=NOON - timedelta(days=8))
    assert forget_old_drafts() and not Notice.objects.exists()


def test_it_goes_a_little_at_a_time_is_paused_and_gone_on_with_and_duty_overtakes(city, clock):
    notice = written(city)
    do(city, notice, "start")
    assert release_due() == 1 and release_due() == 0  # 60 a minute are one a second
    clock.shift(timedelta(seconds=2))
    assert release_due() == 2
    duty = {"code": "123456"}
    queue([Draft(template="order_code", phone=city.zhang.phone, params=duty, key="duty")])
    order = Message.objects.filter(state="queued").order_by("-is_duty", "next_attempt_at", "pk")
    assert order.first().key == "duty"
    send_all()
    do(city, notice, "pause")
    clock.shift(timedelta(seconds=30))
    assert release_due() == 0 and states(notice) == ["sent"] * 3
    do(city, notice, "resume")
    clock.move_to(NOON + timedelta(hours=11))  # quiet
    assert release_due() == 0 and "安静时段" in shown(city, notice)
    clock.move_to(NOON + timedelta(hours=20))
    while Notice.objects.get(pk=notice.pk).state == "running":
        assert release_due() == 1
        clock.shift(timedelta(seconds=1))
        send_all()
    assert states(notice) == ["sent"] * 6
    phones = {message.phone for message in Message.objects.filter(subject=notice.subject)}
    assert phones == {phone(n) for n in range(6)}
    assert all(row.phone == "" for row in notice.recipients.all())
    page = Client().get(f"/n/{notice.token}").content.decode()
    assert "检修管道" in page and "停发" not in page
    kinds = Record.objects.filter(about=notice.subject).order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == [
        "notice_written", "notice_started", "notice_paused", "notice_resumed",
    ]  # fmt: skip
    assert not any(phone(0) in data for data in kinds.values_list("data", flat=True))


def test_stopping_cancels_what_waits_and_says_so_to_who_got_it(city, clock):
    notice = written(city, per_minute="180")
    assert do(city, notice, "pause").status_code == 302  # nothing to pause: said, nothing done
    assert Notice.objects.get(pk=notice.pk).state == "draft"
    do(city, notice, "start")
    assert release_due() == 3
    Message.objects.filter(key=f"{notice.subject}:{notice.recipients.first().pk}").update(
        state="sent"
    )
    do(city, notice, "stop")
    assert states(notice) == ["sent", "aborted", "aborted"]
    registry.register_check([notices.TEMPLATE], notices.no_longer_right)
    again = Message.objects.filter(subject=notice.subject, state="aborted").first()
    retry(again, by=staff(city.operator))
    send_all()
    assert states(notice) == ["sent", "aborted", "aborted"]
    assert release_due() == 0 and do(city, notice, "resume").status_code == 302
    assert Notice.objects.get(pk=notice.pk).state == "stopped"
    assert all(row.phone == "" for row in notice.recipients.all())
    assert "已经停发" in Client().get(f"/n/{notice.token}").content.decode()
    assert Client().get(f"/n/{notice.token[:-1]}x").status_code == 404


def test_who_publishes_elsewhere_sees_nothing_and_the_list_costs_the_same(
    city, django_assert_max_num_queries
):
    notice = written(city)
    far = someone("far-pub", "外县宣传", city.far_cadre.posts.get().unit, Role.PUBLISHER)
    assert at_desk(far).get(f"{HERE}/{notice.pk}").status_code == 404
    assert do(city, notice, "start", who=far).status_code == 404
    assert notice.title not in at_desk(far).get(HERE).content.decode()
    assert at_desk(far).post(f"{HERE}/new", form(city)).status_code == 422  # another's post
    assert at_desk(city.dispatcher).get(HERE).status_code == 404
    assert notice.title in at_desk(city.operator).get(HERE).content.decode()
    desk = at_desk(city.publisher)
    desk.get(HERE)
    with django_assert_max_num_queries(20) as one:
        desk.get(HERE)
    written(city, title="第二条")
    written(city, title="第三条")
    with django_assert_max_num_queries(20) as three:
        desk.get(HERE)
    assert len(one) == len(three)
