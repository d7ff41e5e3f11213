"""Several providers for one purpose: who gets a message, and that it goes out once."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from fake_providers import FakeAliyun, running
from mashang.core import cached
from mashang.messaging import lanes, senders, sending
from mashang.messaging.actions import queue
from mashang.messaging.breaker import Health
from mashang.messaging.models import (
    Approval,
    Attempt,
    Message,
    Provider,
    ProviderHealth,
    ProviderKind,
    Purpose,
)
from mashang.messaging.rescuing import rescue_stuck
from mashang.messaging.senders import (
    UNKNOWN,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.senders.calls import CallGateway
from mashang.messaging.senders.demo import DemoCalls
from mashang.messaging.sending import send_due

pytestmark = pytest.mark.django_db
ALL = list(Purpose.values)


class Recording:
    """Accepts all, or fails all with `failure`; `known` answers what was accepted."""

    uses_network = False

    def __init__(self):
        self.failure = None
        self.sent = []
        self.known = {}

    def send(self, parcel):
        if self.failure is not None:
            raise self.failure
        self.sent.append(parcel.key)
        return f"ref-{parcel.key}"

    def was_accepted(self, parcel):
        return self.known.get(parcel.key)


@pytest.fixture
def providers(monkeypatch):
    """Makes a provider of the city's data that only records; gives back its sender."""
    made = {}

    def make(code, kind=ProviderKind.GATEWAY, **values):
        made[code] = Recording()
        values = {"name": code, "purposes": ALL, **values}
        Provider.objects.create(code=code, kind=kind, **values)
        cached.forget_all()
        return made[code]

    monkeypatch.setattr(senders, "make", lambda provider: made[provider.code])
    return make


@pytest.fixture
def many(draft):
    def fill(count, **changes):
        queue([draft(key=f"k{n}", phone=f"139{n:08d}", **changes) for n in range(count)])

    return fill


def drain():
    while send_due():
        pass


def states():
    return dict(Message.objects.values_list("key", "state"))


def test_two_providers_share_by_weight(providers, many):
    one, two = providers("one", weight=75), providers("two", weight=25)
    many(200)
    drain()
    assert len(one.sent) + len(two.sent) == 200
    assert 110 < len(one.sent) < 190
    assert set(states().values()) == {"sent"}
    used = Message.objects.filter(provider="two").values_list("key", flat=True)
    assert sorted(used) == sorted(two.sent)


def test_one_dead_and_all_goes_through_the_other_at_once(providers, many):
    one, two = providers("one"), providers("two")
    one.failure = TemporaryFailure("503 busy")
    many(50)
    drain()
    assert sorted(two.sent) == sorted(f"k{n}" for n in range(50))
    assert set(states().values()) == {"sent"}
    assert set(Message.objects.values_list("provider", flat=True)) == {"two"}
    trouble = Attempt.objects.filter(provider="one")
    assert trouble.exists()
    assert set(trouble.values_list("outcome", "words")) == {("temporary", "503 busy")}


def test_a_refusal_is_final_and_not_tried_elsewhere(providers, many):
    one, two = providers("one"), providers("two")
    one.failure = PermanentFailure("空号")
    many(40)
    drain()
    failed = Message.objects.filter(state="failed")
    assert set(failed.values_list("provider", "reason")) == {("one", "空号")}
    assert failed.count() + len(two.sent) == 40


def test_with_all_dead_everything_waits_and_nothing_is_lost(providers, many):
    one, two = providers("one"), providers("two")
    one.failure = two.failure = TemporaryFailure("503")
    many(30)
    drain()
    assert set(states().values()) == {"queued"}
    one.failure = two.failure = None
    lanes.forget()
    Message.objects.update(next_attempt_at=timezone.now())
    drain()
    assert sorted(one.sent + two.sent) == sorted(f"k{n}" for n in range(30))


