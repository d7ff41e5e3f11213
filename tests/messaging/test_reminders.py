"""Reminders beside the duty SMS: who gets which, what stands in them, and the page for it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from builders import NAME, NOON, PHONE, WORDS, a_filed, make_city
from mashang.audit.models import Record
from mashang.cases.actions import climbing, delivery
from mashang.cases.models import Conflict
from mashang.core import cached
from mashang.messaging import nudging, senders
from mashang.messaging.models import Address, Attempt, Message, Provider
from mashang.messaging.senders import AddressGone, TemporaryFailure
from mashang.messaging.sending import send_due
from mashang.operations.keys import push_key
from visits import at_desk

pytestmark = pytest.mark.django_db
PAGE = "/desk/reminders"
KINDS = ("smtp", "wecom_group", "ding_group", "wecom_app", "push")
WEBHOOK = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=3a5f-robot"
SECRET = next(iter(push_key("push").values()))


class Recording:
    uses_network = False

    def __init__(self):
        self.sent, self.failure = [], None

    def send(self, parcel):
        if self.failure:
            raise self.failure
        self.sent.append(parcel)
        return ""

    def was_accepted(self, parcel):
        return None


@pytest.fixture
def city():
    delivery.register()
    nudging.forget()
    with time_machine.travel(NOON, tick=False):
        yield make_city()


@pytest.fixture
def lanes_of(monkeypatch, city):
    """A recording provider of each channel; SMS go by the demonstration's phone."""
    made = {kind: Recording() for kind in KINDS}
    for kind in KINDS:
        Provider.objects.create(code=kind, name=kind, kind=kind, purposes=["nudge"])
    cached.forget_all()
    real = senders.make

    def make(provider):
        return real(provider) if provider.kind == "push" else made[provider.kind]

    monkeypatch.setattr(senders, "make", make)
    options = {"subject": "mailto:ops@city.example"}
    Provider.objects.filter(kind="push").update(options=options)
    with override_settings(PROVIDER_SECRETS={"PUSH_SECRET": SECRET}):
        yield made


def work():
    nudging.nudge_due()
    while send_due():
        pass


def keep(account, channel, **fields):
    return Address.objects.create(channel=channel, account=account, fields=fields, digest=channel)


def keep_group(unit, **fields):
    return Address.objects.create(channel="wecom_group", unit=unit, fields=fields, digest="g")


def test_a_duty_sms_is_repeated_once_to_its_person_and_the_unit_s_group(city, lanes_of):
    keep(city.zhang, "smtp", email="zhang@city.example")
    keep(city.neighbour, "smtp", email="neighbour@city.example")
    keep_group(city.yihe_unit, key="ours")
    keep_group(city.next_door_unit, key="theirs")
    case = a_filed(city).case
    work()
    nudging.forget()  # another worker
    work()
    [mail], [group] = lanes_of["smtp"].sent, lanes_of["wecom_group"].sent
    assert (mail.address, group.address) == ({"email": "zhang@city.example"}, {"key": "ours"})
    for parcel in (mail, group):
        assert parcel.text == (
            f"【码上办】新诉求{case.number}（颐和社区），请在12:30前处理。请点短信里的链接办理。"
        )
        assert not any(word in parcel.text for word in (WORDS[:6], NAME, PHONE, "http"))
    duty = Message.objects.get(subject=case.subject, is_duty=True)
    assert (duty.channel, duty.state, duty.phone) == ("sms", "sent", city.zhang.phone)
    assert "http" not in str(Message.objects.filter(channel="smtp").get().params)


def test_what_climbs_is_repeated_and_the_group_is_told_once(city, lanes_of):
    keep(city.commissioner, "wecom_app", user="wang")
    keep_group(city.yihe_unit, key="ours")
    a_filed(city)
    work()
    with time_machine.travel(NOON + timedelta(minutes=31), tick=False):
        cached.forget_all()
        climbing.look_at_due()
        work()
    assert [parcel.address for parcel in lanes_of["wecom_app"].sent] == [{"user": "wang"}]
    assert "已过期限" in lanes_of["wecom_app"].sent[0].text
    assert len({parcel.key for parcel in lanes_of["wecom_group"].sent}) == len(
        lanes_of["wecom_group"].sent
    )


