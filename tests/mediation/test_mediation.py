"""A mediation between two sides, and what neither side, nor anybody else, reads of the other's."""

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from builders import NOON, City, make_city
from mashang.cases import flows
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.mediation.actions import court_until
from mashang.mediation.models import Agreement, Party
from mashang.messaging.models import Message, VerificationCode
from mashang.people.actors import Resident, Staff
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
WANG, WANG_PHONE = "王守业", "13919440001"
HE, HE_PHONE = "何立新", "13919440002"
WHY = "楼上何立新家漏水泡了我家的天花板，想要他赔"
TOPIC = "楼上漏水的赔偿"
SECRET_OF_WANG = "其实我只要一千五就行"
SECRET_OF_HE = "我最多能出两千"
CAUCUS_WITH_HE = "何说愿意分两次付"
SHARED = "愿意当面看现场"
CONTENTS = {
    "parties": f"申请方：{WANG}；对方：{HE}",
    "facts_": "2026年2月楼上水管漏水，泡坏天花板。",
    "issues": "赔多少、怎么赔。",
    "liability": "楼上承担主要责任。",
    "terms": "共赔1800元，在颐和社区居委会当面付清。",
    "instalments": "2026-04-01 付 1000 元\n2026-05-01 付 800 元",
}


@pytest.fixture
def city(db) -> City:
    return make_city()


@pytest.fixture
def frozen():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def applied(city: City) -> Case:
    answer = Client().post(
        f"/mediation/{city.yihe.code}/new",
        {"token": "mediation-token-01234", "text": WHY, "name": WANG, "phone": WANG_PHONE,
         "other_name": HE, "other_phone": HE_PHONE},
    )  # fmt: skip
    assert answer.status_code == 303, text_of(answer)
    return Case.every.select_related("requester").get(flow="mediation")


def page_of(case: Case, side: str) -> str:
    return f"/mediation/p/{Party.objects.get(case=case, side=side).token}"


def made(desk: Client, case: Case, move: str, **facts: object):
    answer = desk.post(f"/desk/cases/{case.number}/moves/{move}", facts)
    assert answer.status_code == 302, (move, text_of(answer))
    assert answer["Location"] == f"/desk/cases/{case.number}"


def begun(city: City) -> tuple[Case, Client]:
    """Accepted, both agreed, 张桂兰 is the mediator."""
    case, desk = applied(city), at_desk(city.zhang)
    made(desk, case, "accept", topic=TOPIC)
    answer = Client().post(page_of(case, "respondent"), {"move": "consent"})
    assert answer.status_code == 303, text_of(answer)
    made(desk, case, "name_mediator", mediator=str(city.zhang.pk))
    return case, desk


def said(case: Case, side: str, words: str, **more: str) -> None:
    answer = Client().post(page_of(case, side), {"move": "say", "words": words, **more})
    assert answer.status_code == 303, text_of(answer)


def signed(case: Case, side: str, phone: str) -> None:
    page, browser = page_of(case, side), Client()
    digest = Agreement.objects.get(case=case).digest
    VerificationCode.objects.all().delete()
    browser.post(page, {"move": "sign", "digest": digest})
    sent = Message.objects.filter(template="verification").order_by("-id")
    code = next(message.params["code"] for message in sent if message.phone == phone)
    wrong = browser.post(page, {"move": "sign", "digest": digest, "code": "000000"})
    assert wrong.status_code == 422
    answer = browser.post(page, {"move": "sign", "digest": digest, "code": code})
    assert answer.status_code == 303, text_of(answer)


def texts_to(phone: str) -> list[str]:
    return [each.template for each in Message.objects.order_by("id") if each.phone == phone]


def state(case: Case) -> str:
    return Case.every.get(pk=case.pk).state


