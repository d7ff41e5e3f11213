"""Every move as the staff make it on an order's page, and what a refusal leaves them."""

from datetime import timedelta

import pytest

from builders import NAME, NOON, PHONE, WORDS, a_filed, a_unit, requester_of, staff
from mashang.cases.actions import identity
from mashang.cases.actions.moving import advance
from mashang.cases.models import Ask, Requester
from mashang.messaging.models import Message
from mashang.people.models import UnitKind
from visits import at_desk, desk_of, fresh, last, link_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispatcher(city, case):
    return desk_of(city.dispatcher, case)


def reached(case, city):
    advance(case, "contact_reached", by=staff(city.zhang))


# The unit's work ---------------------------------------------------------------------------------


def test_acknowledging_says_so_and_may_set_the_urgency(zhang, case):
    entry = zhang.made("acknowledge", urgency="outage")
    assert (entry.move, entry.data["urgency"]) == ("acknowledge", "outage")
    assert "已登记：签收。" in zhang.shown
    assert fresh(case).urgency == "outage"


def test_acknowledging_leaves_the_urgency_where_nothing_was_chosen(zhang, case):
    zhang.made("acknowledge", urgency=case.urgency)
    assert "urgency" not in last(case).data


def test_an_urgency_that_is_none_is_refused(zhang):
    zhang.refused("acknowledge", "请看标红的地方", urgency="whenever")


def test_a_look_at_the_number_is_recorded_and_shown_once(city, zhang, case):
    assert PHONE not in zhang.shown
    answer = zhang.browser.post(f"{zhang.address}/call")
    shown = text_of(answer)
    assert f'href="tel:{PHONE}"' in shown
    assert NAME in shown
    entry = last(case)
    assert (entry.move, entry.account, entry.data) == ("look", city.zhang, {"what": "phone"})
    for result in ("contact_reached", "contact_missed", "contact_wrong"):
        assert f"/moves/{result}" in shown
    assert PHONE not in zhang.look()
    assert NAME not in zhang.shown


def test_every_look_is_an_entry_of_its_own(zhang, case):
    for _time in range(2):
        zhang.browser.post(f"{zhang.address}/call")
    assert case.entries.filter(move="look").count() == 2


def test_a_result_may_be_logged_right_after_the_look(zhang, case):
    zhang.browser.post(f"{zhang.address}/call")
    assert zhang.made("contact_reached", words="下午三点去看").data["words"] == "下午三点去看"
    assert fresh(case).state == "handling"
    assert "已登记：已联系上。" in zhang.shown


@pytest.mark.parametrize(
    ("result", "state"), [("contact_missed", "acknowledged"), ("contact_wrong", "handling")]
)
def test_a_call_that_nobody_took_or_a_wrong_number_is_logged(zhang, case, result, state):
    zhang.made(result)
    assert fresh(case).state == state


@pytest.mark.parametrize("name", ["commissioner", "county_head"])
def test_a_leader_cannot_look_at_the_number(city, case, name):
    visit = desk_of(getattr(city, name), case)
    answer = visit.browser.post(f"{visit.address}/call")
    assert answer.status_code == 409
    assert PHONE not in text_of(answer)
    assert not case.entries.filter(move="look").exists()


def test_the_number_behind_a_confidential_case_stays_with_the_centre(city, noon):
    case = a_filed(city, is_confidential=True).case
    township = desk_of(city.dispatcher, case)
    refused = township.browser.post(f"{township.address}/call")
    assert refused.status_code == 409
    assert PHONE not in text_of(refused)
    assert NAME not in text_of(refused)
    centre = desk_of(city.county_duty, case)
    assert PHONE in text_of(centre.browser.post(f"{centre.address}/call"))
    assert [entry.account for entry in case.entries.filter(move="look")] == [city.county_duty]