def test_nothing_of_a_sealed_matter_and_no_group_where_somebody_must_not_hear(city, lanes_of):
    for account in (city.inspector, city.zhang):
        keep(account, "smtp", email="one@city.example")
    for unit in (city.inspection, city.yihe_unit):
        keep_group(unit, key="ours")
    a_filed(city, text="居委会主任收了钱不办事", is_sealed=True, accused_level="village")
    work()
    assert not Message.objects.exclude(channel="sms").exists()
    case = a_filed(city).case
    found = {"found_by": city.lead, "found_at": timezone.now()}
    Conflict.objects.create(case=case, account=city.li, **found)
    type(case).objects.filter(pk=case.pk).update(has_conflicts=True)
    work()
    assert [parcel.address["email"] for parcel in lanes_of["smtp"].sent] == ["one@city.example"]
    assert not lanes_of["wecom_group"].sent
    # What waits is not sent once the matter is sealed.
    lanes_of["smtp"].failure = TemporaryFailure("busy")
    another = a_filed(city).case
    work()
    type(another).objects.filter(pk=another.pk).update(is_sealed=True)
    lanes_of["smtp"].failure = None
    Message.objects.update(next_attempt_at=timezone.now())
    work()
    assert len(lanes_of["smtp"].sent) == 1
    assert Message.objects.get(subject=another.subject, channel="smtp").state == "aborted"


def test_a_reminder_that_fails_changes_nothing_about_the_sms(city, lanes_of):
    address = keep(city.zhang, "smtp", email="zhang@city.example")
    lanes_of["smtp"].failure = AddressGone("SMTP 550")
    case = a_filed(city).case
    work()
    reminder = Message.objects.get(channel="smtp")
    assert (reminder.state, reminder.reason) == ("failed", "SMTP 550")
    assert Attempt.objects.get(message=reminder).outcome == "refused"
    case.refresh_from_db()
    assert case.assignee == city.zhang
    assert not case.entries.filter(move="sms_failed").exists()
    address.refresh_from_db()
    assert address.trouble == "SMTP 550"
    lanes_of["smtp"].failure = None
    a_filed(city)
    work()
    assert not lanes_of["smtp"].sent  # nobody is written to there any more
    assert "发不到了（SMTP 550）" in at_desk(city.zhang).get(PAGE).content.decode()


def test_a_channel_that_is_down_holds_up_neither_sms_nor_another_channel(city, lanes_of):
    keep(city.zhang, "smtp", email="zhang@city.example")
    keep(city.zhang, "wecom_app", user="zhang")
    lanes_of["smtp"].failure = TemporaryFailure("no connection")
    for _one in range(7):
        a_filed(city)
        work()
        Message.objects.filter(channel="smtp").update(next_attempt_at=timezone.now())
    assert Message.objects.filter(is_duty=True, state="sent").count() == 7
    assert len(lanes_of["wecom_app"].sent) == 7
    assert send_due() == 0  # and no worker runs in circles for it


