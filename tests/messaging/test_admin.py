"""What the system operator sees of the outbox, and may do with it."""

import pytest

from mashang.messaging.actions import queue
from mashang.messaging.models import Message, MessageState
from mashang.people.models import Account, Post, Role, Unit, UnitKind
from mashang.places.models import Kind, Level, Place

pytestmark = pytest.mark.django_db
OUTBOX, WORDINGS = "/admin/messaging/message/", "/admin/messaging/template/"


@pytest.fixture
def operator(client):
    place = Place.objects.create(
        code="6204", level=Level.PREFECTURE, kind=Kind.CITY, name="某市", full_name="某市",
        pinyin="moushi", initials="ms",
    )  # fmt: skip
    unit = Unit.objects.create(code="u1", name="综治中心", kind=UnitKind.CENTRE, place=place)
    account = Account.objects.create_user("admin", name="管系统", phone="13900000009")
    Post.objects.create(account=account, unit=unit, role=Role.SYSTEM_OPERATOR, place=place)
    client.force_login(account)
    return client


def test_the_list_masks_numbers_and_hides_texts(operator, draft):
    queue([draft()])
    page = operator.get(OUTBOX).content.decode()
    assert "139****0001" in page
    assert "13900000001" not in page
    assert "1AbCdEfGhIjKl" not in page
    assert "260000018" not in page


def test_the_list_is_narrowed_by_state_and_by_number(operator, draft):
    queue([draft(key="a"), draft(key="b", phone="13900000002")])
    Message.objects.filter(key="b").update(state=MessageState.FAILED)
    failed = operator.get(OUTBOX, {"state__exact": "failed"}).content.decode()
    assert "139****0002" in failed
    assert "139****0001" not in failed
    found = operator.get(OUTBOX, {"q": "139 0000 0001"}).content.decode()
    assert "139****0001" in found
    assert "139****0002" not in found


def test_nothing_can_be_added_changed_or_deleted(operator, draft):
    queue([draft()])
    key = Message.objects.get().pk
    assert operator.get(f"{OUTBOX}add/").status_code == 404
    assert operator.post(f"{OUTBOX}{key}/change/", {"reason": "x"}).status_code == 404
    assert operator.post(f"{OUTBOX}{key}/delete/", {"post": "yes"}).status_code == 404
    assert Message.objects.get().reason == ""


def act(client, action, *messages):
    return client.post(
        OUTBOX, {"action": action, "_selected_action": [m.pk for m in messages]}, follow=True
    ).content.decode()


def test_failed_messages_can_be_sent_again_and_the_others_say_why_not(operator, draft):
    queue([draft(key="dead"), draft(key="sent", subject="case:2")])
    Message.objects.filter(key="dead").update(state=MessageState.FAILED)
    Message.objects.filter(key="sent").update(state=MessageState.SENT)
    page = act(operator, "retry_chosen", *Message.objects.all())
    assert dict(Message.objects.values_list("key", "state")) == {"dead": "queued", "sent": "sent"}
    assert "已处理 1 条" in page
    assert "ase:2: 这条短信正在发送或已经发出" in page
    assert "管系统" in Message.objects.get(key="dead").reason


def test_waiting_messages_can_be_cancelled(operator, draft):
    queue([draft()])
    act(operator, "abort_chosen", Message.objects.get())
    assert Message.objects.get().state == MessageState.ABORTED


def test_other_staff_are_kept_out(client, draft):
    queue([draft()])
    client.force_login(Account.objects.create_user("li", name="李", phone="13900000008"))
    assert client.get(OUTBOX).status_code == 302