def test_from_the_application_to_the_last_instalment(city, frozen):
    case, desk = applied(city), at_desk(city.zhang)
    assert "med_new" in texts_to(city.zhang.phone)
    other = page_of(case, "respondent")
    assert Client().get(other).status_code == 404  # not asked yet
    made(desk, case, "accept", topic=TOPIC)
    assert texts_to(HE_PHONE) == ["med_asked"]
    asked = text_of(Client().get(other))
    assert TOPIC in asked and WHY not in asked and WANG_PHONE not in asked
    Client().post(other, {"move": "consent"})
    assert state(case) == "ready"
    meeting = {"meets_at": "2026-03-06T15:00", "where": "居委会"}
    refused = desk.post(f"/desk/cases/{case.number}/moves/invite", meeting)
    assert refused.status_code == 422 and "先指定调解员" in text_of(refused)
    made(desk, case, "name_mediator", mediator=str(city.zhang.pk))
    made(desk, case, "invite", meets_at="2026-03-06T15:00", where="居委会")
    assert texts_to(WANG_PHONE)[-1] == "med_meeting"
    made(desk, case, "minutes", heard="", held_on="2026-03-06", minutes="双方看了现场")
    made(desk, case, "draft", **CONTENTS)
    early = desk.post(f"/desk/cases/{case.number}/moves/seal")
    assert early.status_code == 422 and "还有人没有签" in text_of(early)
    signed(case, "applicant", WANG_PHONE)
    made(desk, case, "draft", **{**CONTENTS, "terms": "共赔1800元，转交居委会。"})
    assert not Party.objects.exclude(signed_at=None).exists()  # another text is signed anew
    signed(case, "applicant", WANG_PHONE)
    paper = Party.objects.get(case=case, side="respondent")
    made(desk, case, "sign", party=str(paper.pk))
    made(desk, case, "seal")
    assert state(case) == "effective"
    agreement = Agreement.objects.get(case=case)
    assert court_until(agreement.effective_at).isoformat() == "2026-04-03"
    mine = text_of(Client().get(other))
    assert "2026-04-03" in mine and "第三十三条" in mine
    printed = text_of(Client().get(f"{other}/agreement"))
    for words in (*CONTENTS.values(), "人民调解委员会印章"):
        if words not in (CONTENTS["terms"], CONTENTS["instalments"]):
            assert words in printed, words

    kept = list(agreement.instalments.all())
    frozen.move_to(NOON + timedelta(days=29))  # 2026-04-02: the first instalment was due
    desk = at_desk(city.zhang)
    assert look_at_due() == 1
    assert "med_visit" in texts_to(city.zhang.phone)
    early = desk.post(f"/desk/cases/{case.number}/moves/fulfil")
    assert early.status_code == 422 and "还有没履行的分期" in text_of(early)
    made(desk, case, "visit", words="付了第一笔", kept=[str(kept[0].pk)])
    frozen.move_to(NOON + timedelta(days=31))
    desk = at_desk(city.zhang)
    assert look_at_due() == 1  # the last day for the court has passed
    assert case.entries.filter(move="court_over").exists()
    made(desk, case, "visit", words="付清了", kept=[str(kept[1].pk)])
    made(desk, case, "fulfil")
    assert state(case) == "fulfilled"
    call_command("verify", stdout=StringIO())
    spoken = "".join(str(entry.data) for entry in case.entries.all())
    for secret in (WANG, HE, WANG_PHONE, HE_PHONE, CONTENTS["facts_"]):
        assert secret not in spoken


