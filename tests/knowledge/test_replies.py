"""Hints at weak answers: which ones are told apart, and where they are shown."""

import pytest

from builders import a_filed, staff
from mashang.cases.actions.moving import advance
from mashang.cases.flow import State
from mashang.knowledge.replies import Flag, flags
from visits import Visit, address, bound_phone, desk_of, fresh, link_of, text_of

MATTER = "三号楼门口的下水井盖坏了一个多星期，老人晚上出门怕踩空，孩子上学也要绕着走。"
GOOD = "您好，经现场查看，3号楼门口的井盖已于3月5日更换，旁边的路面也已填平。再有问题请打社区电话。"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (GOOD, []),
        ("您好，您反映的问题已转相关部门处理，感谢您的支持。", [Flag.FORWARDED]),
        ("您反映的问题，我办已转交市住建局调查处理。2026年3月4日", [Flag.FORWARDED]),
        ("您好！您的留言已收悉。", [Flag.EMPTY]),
        ("我们会认真考虑您的意见，感谢您的支持！", [Flag.EMPTY]),
        ("您好，医保缴费可以在手机上办理，按照规定每年九月开始。", [Flag.BESIDE]),
        ("", []),
    ],
)
def test_weak_answers_are_told_apart(answer, expected):
    assert flags(MATTER, answer) == expected


def test_an_answer_that_is_another_ones_is_told():
    other = GOOD.replace("3号楼", "5号楼")
    assert flags(MATTER, GOOD, [other]) == [Flag.COPIED]
    assert (
        flags(MATTER, GOOD, ["您好，路灯的线路已由供电所修复，今晚可以照明，给您添麻烦了。"]) == []
    )


@pytest.fixture
def cadre(city, noon) -> Visit:
    """The cadre's phone, with the order taken on."""
    case = a_filed(city, text=MATTER).case
    link = link_of(case, city.zhang)
    visit = Visit(bound_phone(link), address(link), case)
    visit.made("acknowledge")
    return visit


WEAK = "您好，您反映的问题已转相关部门处理。"


def test_looking_at_an_answer_sends_nothing_and_keeps_what_was_typed(cadre):
    answer = cadre.again("answer", answer=WEAK, words="已转。", look="1")
    shown = text_of(answer)
    assert answer.status_code == 200
    assert "只说转给了别的单位" in shown
    assert WEAK in shown and "已转。" in shown
    assert fresh(cadre.case).state == State.ACKNOWLEDGED
    assert fresh(cadre.case).answer == ""


def test_a_good_answer_is_said_to_have_no_weakness(cadre):
    assert "没有看出不足" in text_of(cadre.again("answer", answer=GOOD, words="换了。", look="1"))
    assert "没有看出不足" not in cadre.look()


def test_a_weak_answer_goes_out_all_the_same_and_the_reviewer_is_told(cadre, city):
    cadre.made("contact_reached")
    cadre.made("answer", answer=WEAK, words="已转。")
    assert fresh(cadre.case).state == State.ANSWERED
    assert "只说转给了别的单位" in desk_of(city.dispatcher, cadre.case).shown
    assert "只说转给了别的单位" not in desk_of(city.zhang, cadre.case).shown


def test_the_units_other_answers_are_compared_and_a_merged_ones_are_not(cadre, city):
    other = a_filed(city).case
    advance(other, "contact_reached", by=staff(city.zhang))
    advance(other, "answer", by=staff(city.zhang), answer=GOOD, words="换了。")
    said = text_of(cadre.again("answer", answer=GOOD, words="换了。", look="1"))
    assert "和另一件的答复几乎一样" in said
    type(other).objects.filter(pk=other.pk).update(lead=cadre.case)
    said = text_of(cadre.again("answer", answer=GOOD, words="换了。", look="1"))
    assert "几乎一样" not in said