def test_an_unknown_outcome_is_asked_of_the_provider_that_had_it(providers, draft):
    one, two = providers("one", weight=100), providers("two", weight=0)
    one.failure = OutcomeUnknown("no answer")
    queue([draft(key="had"), draft(key="never", phone="13900000002")])
    drain()
    assert set(states().values()) == {"sending"}
    Message.objects.update(claimed_at=timezone.now() - timedelta(seconds=61))
    one.known, two.known = {"had": "ref-1"}, {"had": UNKNOWN, "never": UNKNOWN}
    one.failure = None
    rescue_stuck()
    assert states() == {"had": "sent", "never": "queued"}
    drain()
    assert one.sent == ["never"]


def test_a_message_claimed_and_handed_to_nobody_is_queued_again(providers, draft):
    providers("one"), providers("two")
    queue([draft()])
    then = timezone.now() - timedelta(seconds=61)
    Message.objects.update(state="sending", claimed_at=then, provider="")
    rescue_stuck()
    assert list(states().values()) == ["queued"]


def test_what_another_had_earlier_and_nobody_has_now_is_queued_again(providers, draft, monkeypatch):
    one, two = providers("one"), providers("two")
    one.failure = two.failure = TemporaryFailure("503")
    queue([draft(key="k")])
    drain()
    Message.objects.update(next_attempt_at=timezone.now())
    lanes.forget()
    monkeypatch.setattr(sending, "_note_lanes", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send_due()
    Message.objects.update(claimed_at=timezone.now() - timedelta(seconds=61))
    one.known = two.known = {"k": UNKNOWN}
    rescue_stuck()
    assert states() == {"k": "queued"}


def test_a_purpose_has_its_own_providers(providers, draft):
    residents = providers("residents", purposes=[Purpose.RESIDENT])
    staff = providers("staff", purposes=[Purpose.DUTY])
    queue([draft(key="r"), draft(key="d", template="duty_new")])
    queue([draft(key="c", template="verification", params={"code": "123456"})])
    drain()
    assert (residents.sent, staff.sent) == (["r"], ["d"])
    failed = Message.objects.get(key="c")
    assert (failed.state, failed.reason) == ("failed", "没有能发这类短信的通道")


def test_while_the_only_provider_of_a_purpose_is_down_the_others_go_on(providers, draft):
    residents = providers("residents", purposes=[Purpose.RESIDENT])
    staff = providers("staff", purposes=[Purpose.DUTY])
    residents.failure = TemporaryFailure("503")
    queue([draft(key=f"r{n}", phone=f"139{n:08d}") for n in range(10)])
    drain()
    queue([draft(key="d", template="duty_new"), draft(key="r10", phone="13900000010")])
    drain()
    assert staff.sent == ["d"]
    assert states()["r10"] == "queued"


def test_a_provider_counts_from_its_day_and_may_be_switched_off(providers, draft):
    later = providers("later", valid_from=timezone.localdate() + timedelta(days=1))
    off = providers("off", is_enabled=False)
    now = providers("now")
    queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(9)])
    drain()
    assert (len(later.sent), len(off.sent), len(now.sent)) == (0, 0, 9)


def test_a_provider_with_an_option_that_is_nonsense_holds_up_no_other(providers, many):
    broken, other = providers("broken", options={"at_once": "many"}), providers("other")
    many(3)
    drain()
    assert (len(broken.sent), len(other.sent)) == (0, 3)


@pytest.mark.parametrize("option", ["url", "endpoint", "protocol"])
def test_in_production_nothing_goes_over_an_open_line(option):
    value = "HTTP" if option == "protocol" else "http://sms.example"
    provider = Provider(code="one", kind="gateway", options={"url": "https://a", option: value})
    with override_settings(PRODUCTION=True), pytest.raises(ValueError, match="production"):
        senders.make(provider)