def test_neither_side_ever_reads_what_the_other_told_the_mediator_alone(city):
    case, desk = begun(city)
    said(case, "applicant", SECRET_OF_WANG)
    said(case, "respondent", SECRET_OF_HE)
    said(case, "respondent", SHARED, is_shared="on")
    one = Party.objects.get(case=case, side="respondent").pk
    minutes = {"held_on": "2026-03-06", "minutes": CAUCUS_WITH_HE, "heard": str(one)}
    made(desk, case, "minutes", **minutes)

    track = f"/t/{case.requester.tracking_token}"
    wang = page_of(case, "applicant")
    he = page_of(case, "respondent")
    forged = he[:-1] + ("x" if he[-1] != "x" else "y")
    assert Client().get(forged).status_code == 404

    def everything_of(page: str) -> str:
        shown = [text_of(Client().get(page)), text_of(Client().get(f"{page}?done=say"))]
        # Refused moves show the page again, with all that belongs to it.
        shown += [text_of(Client().post(page, {"move": "say", "words": ""}))]
        shown += [text_of(Client().post(page, {"move": "consent"}))]
        return "".join(shown)

    of_wang = everything_of(wang) + text_of(Client().get(track, follow=True))
    of_he = everything_of(he)
    assert SECRET_OF_WANG in of_wang and SHARED in of_wang and WHY not in of_he
    assert SECRET_OF_HE in of_he and CAUCUS_WITH_HE in of_he
    for secret in (SECRET_OF_HE, CAUCUS_WITH_HE, HE_PHONE):
        assert secret not in of_wang, secret
    for secret in (SECRET_OF_WANG, WANG_PHONE, WHY):
        assert secret not in of_he, secret

    # What one takes away as one's own data holds nothing of the other's either.
    browser = Client()
    VerificationCode.objects.all().delete()
    browser.post(f"{track}/data", {"step": "send"})
    sent = Message.objects.filter(template="verification").order_by("-id")
    code = next(each.params["code"] for each in sent if each.phone == WANG_PHONE)
    browser.post(f"{track}/data", {"step": "code", "code": code})
    data = text_of(browser.post(f"{track}/data", {"step": "download"}))
    assert WHY in data
    for secret in (SECRET_OF_HE, CAUCUS_WITH_HE, HE_PHONE):
        assert secret not in data, secret
    # Nor does the other's phone open the matter among its own, nor any SMS carry a word of it.
    assert not Case.every.filter(requester__phone=HE_PHONE).exists()
    sent_words = "".join(str(each.params) for each in Message.objects.all())
    in_chain = "".join(str(entry.data) for entry in case.entries.all())
    for secret in (SECRET_OF_WANG, SECRET_OF_HE, CAUCUS_WITH_HE, SHARED, WANG, HE):
        assert secret not in sent_words and secret not in in_chain, secret

    # The mediator reads all; a colleague of the committee what both sides read.
    address = f"/desk/cases/{case.number}"
    mediator, colleague = text_of(desk.get(address)), text_of(at_desk(city.li).get(address))
    for secret in (SECRET_OF_WANG, SECRET_OF_HE, CAUCUS_WITH_HE):
        assert secret in mediator and secret not in colleague, secret
    assert SHARED in colleague
    for words in (SECRET_OF_WANG, SECRET_OF_HE):  # at rest it is encrypted
        with connection.cursor() as cursor:
            cursor.execute("SELECT words FROM mediation_statement")
            assert all(words not in row[0] for row in cursor.fetchall())
    # Once another mediator is named, the one before reads no more of it.
    made(desk, case, "name_mediator", mediator=str(city.li.pk))
    assert SECRET_OF_HE not in text_of(desk.get(address))
    assert SECRET_OF_HE in text_of(at_desk(city.li).get(address))


def test_nobody_outside_the_committee_knows_of_it(city):
    case, _desk = begun(city)
    others = (city.neighbour, city.dispatcher, city.inspector, city.commissioner, city.operator)
    for stranger in others:
        browser = at_desk(stranger)
        assert browser.get(f"/desk/cases/{case.number}").status_code == 404
        assert browser.post(f"/desk/cases/{case.number}/call").status_code == 404
        assert browser.get(f"/desk/mediations/{case.number}/agreement").status_code == 404
        assert case.number not in text_of(browser.get("/desk/mediations"))
        assert not flows.is_visible(Staff(stranger), case.pk)
    assert TOPIC in text_of(at_desk(city.zhang).get("/desk/mediations"))
    with pytest.raises(NotThere):
        advance(case, "note", by=Staff(city.neighbour), words="x")
    respondent = Party.objects.get(case=case, side="respondent")
    with pytest.raises(NotThere):  # whoever is no side of it
        advance(case, "end", by=Resident(), party=respondent)


def test_each_side_may_say_no_and_both_are_told_of_the_next_door(city):
    case, desk = applied(city), at_desk(city.zhang)
    made(desk, case, "accept", topic=TOPIC)
    Client().post(page_of(case, "respondent"), {"move": "refuse"})
    assert state(case) == "failed"
    for side in ("applicant", "respondent"):
        shown = text_of(Client().get(page_of(case, side)))
        assert "第二十六条" in shown and "向人民法院起诉" in shown
    assert texts_to(WANG_PHONE)[-1] == texts_to(HE_PHONE)[-1] == "med_ended"


def test_a_side_may_have_another_mediator_once(city):
    case, desk = begun(city)
    he = page_of(case, "respondent")
    assert Client().post(he, {"move": "object"}).status_code == 303
    assert Case.every.get(pk=case.pk).assignee is None
    again = desk.post(
        f"/desk/cases/{case.number}/moves/name_mediator", {"mediator": str(city.zhang.pk)}
    )
    assert again.status_code == 422
    made(desk, case, "name_mediator", mediator=str(city.li.pk))
    assert Client().post(he, {"move": "object"}).status_code == 422
    with pytest.raises(Refused):  # minutes are the mediator's own
        advance(case, "minutes", by=Staff(city.zhang), session=object())


