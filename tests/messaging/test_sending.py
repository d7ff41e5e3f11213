"""The worker's rounds with senders that only record what they are asked."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from mashang.messaging import lanes, sending
from mashang.messaging.actions import queue
from mashang.messaging.breaker import Breaker
from mashang.messaging.models import Message, MessageState
from mashang.messaging.registry import register_check, register_failure
from mashang.messaging.rescuing import expire_late, rescue_stuck
from mashang.messaging.senders import (
    UNKNOWN,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.sending import send_due

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class Recording:
    """Accepts all, or raises what `failing` maps a key to; remembers the order."""

    uses_network = False

    def __init__(self, failing=None):
        self.failing = failing or {}
        self.sent = []
        self.known = {}

    def send(self, parcel):
        failure = self.failing.get(parcel.key, self.failing.get("*"))
        if failure is not None:
            raise failure
        self.sent.append(parcel.key)
        return f"ref-{parcel.key}"

    def was_accepted(self, parcel):
        answer = self.known.get(parcel.key)
        if isinstance(answer, Exception):
            raise answer
        return answer


def states():
    return dict(Message.objects.values_list("key", "state"))


def drain(sender=None):
    while send_due(sender):
        pass


def hold(key="case:1:receipt:1:r", seconds=61):
    """As if a worker claimed the message so long ago and was killed."""
    then = timezone.now() - timedelta(seconds=seconds)
    Message.objects.filter(key=key).update(
        state=MessageState.SENDING, claimed_by="gone", claimed_at=then
    )


class TestTheDemoSender:
    def test_marks_messages_sent(self, draft):
        queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(3)])
        assert send_due() == 3
        assert send_due() == 0
        assert set(states().values()) == {"sent"}
        message = Message.objects.first()
        assert (message.provider_reference, message.attempts) == ("demo", 1)
        assert message.sent_at >= message.queued_at

    def test_a_batch_of_two_hundred_takes_five_queries(self, draft, django_assert_num_queries):
        queue(
            [
                draft(key=f"k{n}", phone=f"139{n:08d}", template=template)
                for n, template in enumerate(["receipt", "duty_new"] * 100)
            ]
        )
        send_due()  # nothing cached is counted below
        Message.objects.update(state=MessageState.QUEUED)
        with django_assert_num_queries(5):  # look, claim, load, daily limits, mark
            assert send_due() == 200

    def test_an_idle_round_is_one_query(self, django_assert_num_queries):
        send_due()  # the providers are kept for seconds
        with django_assert_num_queries(1):
            assert send_due() == 0

    def test_the_look_for_due_messages_uses_its_index(self, draft):
        queue([draft()])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET enable_seqscan = off")
                cursor.execute("SET enable_sort = off")
                explain = "EXPLAIN "
            else:
                explain = "EXPLAIN QUERY PLAN "
            cursor.execute(
                explain + "SELECT id FROM messaging_message WHERE state = 'queued' AND "
                "next_attempt_at <= '2999-01-01' AND expires_at > '2000-01-01' "
                "ORDER BY is_duty DESC, next_attempt_at, id LIMIT 100"
            )
            plan = str(cursor.fetchall())
        assert "messages_to_send" in plan
        assert "TEMP B-TREE" not in plan


def test_duty_messages_overtake(draft):
    sender = Recording()
    queue([draft(key=f"notice{n}") for n in range(3)])
    queue([draft(key=f"duty{n}", template="duty_new") for n in range(2)])
    drain(sender)
    assert sender.sent == ["duty0", "duty1", "notice0", "notice1", "notice2"]


def test_a_message_is_not_sent_before_its_time_nor_after(draft):
    with time_machine.travel(NOON, tick=False) as clock:
        queue(
            [
                draft(key="later", not_before=NOON + timedelta(hours=1)),
                draft(key="brief", valid_for=timedelta(minutes=10)),
            ]
        )
        clock.move_to(NOON + timedelta(minutes=10))
        sender = Recording()
        drain(sender)
        assert sender.sent == []
        clock.move_to(NOON + timedelta(hours=1))
        drain(sender)
        assert sender.sent == ["later"]


def test_a_notice_that_got_late_waits_for_the_morning(draft):
    evening = datetime(2026, 11, 23, 13, 59, 59, tzinfo=UTC)  # 21:59:59 in the city
    with time_machine.travel(evening, tick=False) as clock:
        queue([draft(key="notice", template="answered"), draft(key="receipt")])
        clock.move_to(evening + timedelta(seconds=1))
        sender = Recording()
        drain(sender)
        assert sender.sent == ["receipt"]
        notice = Message.objects.get(key="notice")
        assert (notice.state, notice.attempts) == ("queued", 0)
        assert notice.next_attempt_at == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
        clock.move_to(notice.next_attempt_at)
        drain(sender)
        assert sender.sent == ["receipt", "notice"]


class TestStillRightToSend:
    def test_a_check_sees_its_templates_together_and_stops_what_is_overtaken(self, draft):
        queue([draft(key=f"k{n}", template="duty_new") for n in range(3)] + [draft(key="r")])
        overtaken = Message.objects.get(key="k1").pk
        asked = []

        def check(messages):
            asked.append(sorted(message.key for message in messages))
            return {overtaken: "已经联系上了"}

        register_check(["duty_new", "duty_urgent"], check)
        sender = Recording()
        drain(sender)
        assert asked == [["k0", "k1", "k2"]]
        assert sorted(sender.sent) == ["k0", "k2", "r"]
        stopped = Message.objects.get(key="k1")
        assert (stopped.state, stopped.reason, stopped.attempts) == ("aborted", "已经联系上了", 0)

    def test_a_check_that_breaks_holds_back_its_own_messages_only(self, draft, caplog):
        def check(messages):
            raise RuntimeError("a fault in a check")

        register_check(["duty_new"], check)
        queue([draft(key="duty", template="duty_new"), draft(key="notice")])
        sender = Recording()
        drain(sender)
        assert sender.sent == ["notice"]
        assert states()["duty"] == "queued"
        assert Message.objects.get(key="duty").next_attempt_at > timezone.now()
        assert "a fault in a check" in caplog.text


class TestFailures:
    def test_a_temporary_failure_waits_a_minute_doubling_to_an_hour(self, draft):
        sender = Recording({"*": TemporaryFailure("503")})
        waits = []
        with time_machine.travel(NOON, tick=False) as clock:
            queue([draft(template="duty_new", valid_for=timedelta(hours=6))])
            for _attempt in range(9):
                lanes.of(sender).breaker.succeeded()
                assert send_due(sender) == 1
                message = Message.objects.get()
                waits.append((message.next_attempt_at - timezone.now()).total_seconds() / 60)
                assert (message.state, message.reason) == ("queued", "503")
                clock.move_to(message.next_attempt_at)
            assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
            assert message.attempts == 9

    def test_what_cannot_go_out_in_its_time_expires_and_keeps_the_reason(self, draft):
        with time_machine.travel(NOON, tick=False) as clock:
            queue([draft(valid_for=timedelta(minutes=10))])
            send_due(Recording({"*": TemporaryFailure("503 busy")}))
            clock.move_to(NOON + timedelta(minutes=9))
            assert expire_late() == 0
            clock.move_to(NOON + timedelta(minutes=10))
            assert expire_late() == 1
            assert send_due(Recording()) == 0
        message = Message.objects.get()
        assert (message.state, message.reason) == ("expired", "503 busy")

    def test_a_permanent_failure_is_final_and_says_why(self, draft):
        queue([draft()])
        drain(Recording({"*": PermanentFailure("422 空号")}))
        message = Message.objects.get()
        assert (message.state, message.reason, message.attempts) == ("failed", "422 空号", 1)

    def test_a_reason_of_any_length_is_stored(self, draft):
        queue([draft()])
        drain(Recording({"*": PermanentFailure("长" * 999)}))
        assert Message.objects.get().reason == "长" * 200

    def test_an_unexpected_fault_of_a_sender_is_an_unknown_outcome(self, draft, caplog):
        queue([draft()])
        drain(Recording({"*": ZeroDivisionError("a fault in a sender")}))
        assert states() == {"case:1:receipt:1:r": "sending"}
        assert "a fault in a sender" in caplog.text

    def test_one_row_that_no_key_opens_does_not_hold_up_the_others(self, draft):
        queue([draft(key="good"), draft(key="altered"), draft(key="good too")])
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_message SET params = 'aes-gcm:t1:AAAA' WHERE key = 'altered'"
            )
        sender = Recording()
        drain(sender)
        assert sorted(sender.sent) == ["good", "good too"]
        failed = Message.objects.defer("params").get(key="altered")
        assert (failed.state, failed.reason) == ("failed", "内容无法解密")

    def test_nor_does_one_that_a_dead_worker_held(self, draft):
        queue([draft(key="altered"), draft(key="good")])
        then = timezone.now() - timedelta(seconds=61)
        Message.objects.update(state="sending", claimed_at=then)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_message SET phone = 'aes-gcm:t1:AAAA' WHERE key = 'altered'"
            )
        rescue_stuck(Recording())
        assert dict(Message.objects.values_list("key", "state")) == {
            "altered": "failed",
            "good": "queued",
        }


class TestAfterAFailedMessage:
    @pytest.fixture
    def told(self):
        seen = []
        register_failure(lambda message: seen.append((message.key, message.state, message.reason)))
        return seen

    def test_the_hook_hears_of_it_once(self, draft, told):
        queue([draft(key="duty", template="duty_new"), draft(key="notice")])
        drain(Recording({"*": PermanentFailure("422 停机")}))
        assert sorted(told) == [("duty", "failed", "422 停机"), ("notice", "failed", "422 停机")]
        assert states() == {"duty": "failed", "notice": "failed"}

    def test_the_hook_hears_of_an_expired_one(self, draft, told):
        with time_machine.travel(NOON, tick=False) as clock:
            queue([draft(key="duty", template="duty_new"), draft(key="notice")])
            clock.move_to(NOON + timedelta(hours=24))
            expire_late()
            expire_late()
        assert sorted(told) == [("duty", "expired", ""), ("notice", "expired", "")]

    def test_a_landline_fails_without_asking_the_provider(self, draft, told):
        queue([draft(key="duty", template="duty_new", phone="09438221234")])
        sender = Recording()
        drain(sender)
        assert sender.sent == []
        assert told == [("duty", "failed", "这个号码收不到短信")]

    def test_what_the_hook_queues_stands_or_falls_with_the_failure(self, draft):
        def tell_next(message):
            queue([draft(key=f"next:{message.key}", template="duty_failed")])
            if not mended:
                raise RuntimeError("the next person could not be found")

        mended = []
        register_failure(tell_next)
        queue([draft(key="duty", template="duty_new")])
        sender = Recording({"duty": PermanentFailure("422")})
        drain(sender)
        assert states() == {"duty": "sending"}
        mended.append(True)
        hold("duty")
        rescue_stuck(sender)
        drain(sender)
        assert states() == {"duty": "failed", "next:duty": "sent"}


class TestTheDailyLimit:
    @pytest.fixture(autouse=True)
    def of_all_wordings(self, settings):
        settings.SAME_NOTICE_PER_PHONE_A_DAY = 1000

    def test_the_fifty_first_notice_of_a_day_is_withheld(self, draft):
        with time_machine.travel(NOON, tick=False) as clock:
            queue([draft(key=f"k{n:02d}") for n in range(52)])
            queue([draft(key="other", phone="13900000002")])
            sender = Recording()
            drain(sender)
            assert sorted(sender.sent) == [f"k{n:02d}" for n in range(50)] + ["other"]
            withheld = Message.objects.filter(state=MessageState.WITHHELD)
            assert sorted(message.key for message in withheld) == ["k50", "k51"]
            assert "50" in withheld[0].reason
            clock.move_to(NOON + timedelta(hours=12))  # midnight in the city
            queue([draft(key="tomorrow")])
            drain(sender)
            assert sender.sent[-1] == "tomorrow"

    def test_it_holds_over_several_rounds(self, draft):
        sender = Recording()
        for n in range(51):
            queue([draft(key=f"k{n}")])
            drain(sender)
        assert states()["k50"] == "withheld"
        assert len(sender.sent) == 50

    def test_duty_messages_count_but_are_never_held_back(self, draft):
        sender = Recording()
        queue([draft(key=f"d{n}", template="duty_new") for n in range(60)])
        queue([draft(key="notice")])
        drain(sender)
        assert len(sender.sent) == 60
        assert states()["notice"] == "withheld"

    def test_codes_stand_outside_it(self, draft):
        sender = Recording()
        queue([draft(key=f"k{n}") for n in range(50)])
        queue([draft(key="code", template="verification", params={"code": "123456"})])
        drain(sender)
        assert "code" in sender.sent


class TestRescue:
    def test_a_fresh_claim_is_left_alone(self, draft):
        queue([draft()])
        hold(seconds=59)
        assert rescue_stuck(Recording()) == 0
        assert states() == {"case:1:receipt:1:r": "sending"}

    def test_what_was_accepted_is_sent_and_what_was_not_is_queued(self, draft):
        queue([draft(key="accepted"), draft(key="never")])
        hold("accepted")
        hold("never")
        sender = Recording()
        sender.known = {"accepted": "ref-9", "never": None}
        assert rescue_stuck(sender) == 2
        assert states() == {"accepted": "sent", "never": "queued"}
        assert Message.objects.get(key="accepted").provider_reference == "ref-9"

    def test_what_nobody_knows_fails_and_is_never_sent_again(self, draft):
        told = []
        register_failure(told.append)
        queue([draft(key="duty", template="duty_new"), draft(key="notice")])
        hold("duty")
        hold("notice")
        sender = Recording()
        sender.known = {"duty": UNKNOWN, "notice": UNKNOWN}
        rescue_stuck(sender)
        drain(sender)
        assert sender.sent == []
        assert set(states().values()) == {"failed"}
        assert set(Message.objects.values_list("reason", flat=True)) == {"结果不明"}
        assert [message.key for message in told] == ["duty", "notice"]

    def test_a_sender_that_cannot_be_asked_is_asked_again_until_the_end(self, draft):
        sender = Recording()
        sender.known = {"duty": TemporaryFailure("503")}
        with time_machine.travel(NOON, tick=False) as clock:
            queue([draft(key="duty", template="duty_new", valid_for=timedelta(minutes=30))])
            hold("duty")
            assert rescue_stuck(sender) == 0
            assert states() == {"duty": "sending"}
            clock.move_to(NOON + timedelta(minutes=29))
            assert rescue_stuck(sender) == 0
            clock.move_to(NOON + timedelta(minutes=31))
            assert rescue_stuck(sender) == 1
        assert Message.objects.get().reason == "结果不明"

    def test_a_message_claimed_anew_in_the_meantime_is_not_touched(self, draft):
        queue([draft(key="k")])
        hold("k")
        sender = Recording()

        def claimed_while_we_ask(parcel):
            Message.objects.update(claimed_at=timezone.now(), claimed_by="another")

        sender.was_accepted = claimed_while_we_ask
        rescue_stuck(sender)
        assert states() == {"k": "sending"}


def test_a_worker_held_up_after_its_claim_gives_back_what_it_did_not_begin(draft, monkeypatch):
    queue([draft()])
    monkeypatch.setattr(sending, "BEGIN_WITHIN", -1.0)
    sender = Recording()
    assert send_due(sender) == 1
    message = Message.objects.get()
    assert (sender.sent, message.state, message.attempts) == ([], "queued", 0)


def test_a_result_that_comes_after_the_rescue_changes_nothing(draft):
    queue([draft(key="k")])

    class Slow(Recording):
        def send(self, parcel):
            Message.objects.update(state=MessageState.FAILED, reason="结果不明")
            return super().send(parcel)

    send_due(Slow())
    message = Message.objects.get()
    assert (message.state, message.reason) == ("failed", "结果不明")


class TestAProviderThatIsDown:
    @pytest.fixture
    def clock(self, monkeypatch):
        """The pause counted on the frozen clock of the test."""
        monkeypatch.setattr(lanes, "new_breaker", lambda: Breaker(clock=time.time))
        with time_machine.travel(NOON, tick=False) as moved:
            yield moved

    def test_ten_minutes_dead_and_every_message_goes_out_once(self, draft, clock):
        sender = Recording({"*": TemporaryFailure("503")})
        tried = 0
        for second in range(600):
            clock.move_to(NOON + timedelta(seconds=second))
            queue([draft(key=f"k{second}", phone=f"139{second:08d}")])
            tried += send_due(sender)
        assert sender.sent == []
        assert tried < 60  # it was left alone most of the time
        sender.failing = {}
        for minute in range(10, 40):
            clock.move_to(NOON + timedelta(minutes=minute))
            drain(sender)
        assert sorted(sender.sent) == sorted(f"k{n}" for n in range(600))
        assert set(states().values()) == {"sent"}

    def test_after_five_failures_one_probe_a_pause_goes_through(self, draft, clock):
        sender = Recording({f"k{n}": OutcomeUnknown() for n in range(20)})
        sending.BATCH, whole = 5, sending.BATCH
        try:
            queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(30)])
            assert send_due(sender) == 5
            assert send_due(sender) == 0
            clock.move_to(NOON + timedelta(seconds=1))
            assert (send_due(sender), send_due(sender)) == (1, 0)
            clock.move_to(NOON + timedelta(seconds=2))
            assert send_due(sender) == 0
            clock.move_to(NOON + timedelta(seconds=3))
            sender.failing = {}
            assert (send_due(sender), send_due(sender)) == (1, 5)
        finally:
            sending.BATCH = whole

    def test_a_refusal_of_one_message_is_a_sign_of_life(self, draft):
        sender = Recording({f"k{n}": TemporaryFailure() for n in range(0, 20, 2)})
        sender.failing |= {f"k{n}": PermanentFailure() for n in range(1, 20, 2)}
        queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(20)])
        assert send_due(sender) == 20
        assert lanes.of(sender).breaker.allowance(100) == 100

    def test_pauses_grow_to_half_a_minute_and_end_with_the_first_success(self):
        now = [0.0]
        breaker, pauses = Breaker(clock=lambda: now[0]), []
        for _failure in range(4):
            breaker.failed()
        assert breaker.allowance(100) == 100
        for _failure in range(8):
            breaker.failed()
            assert breaker.allowance(100) == 0
            start = now[0]
            while breaker.allowance(100) == 0:
                now[0] += 0.5
            pauses.append(now[0] - start)
            assert breaker.allowance(100) == 1
        assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
        breaker.succeeded()
        assert breaker.allowance(100) == 100
