"""The demonstration's phone at /phone."""

import pytest
from django.test import override_settings

from mashang.messaging.actions import queue
from mashang.messaging.models import Message
from mashang.people.models import Account

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changed",
    [
        {"PRODUCTION": True},
        {"SMS_SENDER": "gateway"},
        {"PRODUCTION": True, "SMS_SENDER": "gateway"},
    ],
)
def test_where_real_sms_are_sent_there_is_no_such_page(client, draft, changed):
    queue([draft()])
    for address in ("/phone", "/phone/feed?after=0"):
        with override_settings(**changed):
            response = client.get(address)
        assert response.status_code == 404
        assert "13900000001" not in response.content.decode()


def test_it_shows_each_phone_with_its_messages_newest_first(client, draft):
    queue([draft(key="a", phone="13900000001"), draft(key="b", phone="13900000002")])
    queue([draft(key="c", phone="13900000001", template="answered")])
    page = client.get("/phone").content.decode()
    assert page.index("13900000001") < page.index("13900000002")
    assert page.index("有答复了") < page.index("您反映的事项已收到")
    assert page.count("<h2>") == 2
    assert "待发" in page


def test_links_can_be_tapped_and_open_a_page_of_their_own(client, draft):
    queue([draft()])
    page = client.get("/phone").content.decode()
    assert '<a href="http://127.0.0.1:8000/t/1AbCdEfGhIjKl"' in page
    assert 'target="_blank"' in page


def test_it_can_be_narrowed_to_one_number_however_it_is_typed(client, draft):
    queue([draft(key="a", phone="13900000001"), draft(key="b", phone="13900000002")])
    page = client.get("/phone", {"number": "１３９ 0000 0002"}).content.decode()
    assert "13900000002" in page
    assert "13900000001" not in page


@pytest.mark.parametrize("number", ["x", "13900000003", "<script>alert(1)</script>", "0" * 300])
def test_a_number_without_messages_says_so(client, draft, number):
    queue([draft()])
    page = client.get("/phone", {"number": number}).content.decode()
    assert "这个号码还没有短信" in page
    assert "<script>alert" not in page


def test_it_names_the_staff_behind_a_number(client, draft):
    Account.objects.create_user("wang", name="王巡查", phone="13900000001")
    queue([draft(template="duty_new")])
    assert "王巡查" in client.get("/phone").content.decode()


def test_it_loads_itself_anew_unless_told_to_stay(client, draft):
    assert client.get("/phone").headers["Refresh"] == "5"
    assert "Refresh" not in client.get("/phone", {"still": "1"}).headers


def test_erased_numbers_are_not_shown(client, draft):
    queue([draft()])
    Message.objects.update(phone="", phone_index="", params={})
    assert "还没有短信" in client.get("/phone").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_messages_takes_as_many_queries(
    client, draft, count, django_assert_num_queries
):
    queue([draft(key=f"k{n}", phone=f"139{n:08d}") for n in range(count)])
    client.get("/phone")
    with django_assert_num_queries(3):
        client.get("/phone")


def test_it_only_shows(client):
    assert client.post("/phone").status_code == 405


def test_programs_are_told_what_was_sent_after_the_message_they_know(client, draft):
    queue([draft(key=key, phone=f"1390000000{key}") for key in "123"])
    first, second, _unsent = Message.objects.order_by("pk")
    Message.objects.filter(pk__in=(first.pk, second.pk)).update(state="sent")
    told = client.get("/phone/feed", {"after": first.pk}).json()
    assert [message["id"] for message in told["messages"]] == [second.pk]
    assert told["messages"][0]["phone"] == "13900000002"
    assert told["messages"][0]["link"] == "http://127.0.0.1:8000/t/1AbCdEfGhIjKl"
    assert told["messages"][0]["link"] in told["messages"][0]["text"]
    assert (told["is_cut"], told["last"]) == (False, first.pk + 2)


@pytest.mark.parametrize("after", ["", "x", "-1", "１", "9" * 400])
def test_programs_that_know_no_message_are_told_the_number_of_the_last(client, draft, after):
    queue([draft()])
    Message.objects.update(state="sent")
    told = client.get("/phone/feed", {"after": after}).json()
    assert told["messages"] == []
    assert told["last"] == Message.objects.get().pk