def test_on_paper_and_by_word_of_mouth_and_late(city, frozen):
    """Proposed by a cadre, both agree in person, a month passes, an oral agreement ends it."""
    desk = at_desk(city.zhang)
    address = f"/desk/mediations/new/{city.yihe.code}"
    assert at_desk(city.neighbour).get(address).status_code == 404
    desk.post(address, {"text": "两家为院墙吵架", "name": WANG, "other_name": HE})
    case = Case.every.get(flow="mediation")
    made(desk, case, "accept", topic="院墙")
    for party in case.parties.all():
        made(desk, case, "consent", party=str(party.pk))
    assert state(case) == "ready"
    made(desk, case, "name_mediator", mediator=str(city.zhang.pk))
    frozen.move_to(NOON + timedelta(days=30, minutes=1))
    desk = at_desk(city.zhang)
    assert look_at_due() == 1
    assert "med_month" in texts_to(city.zhang.phone)
    made(desk, case, "minutes", heard="", held_on="2026-04-03", minutes="都退一步")
    made(desk, case, "agree_orally", **{**CONTENTS, "instalments": ""})
    agreement = Agreement.objects.get(case=case)
    assert agreement.is_oral and agreement.effective_at == timezone.now()
    made(desk, case, "broken", words="没有拆墙", door="court")
    shown = text_of(desk.get("/desk/mediations"))
    assert re.search(r"其中口头协议.*?1 / 1", shown, re.S), shown


def link_of(party: Party) -> str:
    return f"/mediation/p/{Party.objects.get(pk=party.pk).token}"