def test_a_person_sets_their_own_and_a_lead_the_group_of_the_unit(city, lanes_of):
    zhang, lead = at_desk(city.zhang), at_desk(city.lead)
    page = zhang.get(PAGE).content.decode()
    assert "电子邮件" in page and "企业微信群" not in page
    assert "钉钉 userid" not in page  # the city has none
    kept = zhang.post(PAGE, {"channel": "smtp", "smtp-email": "zhang@city.example"})
    assert kept.status_code == 302
    work()
    assert "试发" in lanes_of["smtp"].sent[0].text
    page = zhang.get(PAGE).content.decode()
    assert "已设置" in page and "zhang@city.example" not in page
    # Another one replaces it; a wrong one is refused and its words stay.
    zhang.post(PAGE, {"channel": "smtp", "smtp-email": "new@city.example"})
    assert Address.objects.get().fields == {"email": "new@city.example"}
    wrong = zhang.post(PAGE, {"channel": "wecom_app", "wecom_app-user": "张 三"})
    assert wrong.status_code == 422 and "张 三" in wrong.content.decode()
    group = {"channel": "wecom_group", "unit": city.yihe_unit.pk, "wecom_group-webhook": WEBHOOK}
    assert zhang.post(PAGE, group).status_code == 404
    foreign = {**group, "unit": city.next_door_unit.pk}
    assert lead.post(PAGE, foreign).status_code == 404
    evil = {**group, "wecom_group-webhook": WEBHOOK.replace("qyapi", "evil")}
    assert lead.post(PAGE, evil).status_code == 422
    assert lead.post(PAGE, group).status_code == 302
    robot = Address.objects.get(unit=city.yihe_unit)
    assert robot.fields == {"key": "3a5f-robot"}
    page = lead.get(PAGE).content.decode()
    assert "颐和社区居委会" in page and "3a5f" not in page
    # Nobody else may touch them; whose it is drops it, with what waits.
    mine = Address.objects.get(account=city.zhang)
    for browser, row in ((lead, mine), (zhang, robot)):
        assert browser.post(f"{PAGE}/{row.pk}/drop").status_code == 404
        assert browser.post(f"{PAGE}/{row.pk}/try").status_code == 404
    lanes_of["smtp"].failure = TemporaryFailure("busy")
    a_filed(city)
    work()
    assert zhang.post(f"{PAGE}/{mine.pk}/drop").status_code == 302
    Message.objects.update(next_attempt_at=timezone.now())
    work()
    assert set(Message.objects.filter(channel="smtp").values_list("state", flat=True)) == {
        "aborted", "sent",
    }  # fmt: skip
    kinds = list(Record.objects.filter(kind__startswith="address_").values_list("kind", flat=True))
    assert kinds.count("address_kept") == 3 and kinds.count("address_dropped") == 1
    assert not any("3a5f" in str(row.data) for row in Record.objects.all())


def test_a_browser_is_taken_only_with_a_push_service_s_address(city, lanes_of):
    zhang = at_desk(city.zhang)
    given = {
        "channel": "push",
        "push-endpoint": "https://updates.push.services.mozilla.com/wpush/v2/a",
        "push-p256dh": "B" + "A" * 86,
        "push-auth": "A" * 22,
    }
    assert zhang.post(PAGE, given).status_code == 302
    assert zhang.post(PAGE, given).status_code == 302  # the same browser once more
    assert Address.objects.count() == 1
    for changed in ({"push-endpoint": "https://10.0.0.1/x"}, {"push-auth": "AA"}):
        answer = zhang.post(PAGE, {**given, **changed})
        assert answer.status_code == 422 and "换一个浏览器" in answer.content.decode()


def test_without_providers_of_such_a_kind_nothing_is_offered_or_queued(city):
    keep(city.zhang, "smtp", email="zhang@city.example")
    a_filed(city)
    work()
    assert not Message.objects.exclude(channel="sms").exists()
    zhang = at_desk(city.zhang)
    assert "还没有开通" in zhang.get(PAGE).content.decode()
    assert zhang.post(PAGE, {"channel": "smtp", "smtp-email": "a@b.cn"}).status_code == 404


def test_the_page_costs_the_same_for_any_number_of_addresses(
    city, lanes_of, django_assert_max_num_queries
):
    browser = at_desk(city.lead)
    browser.get(PAGE)  # what is learned once
    keep(city.lead, "push", endpoint="1")
    with django_assert_max_num_queries(12) as one:
        assert browser.get(PAGE).content.decode().count("试发一条") == 1
    for number in ("2", "3"):
        Address.objects.create(
            channel="push", account=city.lead, fields={"endpoint": number}, digest=number
        )
    with django_assert_max_num_queries(len(one)):
        assert browser.get(PAGE).content.decode().count("试发一条") == 3