class TestApprovedWordings:
    """阿里云 sends nothing but wordings that it approved, by its own number."""

    @pytest.fixture
    def aliyun(self, providers):
        return providers("aliyun", kind=ProviderKind.ALIYUN, name="阿里云")

    def approve(self, **values):
        values = {"provider": "aliyun", "template": "receipt", "state": "approved", **values}
        Approval.objects.create(provider_code="SMS_1", **values)
        cached.forget_all()

    def test_a_wording_that_is_not_approved_is_refused_before_sending(self, aliyun, draft):
        self.approve(state="submitted")
        queue([draft()])
        drain()
        assert aliyun.sent == []
        message = Message.objects.get()
        assert (message.state, message.attempts) == ("failed", 0)
        assert message.reason == "阿里云没有审核通过这条短信的模板"

    def test_a_value_that_does_not_fit_is_refused_with_the_reason(self, aliyun, draft):
        self.approve(variables=[["number", 9], ["caller", 3], ["due", 20], ["link", 60]])
        queue([draft()])
        drain()
        assert aliyun.sent == []
        assert Message.objects.get().reason == "打电话的单位有 4 个字，阿里云的模板最多 3 个字"

    def test_where_another_provider_can_carry_it_that_one_does(self, aliyun, providers, draft):
        other = providers("other")
        queue([draft()])
        drain()
        assert other.sent == ["case:1:receipt:1:r"]

    def test_the_variables_go_in_the_order_of_the_wording(self, aliyun, draft):
        handed = []
        aliyun.send = lambda parcel: handed.append(parcel) or "ref"
        self.approve()
        queue([draft()])
        drain()
        assert handed[0].template == "SMS_1"
        assert list(handed[0].params) == ["number", "caller", "due", "link"]
        assert Message.objects.get().parts == 2


class TestHealth:
    def test_errors_and_slowness_take_weight_and_time_heals(self):
        now = [0.0]
        health = Health(clock=lambda: now[0])
        assert health.share == 1
        for _error in range(5):
            health.note(is_error=True, seconds=0.1)
        assert health.share == pytest.approx(0.8**5, abs=0.01)
        now[0] = 30.0
        assert health.share == pytest.approx(1 - (1 - 0.8**5) / 2, abs=0.01)
        now[0] = 600.0
        assert health.share == pytest.approx(1, abs=0.01)
        for _slow in range(200):
            health.note(is_error=False, seconds=5.0)
        assert health.share == Health.LEAST

    def test_it_is_told_for_the_page_when_it_changes(self, providers, many):
        one = providers("one")
        providers("two")
        one.failure = TemporaryFailure("503 busy")
        many(20)
        drain()
        assert lanes.tell_health() == 2
        assert lanes.tell_health() <= 1
        told = ProviderHealth.objects.get(provider="one")
        assert told.share < 100
        assert told.words == "503 busy"


def test_a_dead_and_a_half_dead_aliyun_beside_a_whole_one(draft):
    """Over the wire: one answers nothing, one loses every third answer, one is well."""
    keys = {"KEY": FakeAliyun.key, "SECRET": FakeAliyun.secret}
    secrets = {f"{code}_{name}": key for code in ("A", "B", "C") for name, key in keys.items()}
    with (
        running(FakeAliyun) as lossy,
        running(FakeAliyun) as well,
        override_settings(PROVIDER_SECRETS=secrets),
    ):
        lossy.deed = lambda key: "lose" if int(key[1:]) % 3 == 0 else "accept"
        for code, address in (("a", "127.0.0.1:9"), ("b", lossy.address), ("c", well.address)):
            options = {"endpoint": address, "protocol": "HTTP", "seconds": 2}
            values = {"name": code, "purposes": ALL, "options": options}
            Provider.objects.create(code=code, kind=ProviderKind.ALIYUN, **values)
            Approval.objects.create(
                provider=code, template="receipt", state="approved", provider_code="SMS_1"
            )
        cached.forget_all()
        queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(60)])
        for _minute in range(4):
            for _round in range(8):
                send_due()
            for lane in lanes.in_use():
                lane.breaker.succeeded()
            then = timezone.now() - timedelta(minutes=3)
            Message.objects.filter(state="sending").update(claimed_at=then, handed_at=then)
            Message.objects.filter(state="queued").update(next_attempt_at=timezone.now())
            rescue_stuck()
        assert lossy.accepted + well.accepted == {f"k{n}": 1 for n in range(60)}
        assert set(states().values()) == {"sent"}
        assert not sending._flights


def test_what_is_only_shown_sends_nothing_but_in_production_is_real(settings):
    row = Provider(
        code="x", kind="call_gateway", options={"demo": True, "url": "https://calls.city.example"}
    )
    assert isinstance(senders.make(row), DemoCalls)
    settings.PRODUCTION = True
    assert isinstance(senders.make(row), CallGateway)