def test_several_on_each_side_and_whoever_acts_for_one(city, frozen):
    """A guardian applies, two are asked on the other side, one leaves, one has a lawyer."""
    form = {
        "token": "mediation-token-56789", "text": WHY, "name": "马玉珍", "phone": WANG_PHONE,
        "other_name": HE, "other_phone": HE_PHONE, "others": "陈有才 13919440003\n赵明",
        "with_me": "刘桂芳 139", "capacity": "guardian",
    }  # fmt: skip
    apply = f"/mediation/{city.yihe.code}/new"
    wrong = Client().post(apply, form)
    assert wrong.status_code == 422
    assert "第 1 行的电话打不通" in text_of(wrong) and "请写您替谁申请" in text_of(wrong)
    form |= {"for_whom": "马小军", "with_me": "刘桂芳 13919440004"}
    child_page = Client().post(apply, form)["Location"].split("?")[0]
    case, desk = Case.every.get(flow="mediation"), at_desk(city.zhang)
    child, liu = case.parties.filter(side="applicant").order_by("pk")
    he, chen, zhao = case.parties.filter(side="respondent").order_by("pk")
    assert Client().get(link_of(liu)).status_code == 404  # nobody is asked before it is accepted
    made(desk, case, "accept", topic=TOPIC)
    for party in (liu, he, chen):
        assert Client().post(link_of(party), {"move": "consent"}).status_code == 303
    made(desk, case, "consent", party=str(zhao.pk))
    # Nobody consents for a child before the committee has seen that they may.
    early = Client().post(child_page, {"move": "consent"})
    assert early.status_code == 422 and "还没有核对" in text_of(early)
    assert state(case) == "asking"
    seen = {"party": child.pk, "name": "马玉珍", "phone": WANG_PHONE, "capacity": "guardian"}
    bare = desk.post(f"/desk/cases/{case.number}/moves/represent", seen)
    assert bare.status_code == 422 and "看过什么" in text_of(bare)
    made(desk, case, "represent", **seen, basis="户口簿，母子")
    assert Client().get(child_page).status_code == 404  # another link since
    assert Client().post(link_of(child), {"move": "consent"}).status_code == 303
    assert state(case) == "ready"
    made(desk, case, "name_mediator", mediator=str(city.zhang.pk))

    # Everybody reads who takes part, and one's own words; no phone, no words of one's own side.
    said_by = {liu: "刘只想早点了结", he: SECRET_OF_HE, chen: "陈说是何的责任"}
    for party, words in said_by.items():
        Client().post(link_of(party), {"move": "say", "words": words})
    made(desk, case, "minutes", heard="respondent", held_on="2026-03-06", minutes=CAUCUS_WITH_HE)
    made(desk, case, "minutes", heard=str(liu.pk), held_on="2026-03-06", minutes="单独和刘谈")
    pages = {party: text_of(Client().get(link_of(party))) for party in (child, liu, he, chen, zhao)}
    for party, page in pages.items():
        assert "马小军（法定代理人（监护人） 马玉珍）" in page and "赵明" in page
        assert (CAUCUS_WITH_HE in page) == (party in (he, chen, zhao))
        assert ("单独和刘谈" in page) == (party == liu)
        assert "13919440" not in page
        for other, words in said_by.items():
            assert (words in page) == (party == other)
    caucus = case.sessions.get(parties=chen)
    record = f"{link_of(chen)}/records/{caucus.pk}"
    assert "赵明" in text_of(Client().get(record)) and "刘桂芳" not in text_of(Client().get(record))
    assert Client().get(f"{link_of(liu)}/records/{caucus.pk}").status_code == 404
    assert Client().get(f"{link_of(he)}/application").status_code == 404
    assert "刘桂芳" in text_of(Client().get(f"{link_of(child)}/application"))
    at_the_desk = f"/desk/mediations/{case.number}"
    assert "陈有才" in text_of(desk.get(f"{at_the_desk}/application"))
    assert at_desk(city.li).get(f"{at_the_desk}/records/{caucus.pk}").status_code == 404

    # A lawyer without authority to sign: the text is signed at the party's own phone.
    lawyer = {"party": chen.pk, "name": "孙律师", "phone": "13919440009", "capacity": "authorised"}
    made(desk, case, "represent", **lawyer, basis="3月5日委托书，一般授权")
    made(desk, case, "draft", **CONTENTS)
    assert "孙律师" in text_of(Client().get(f"{link_of(he)}/agreement"))
    digest = Agreement.objects.get(case=case).digest
    Client().post(link_of(chen), {"move": "sign", "digest": digest})
    assert Message.objects.filter(template="verification").latest("id").phone == "13919440003"
    # One of three leaves: the text is worded anew, and the others sign without it.
    assert Client().post(link_of(he), {"move": "end"}).status_code == 422
    made(desk, case, "sign", party=str(liu.pk))
    assert Client().post(link_of(he), {"move": "leave"}).status_code == 303
    assert state(case) == "mediating" and "med_left" in texts_to(city.zhang.phone)
    assert not Party.objects.exclude(signed_at=None).exists()
    left = text_of(Client().get(link_of(he)))
    assert "您已经退出" in left and SECRET_OF_HE in left and CAUCUS_WITH_HE in left
    assert Client().post(link_of(he), {"move": "say", "words": "还想说"}).status_code == 404
    made(desk, case, "draft", **CONTENTS)
    # Whoever joins is asked, and nothing goes on before the answer.
    made(desk, case, "join", side="respondent", name="何立强", phone="13919440008")
    assert texts_to("13919440008") == ["med_asked"] and state(case) == "asking"
    joined = case.parties.get(side="respondent", consented_at=None)
    assert CONTENTS["terms"] not in text_of(Client().get(link_of(joined)))
    Client().post(link_of(joined), {"move": "consent"})
    made(desk, case, "minutes", heard="", held_on="2026-03-06", minutes="都在")
    made(desk, case, "draft", **CONTENTS)
    for party in (child, liu, chen, zhao):
        made(desk, case, "sign", party=str(party.pk))
    early = desk.post(f"/desk/cases/{case.number}/moves/seal")
    assert early.status_code == 422 and "还有人没有签" in text_of(early)
    made(desk, case, "sign", party=str(joined.pk))
    made(desk, case, "seal")
    printed = text_of(Client().get(f"{link_of(zhao)}/agreement"))
    assert "何立强" in printed and HE not in printed.replace(CONTENTS["parties"], "")
    figures = text_of(desk.get("/desk/mediations"))
    assert re.search(r"一个月内有结果.*?1 / 1", figures, re.S), figures
    call_command("verify", stdout=StringIO())
    spoken = "".join(str(entry.data) for entry in case.entries.all())
    for secret in ("马玉珍", "孙律师", "陈有才", "委托书", "户口簿", *said_by.values()):
        assert secret not in spoken, secret


def test_the_list_costs_the_same_for_one_and_three(city, django_assert_max_num_queries):
    desk = at_desk(city.zhang)
    address, counts = f"/desk/mediations/new/{city.yihe.code}", []
    for extra in (1, 2):
        for _number in range(extra):
            desk.post(address, {"text": "为院墙吵架", "name": WANG, "other_name": HE})
        desk.get("/desk/mediations")
        with django_assert_max_num_queries(40) as seen:
            desk.get("/desk/mediations")
        counts.append(len(seen))
    assert counts[0] == counts[1]
