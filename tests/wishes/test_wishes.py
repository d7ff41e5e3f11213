"""A wish from the person to the helper and back, and who learns nothing of whose it is."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from builders import NOON, City, a_phone, make_city
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.delivery import tell_the_next
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere, TooLate
from mashang.cases.models import Case
from mashang.messaging.models import Message, VerificationCode
from mashang.people.actors import Resident, Staff
from mashang.wishes.actions import Claimant
from mashang.wishes.models import Claim, Offer, Wish
from mashang.wishes.money import speaks_of_money
from pictures import a_photo
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
WISHER, WISHER_PHONE = "石玉兰", "13919430001"
HELPER, HELPER_PHONE = "关大力", "13919430002"
TEXT = "我是石玉兰，眼睛花了，想要一副300度的老花镜"
SHOWN = "一位老人想要一副 300 度的老花镜"


@pytest.fixture
def city(db) -> City:
    return make_city()


def posted(city: City, token: str = "wish-token-0123456789", **more: str) -> Case:
    answer = Client().post(
        f"/wishes/{city.yihe.code}/new",
        {"token": token, "text": TEXT, "name": WISHER, "phone": WISHER_PHONE, **more},
    )
    assert answer.status_code == 303, text_of(answer)
    return Case.every.select_related("requester", "wish").get(flow="wish")


def checked(city: City, case: Case) -> Client:
    desk = at_desk(city.zhang)
    answer = desk.post(
        f"/desk/cases/{case.number}/moves/check", {"public_words": SHOWN, "handover": "居委会"}
    )
    assert answer.status_code == 302, text_of(answer)
    return desk


def claimed(case: Case, phone: str = HELPER_PHONE, browser: Client | None = None):
    """Claim through the page: who, then the code from the SMS."""
    browser, address = browser or Client(), f"/wishes/claim/{case.number}"
    who = {"kind": "team", "group": "蓝马甲志愿队", "name": HELPER, "phone": phone}
    VerificationCode.objects.all().delete()
    browser.post(address, who)
    sent = Message.objects.filter(template="verification").order_by("-id")
    code = next(message.params["code"] for message in sent if message.phone == phone)
    return browser.post(address, {**who, "code": code})


def texts_to(phone: str) -> list[str]:
    found = Message.objects.order_by("id")
    return [each.template for each in found if each.phone == phone]


def test_a_wish_is_checked_shown_claimed_delivered_and_thanked_for(city):
    case = posted(city)
    assert Case.objects.count() == 0  # no request: no queue, figure or search of requests has it
    assert "wish_new" in texts_to(city.zhang.phone)
    public = f"/wishes/{city.yihe.code}"
    assert SHOWN not in text_of(Client().get(public))

    desk = at_desk(city.zhang)
    refused = desk.post(
        f"/desk/cases/{case.number}/moves/check",
        {"public_words": f"{WISHER}想要老花镜", "handover": "居委会"},
    )
    assert refused.status_code == 422 and "姓名或电话" in text_of(refused)
    checked(city, case)
    for page in (public, f"{public}/wall", f"{public}/poster", f"/wishes/claim/{case.number}"):
        shown = text_of(Client().get(page))
        assert SHOWN in shown, page
        for secret in (WISHER, WISHER_PHONE, TEXT):
            assert secret not in shown, page

    answer = claimed(case)
    assert answer.status_code == 303, text_of(answer)
    mine = answer["Location"].partition("?")[0]
    helper = text_of(Client().get(mine))
    assert "居委会" in helper and WISHER not in helper and WISHER_PHONE not in helper
    assert SHOWN not in text_of(Client().get(public))
    late = Client().post(f"/wishes/claim/{case.number}", {})
    assert late.status_code == 409 and "有人先认领了" in text_of(late)

    track = f"/t/{case.requester.tracking_token}"
    assert "蓝马甲志愿队" in text_of(Client().get(track))
    assert HELPER not in text_of(Client().get(track))
    photo = SimpleUploadedFile("a.jpg", a_photo((64, 64)), content_type="image/jpeg")
    receipt = {"move": "deliver", "words": "老花镜一副，居委会收下", "photos": photo}
    assert Client().post(mine, receipt).status_code == 303
    pictures = re.findall(rf"{track}/files/[0-9a-f-]+", text_of(Client().get(track)))
    assert Client().get(pictures[0])["Content-Type"] == "image/jpeg"
    assert Client().post(f"{track}/confirm", {"words": "谢谢好心人"}).status_code == 303
    assert "谢谢好心人" in text_of(Client().get(mine))
    assert "wish_thanked" in texts_to(HELPER_PHONE)
    assert Case.every.get(pk=case.pk).state == "fulfilled"
    for page in (f"/desk/cases/{case.number}", "/desk/wishes"):
        assert "实现" in text_of(desk.get(page))

    spoken = "".join(str(entry.data) for entry in case.entries.all())
    for secret in (HELPER, HELPER_PHONE, WISHER, WISHER_PHONE):
        assert secret not in spoken  # the chain holds no identity
    out = StringIO()
    call_command("verify", stdout=out)


def test_a_message_that_does_not_arrive_goes_to_the_next_who_may_open_the_wish(city):
    case = posted(city)
    for account in (city.zhang, city.li):
        message = Message.objects.filter(template="wish_new").latest("id")
        assert message.phone == account.phone
        Message.objects.filter(pk=message.pk).update(state="failed")
        tell_the_next(message)
    later = Message.objects.filter(template="wish_new").latest("id")
    assert later.phone in {city.lead.phone, city.dispatcher.phone}
    assert case.entries.filter(move="sms_failed").count() == 2


def test_a_claim_lapses_after_a_week_and_the_wish_is_free_again(city):
    with time_machine.travel(NOON, tick=False) as clock:
        case = posted(city)
        checked(city, case)
        mine = claimed(case)["Location"].partition("?")[0]
        clock.shift(timedelta(days=6, hours=23))
        assert look_at_due() == 0
        clock.shift(timedelta(hours=2))
        assert look_at_due() == 1
        assert Case.every.get(pk=case.pk).state == "shown"
        assert Claim.objects.get().ending == "lapsed"
        assert "wish_lapsed" in texts_to(HELPER_PHONE)
        assert "wish_free" in texts_to(city.zhang.phone)
        gone = Client().post(mine, {"move": "deliver", "words": "晚了一步"})
        assert gone.status_code in (404, 409)
        assert claimed(case, a_phone()).status_code == 303


def test_money_is_refused_with_a_reason_and_the_words_are_kept(city):
    answer = Client().post(
        f"/wishes/{city.yihe.code}/new",
        {"text": "家里困难，想要五百元买米", "name": WISHER, "phone": WISHER_PHONE},
    )
    said = text_of(answer)
    assert answer.status_code == 422 and "不收钱也不给钱" in said and "想要五百元买米" in said
    assert not Case.every.exists()
    offer = {"words": "给 200块钱", "kind": "person", "name": HELPER, "phone": HELPER_PHONE}
    assert Client().post(f"/wishes/{city.yihe.code}/offer", offer).status_code == 422
    for fine in ("3单元门口的路灯", "元旦想听一场戏", "一万个愿意", "两块香皂"):
        assert not speaks_of_money(fine), fine
    for money in ("转账", "要３００元", "想借钱", "充话费", "¥50"):
        assert speaks_of_money(money), money


def test_an_offer_is_matched_by_the_grid_and_then_forgotten(city):
    case = posted(city)
    desk = checked(city, case)
    browser, address = Client(), f"/wishes/{city.yihe.code}/offer"
    who = {"words": "有一副新的老花镜", "kind": "person", "name": HELPER, "phone": HELPER_PHONE}
    first = browser.post(address, {**who, "token": "offer-token-0123456789"})
    assert "验证码已经发到" in text_of(first)
    code = Message.objects.filter(template="verification").latest("id").params["code"]
    sent = {**who, "token": "offer-token-0123456789", "code": code}
    assert browser.post(address, sent).status_code == 303
    offer = Offer.objects.get()
    assert offer.words in text_of(desk.get(f"/desk/cases/{case.number}"))
    assert offer.words not in text_of(at_desk(city.neighbour).get("/desk/wishes"))
    made = desk.post(f"/desk/cases/{case.number}/moves/match", {"offer": offer.pk})
    assert made.status_code == 302, text_of(made)
    offer.refresh_from_db()
    assert (offer.phone, offer.phone_index) == ("", "") and offer.case_id == case.pk
    assert Claim.objects.get().phone == HELPER_PHONE
    assert "wish_helper" in texts_to(HELPER_PHONE)


def test_nobody_but_the_grid_learns_whose_wish_it_is(city):
    case = posted(city)
    address = f"/desk/cases/{case.number}"
    assert TEXT in text_of(at_desk(city.zhang).get(address))
    above = text_of(at_desk(city.dispatcher).get(address))
    assert TEXT not in above and WISHER not in above
    assert at_desk(city.dispatcher).post(f"{address}/call").status_code == 404
    for stranger in (city.neighbour, city.far_cadre, city.inspector, city.commissioner):
        assert at_desk(stranger).get(address).status_code == 404
        assert case.number not in text_of(at_desk(stranger).get("/desk/wishes"))
    called = text_of(at_desk(city.zhang).post(f"{address}/call"))
    assert WISHER_PHONE in called
    assert case.entries.filter(move="look").count() == 1
    with pytest.raises(NotThere):
        advance(case, "claim", by=Resident(), claimant=Claimant(HELPER, HELPER_PHONE))
    assert Client().get(f"/wishes/claim/{case.number}").status_code == 404
    with pytest.raises(NotThere):
        advance(case, "check", by=Staff(city.neighbour), public_words="x", handover="y")


def test_a_slip_of_somebody_without_a_phone_goes_its_whole_way_at_the_counter(city):
    desk = at_desk(city.zhang)
    slip = {"text": "想请人修一修轮椅", "name": WISHER, "has_agreed": "on"}
    assert at_desk(city.neighbour).get(f"/desk/wishes/slip/{city.yihe.code}").status_code == 404
    made = desk.post(f"/desk/wishes/slip/{city.yihe.code}", slip)
    assert made.status_code == 302, text_of(made)
    case = Case.every.get(flow="wish")
    for move, facts in (
        ("check", {"public_words": "一位老人想请人修轮椅", "handover": "居委会"}),
        ("claim", {"kind": "unit", "group": "社区修理铺", "name": HELPER, "phone": HELPER_PHONE}),
        ("deliver", {"words": "修好了"}),
        ("not_received", {"words": "本人说还没修"}),
        ("deliver", {"words": "又修了一次"}),
        ("confirm", {}),
    ):
        answer = desk.post(f"/desk/cases/{case.number}/moves/{move}", facts)
        assert answer.status_code == 302, (move, text_of(answer))
    assert Case.every.get(pk=case.pk).state == "fulfilled"


def test_the_list_costs_the_same_for_one_and_three(city, django_assert_max_num_queries):
    posted(city)
    desk = at_desk(city.zhang)
    desk.get("/desk/wishes")
    counts = []
    for extra in (0, 2):
        for number in range(extra):
            Client().post(
                f"/wishes/{city.yihe.code}/new",
                {"token": f"another-wish-{number:08d}", "text": TEXT, "name": WISHER,
                 "phone": WISHER_PHONE},
            )  # fmt: skip
        with django_assert_max_num_queries(40) as seen:
            desk.get("/desk/wishes")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert Wish.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_it(city):
    case = posted(city)
    checked(city, case)

    def claim(phone: str) -> str:
        try:
            who = Claimant(HELPER, phone)
            advance(Case.every.get(pk=case.pk), "claim", by=Resident(), claimant=who)
        except (NotThere, TooLate) as refused:
            return type(refused).__name__
        finally:
            connections.close_all()
        return "claimed"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(claim, (a_phone(), a_phone())))
    assert found.count("claimed") == 1, (found, connection.vendor)
    assert Claim.objects.count() == 1
    assert re.search(r"NotThere|TooLate", str(found))