def test_after_erasure_a_look_shows_nothing_and_says_why(city, zhang, case):
    identity.erase(case, by=requester_of(Requester.objects.get(case=case)))
    answer = zhang.browser.post(f"{zhang.address}/call")
    assert answer.status_code == 409
    assert "已删除个人信息" in text_of(answer)


def test_a_note_and_a_question_to_the_resident(city, zhang, case):
    reached(case, city)
    zhang.look()
    assert zhang.made("note", words="已约物业").data["words"] == "已约物业"
    zhang.made("ask_resident", words="是哪一个井盖？")
    assert fresh(case).state == "waiting"
    assert Message.objects.filter(subject=case.subject, template="question").exists()


def test_an_answer_has_an_inner_and_a_public_text(city, zhang, case):
    reached(case, city)
    zhang.look()
    entry = zhang.made("answer", words="换了井盖，花费 300 元", answer="井盖已经换好。")
    assert entry.data["words"] == "换了井盖，花费 300 元"
    assert fresh(case).answer == "井盖已经换好。"
    assert fresh(case).state == "answered"


@pytest.mark.parametrize(
    ("fields", "saying"),
    [
        ({"words": "换了井盖"}, "请写给诉求人看的答复。"),
        ({"answer": "已经换好。"}, "请写几句说明。"),
        ({"answer": "已经换好。", "words": " \n "}, "请写几句说明。"),
        ({"answer": "好" * 2001, "words": "换了"}, "2000 字以内"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_and_stays_typed(
    city, zhang, case, fields, saying
):
    reached(case, city)
    zhang.look()
    shown = zhang.refused("answer", saying, **fields)
    for typed in fields.values():
        assert typed.strip() in shown


def test_an_answer_before_the_call_is_refused_with_the_words_kept(zhang, case):
    zhang.made("acknowledge")
    shown = zhang.refused("answer", "请先打电话联系诉求人", words="换了井盖", answer="已经换好。")
    assert "换了井盖" in shown
    assert "已经换好。" in shown


def test_help_more_time_passing_up_and_returning_are_asked_for(city, zhang, case):
    reached(case, city)
    zhang.look()
    zhang.made("ask_help", words="需要吊车")
    zhang.made("ask_extension", words="备料要时间", days="3")
    assert set(Ask.objects.values_list("kind", "days")) == {("help", 0), ("extension", 3)}
    zhang.made("ask_return", words="归物业管")
    assert fresh(case).state == "return_asked"


def test_days_typed_in_full_width_digits_are_taken_and_nonsense_is_not(city, zhang, case):
    reached(case, city)
    zhang.look()
    zhang.refused("ask_extension", "请看标红的地方", words="备料", days="许多")
    zhang.refused("ask_extension", "最多 10 个工作日", words="备料", days="11")
    zhang.refused("ask_extension", "最多 10 个工作日", words="备料", days="-1")
    zhang.refused("ask_extension", "请写需要延长几个工作日", words="备料")
    assert zhang.made("ask_extension", words="备料", days="３").data["days"] == 3


def test_more_time_is_not_asked_for_after_the_limit(city, zhang, case, noon):
    reached(case, city)
    noon.move_to(NOON + timedelta(days=12))
    shown = zhang.refused("ask_extension", "期限已过", words="备料要时间", days="3")
    assert "备料要时间" in shown


def test_what_was_passed_up_leaves_the_unit_and_the_link_says_so(city, zhang, case):
    answer = zhang.make("pass_up", words="超出社区能力")
    assert answer.status_code == 302
    after = zhang.browser.get(zhang.address)
    assert after.status_code == 410
    assert WORDS not in text_of(after)
    assert fresh(case).unit == city.township_unit
    assert link_of(case, city.dispatcher)


def test_at_the_desk_what_was_passed_up_leads_back_to_the_list(city, case):
    visit = desk_of(city.zhang, case)
    answer = visit.again("pass_up", words="超出社区能力")
    assert answer.url == "/desk"
    assert "已登记：上报。" in text_of(visit.browser.get("/desk"))


# The unit above ----------------------------------------------------------------------------------


def test_a_return_is_granted_by_sending_the_case_elsewhere(city, zhang, dispatcher, case):
    zhang.made("ask_return", words="井盖在隔壁社区")
    dispatcher.look()
    entry = dispatcher.made("redispatch", unit=city.next_door_unit.pk, words="归隔壁社区")
    assert fresh(case).unit == city.next_door_unit
    assert entry.data["unit_name"] == "隔壁社区居委会"
    assert Ask.objects.get().is_granted is True


def test_a_return_is_refused_and_asked_for_no_second_time(city, zhang, dispatcher, case):
    zhang.made("ask_return", words="归物业管")
    dispatcher.look()
    dispatcher.made("refuse_return", words="首接负责")
    assert fresh(case).state == "acknowledged"
    zhang.look()
    shown = zhang.refused("ask_return", "不能再退", words="真的归物业管")
    assert "真的归物业管" in shown


def test_more_time_is_granted_or_refused_and_help_given(city, zhang, dispatcher, case):
    reached(case, city)
    zhang.look()
    zhang.made("ask_extension", words="备料要时间", days="3")
    dispatcher.look()
    dispatcher.refused("refuse_extension", "请写几句说明。")
    dispatcher.made("refuse_extension", words="先围起来")
    zhang.made("ask_extension", words="厂家停产", days="2")
    dispatcher.look()
    assert dispatcher.made("grant_extension").data["days"] == 2
    zhang.made("ask_help", words="需要吊车")
    dispatcher.look()
    dispatcher.made("give_help", words="吊车明天到")
    assert not Ask.objects.filter(decided_at=None).exists()


def test_what_is_decided_already_is_not_decided_again(city, zhang, dispatcher, case):
    reached(case, city)
    zhang.look()
    zhang.made("ask_extension", words="备料要时间", days="3")
    dispatcher.look()
    other = desk_of(city.county_duty, case)
    dispatcher.made("grant_extension")
    shown = other.refused("refuse_extension", "马派单", status=409, words="不同意，先围起来")
    assert "不同意，先围起来" in shown


def test_declining_needs_the_reason_and_the_lawful_channel(dispatcher, case):
    shown = dispatcher.refused("decline", "合法渠道", words="正在诉讼")
    assert "正在诉讼" in shown
    entry = dispatcher.made("decline", words="正在诉讼", channel="请向区法院反映")
    assert entry.data["channel"] == "请向区法院反映"
    assert fresh(case).state == "declined"


def test_a_leader_instructs(city, case):
    visit = desk_of(city.county_leader, case)
    assert visit.made("instruct", words="请街道今天到现场").data["words"] == "请街道今天到现场"


def test_a_case_without_a_unit_is_dispatched(city, noon):
    city.yihe_unit.is_active = city.township_unit.is_active = city.centre.is_active = False
    for unit in (city.yihe_unit, city.township_unit, city.centre):
        unit.save(update_fields=["is_active"])
    type(city.centre).objects.filter(code="city-centre").update(is_active=False)
    case = a_filed(city, code=None).case
    assert case.state == "to_triage"
    for unit in (city.yihe_unit, city.township_unit):
        type(unit).objects.filter(pk=unit.pk).update(is_active=True)
    visit = desk_of(city.dispatcher, case)
    visit.refused("dispatch", "请选择单位。")
    visit.made("dispatch", unit=city.yihe_unit.pk)
    assert fresh(case).state == "dispatched"


# Choosing a unit ---------------------------------------------------------------------------------


def test_units_near_the_place_are_listed_and_no_leaders_or_inspection(dispatcher, city):
    offered = dispatcher.shown.split('name="unit"')[1].split("</select>")[0]
    assert "隔壁社区居委会" in offered
    assert "人民路街道办" in offered
    assert "白银区综治中心" in offered
    for absent in ("颐和社区居委会", "督查岗", "白银区领导", "远山村委会"):
        assert absent not in offered


def test_a_unit_is_found_by_a_part_of_its_name(city, dispatcher, case):
    a_unit("water", "供水管理站", UnitKind.DEPARTMENT, city.township, city.township_unit)
    dispatcher.made("redispatch", unit_name="供水", words="归供水站")
    assert fresh(case).unit.name == "供水管理站"


def test_where_several_fit_the_person_chooses(city, dispatcher, case):
    for number in (1, 2):
        a_unit(f"w{number}", f"供水{number}站", UnitKind.DEPARTMENT, city.township)
    shown = dispatcher.refused("redispatch", "请在“交给”里选一个", unit_name="供水", words="归供水")
    assert "供水1站" in shown
    assert "供水2站" in shown
    assert "归供水" in shown


def test_a_name_that_fits_nothing_says_so(dispatcher):
    shown = dispatcher.refused("redispatch", "没有找到", unit_name="海关", words="归海关管")
    assert "归海关管" in shown


@pytest.mark.parametrize("code", ["far_unit", "inspection", "yihe_unit"])
def test_a_unit_out_of_reach_cannot_be_chosen_by_its_key(city, dispatcher, code):
    unit = getattr(city, code)
    dispatcher.refused("redispatch", "请看标红的地方", unit=unit.pk, words="硬塞给别人")


# Not theirs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "move", ["decline", "dispatch", "instruct", "withdraw", "confirm", "expire", "erase", "nothing"]
)
def test_a_move_that_is_not_theirs_is_not_there(zhang, case, move):
    answer = zhang.again(move, words="x", channel="y", score="satisfied")
    assert answer.status_code == 404
    assert fresh(case).version == 1


def test_a_look_is_no_move_of_its_own(zhang, case):
    assert zhang.again("look", what="phone").status_code == 404
    assert fresh(case).version == 1


@pytest.mark.parametrize("name", ["neighbour", "far_cadre", "operator", "security", "auditor"])
def test_for_others_the_order_is_not_there_at_the_desk(city, case, name):
    browser, here = at_desk(getattr(city, name)), f"/desk/cases/{case.number}"
    assert browser.get(here).status_code == 404
    assert browser.post(f"{here}/call").status_code == 404
    assert browser.post(f"{here}/moves/note", {"words": "x"}).status_code == 404
    assert fresh(case).version == 1


# SMS ---------------------------------------------------------------------------------------------


def test_no_sms_carries_the_words_name_or_phone_of_anybody(city, zhang, dispatcher, case):
    typed = "老何的低保材料"
    zhang.made("contact_reached", words=typed)
    zhang.made("ask_help", words=typed)
    dispatcher.look()
    dispatcher.made("give_help", words=typed)
    zhang.look()
    zhang.made("answer", words=typed, answer=typed)
    said = [" ".join(map(str, sms.params.values())) for sms in Message.objects.all()]
    assert len(said) >= 5
    for text in said:
        for secret in (typed, WORDS[:6], NAME, PHONE):
            assert secret not in text


def test_somebody_whose_session_ended_is_told_that_nothing_was_saved(city, case):
    visit = desk_of(city.zhang, case)
    visit.browser.logout()
    answer = visit.again("note", words="已约物业")
    assert answer.status_code == 302
    page = visit.browser.get(answer.url)
    assert "刚才的操作没有保存" in text_of(page)
    assert fresh(case).version == 1
    visit.browser.force_login(city.zhang)
    after = visit.browser.get(answer.url, follow=True)
    assert after.redirect_chain[-1][0] == visit.address


@pytest.mark.parametrize("seen", ["1" * 30, "-1", "x", ""])
def test_nonsense_as_what_was_seen_does_no_harm(zhang, seen):
    zhang.seen = seen
    assert zhang.make("note", words="已约物业").status_code in (302, 422)
