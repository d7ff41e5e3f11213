"""The security operator's pages, and the offices that exclude each other."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from builders import a_filed, a_post, an_account, someone, staff
from mashang.accounts import actions
from mashang.audit.models import Record
from mashang.core.tables import BadTable
from mashang.people import leaving
from mashang.people.loading import load_people
from mashang.people.models import Account, Device, Post, Role
from signing import enrol, sign_in
from tables import a_csv
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
HERE = "/desk/people"


@pytest.fixture
def desk(city):
    return at_desk(city.security)


def act(desk, name, username="zhang", **form):
    return text_of(desk.post(f"{HERE}/{username}/{name}", form, follow=True))


def last(kind: str) -> Record:
    return Record.objects.filter(kind=kind).first()


def test_people_are_found_by_name_username_and_unit(desk):
    for typed in ("张桂", "zhan", "颐和社区居"):
        assert "张桂兰" in text_of(desk.get(HERE, {"q": typed}))
    assert "张桂兰" not in text_of(desk.get(HERE, {"q": "李建国"}))
    assert "没有找到" in text_of(desk.get(HERE, {"q": "查无此人"}))
    assert "张桂兰" not in text_of(desk.get(HERE))


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    city, desk, people, django_assert_num_queries
):
    for number in range(people):
        someone(f"new{number}", "同名", city.yihe_unit, Role.HANDLER)
    desk.get(HERE)
    with django_assert_num_queries(6):
        assert text_of(desk.get(HERE, {"q": "同名"})).count("/desk/people/new") == people


def test_a_persons_page_shows_how_they_get_in_and_no_phone(city, desk):
    case = a_filed(city).case
    bound_phone(link_of(case, city.zhang))
    shown = text_of(desk.get(f"{HERE}/zhang"))
    for said in ("颐和社区居委会", "没有设置二次验证", "绑定，", f"****{city.zhang.phone[-4:]}"):
        assert said in shown
    assert city.zhang.phone not in shown
    assert case.number not in shown


@pytest.mark.parametrize("who", ["zhang", "lead", "operator", "auditor", "inspector"])
def test_for_nobody_else_is_there_such_a_page_least_of_all_for_the_own_leader(city, who):
    browser = at_desk(getattr(city, who))
    assert browser.get(HERE).status_code == 404
    assert browser.get(f"{HERE}/zhang").status_code == 404
    assert browser.post(f"{HERE}/zhang/reset-factor").status_code == 404


def test_a_countys_security_operator_sees_that_countys_people_alone(city):
    someone("county-security", "白安全", city.centre, Role.SECURITY_OPERATOR)
    browser = at_desk(Account.objects.get(username="county-security"))
    assert browser.get(f"{HERE}/zhang").status_code == 200
    assert browser.get(f"{HERE}/far-cadre").status_code == 404
    assert browser.post(f"{HERE}/far-cadre/sign-out").status_code == 404
    assert "/people/far-cadre" not in text_of(browser.get(HERE, {"q": "韩远山"}))


def test_a_lost_second_factor_is_reset_recorded_and_set_up_anew(city, desk, settings):
    settings.SECOND_FACTOR = "required"
    browser, _app, _paper = enrol("zhang")
    assert "二次验证已重置" in act(desk, "reset-factor")
    assert browser.get("/account").status_code == 302
    assert sign_in("zhang").url.endswith("/set-up")
    assert (last("second_factor_reset").account, last("second_factor_reset").about) == (
        city.security, f"account:{city.zhang.pk}",
    )  # fmt: skip
    assert "不用重置" in act(desk, "reset-factor")


def test_nobody_resets_unlocks_or_blocks_themselves(city, desk, settings):
    settings.SECOND_FACTOR = "required"
    enrol("security")
    for name in ("reset-factor", "unlock", "deactivate", "activate"):
        assert "不能给自己办" in act(desk, name, "security", sure="yes")
    assert city.security.second_factor
    said = StringIO()
    call_command("reset_second_factor", "security", stdout=said)
    assert last("second_factor_reset").who == {"kind": "system"}


def test_somebody_locked_out_is_let_in_at_once(city, desk):
    for number in range(10):
        Client(REMOTE_ADDR=f"10.0.0.{number}").post(
            "/staff/sign-in", {"username": "zhang", "password": "x"}
        )
    assert sign_in("zhang").status_code == 429
    assert last("locked_out").about == f"account:{city.zhang.pk}"
    assert Record.objects.filter(kind="locked_out").count() == 1
    assert "登录失败太多" in text_of(desk.get(f"{HERE}/zhang"))
    assert "已解除" in act(desk, "unlock")
    assert sign_in("zhang").status_code == 302
    assert last("unlocked").account == city.security
    assert "登录失败太多" not in text_of(desk.get(f"{HERE}/zhang"))


def test_all_sessions_of_somebody_are_ended(city, desk):
    browsers = [at_desk(city.zhang), at_desk(city.zhang)]
    assert "已退出 2 处登录" in act(desk, "sign-out")
    assert [browser.get("/account").status_code for browser in browsers] == [302, 302]
    assert last("sign_out_everywhere").account == city.security


def test_lost_phones_are_unbound(city, desk):
    link = link_of(a_filed(city).case, city.zhang)
    phone = bound_phone(link)
    assert "已停用 1 部手机" in act(desk, "unbind")
    assert "验证码" in text_of(phone.get(address(link)))
    assert last("device").about == f"account:{city.zhang.pk}"


def test_blocking_an_account_says_first_what_is_still_in_hand(city, desk):
    a_filed(city)
    assert "手上还有 1 件未办结的事项，停用时自动移交" in text_of(desk.get(f"{HERE}/zhang"))


def test_a_blocked_account_is_out_at_once_and_can_come_back(city, desk):
    link = link_of(a_filed(city).case, city.zhang)
    phone, browser = bound_phone(link), at_desk(city.zhang)
    assert "请先勾选" in act(desk, "deactivate")
    assert "账号已停用" in act(desk, "deactivate", sure="yes")
    assert browser.get("/account").status_code == 302
    assert phone.get(address(link)).status_code == 410
    assert sign_in("zhang").status_code == 422
    assert not Device.objects.filter(account=city.zhang, revoked_at=None).exists()
    assert last("deactivated").account == city.security
    assert "已经停用" in act(desk, "deactivate", sure="yes")
    assert "账号已恢复" in act(desk, "activate")
    assert sign_in("zhang").status_code == 302


def test_open_cases_of_a_blocked_account_go_to_whoever_is_on_duty(city, desk):
    case = a_filed(city).case
    assert "移交了 1 件" in act(desk, "deactivate", sure="yes")
    case.refresh_from_db()
    assert case.assignee == city.li
    assert case.entries.latest("seq").actor == {"kind": "system"}
    assert last("deactivated").facts == {"count": 1}


def test_what_is_in_hand_is_handed_over_by_whoever_registered_it(city, monkeypatch):
    monkeypatch.setattr(leaving, "_known", {})
    handed = []

    def hand_over(account, by):
        handed.append((account, by.account))
        return 3

    leaving.register("wishes", leaving.InHand("心愿", lambda _account: 3, hand_over))
    assert actions.deactivate(city.zhang, by=staff(city.security)) == 3
    assert handed == [(city.zhang, city.security)]
    assert last("deactivated").facts == {"count": 3}


def test_nobody_comes_back_to_a_phone_that_is_somebody_elses_now(city, desk):
    act(desk, "deactivate", sure="yes")
    an_account("newcomer", "新人", phone=city.zhang.phone)
    assert "登记在别人名下" in act(desk, "activate")
    assert not Account.objects.get(username="zhang").is_active


def test_an_unknown_act_or_person_is_not_there(desk):
    assert desk.post(f"{HERE}/zhang/promote").status_code == 404
    assert desk.post(f"{HERE}/nobody/unlock").status_code == 404
    assert desk.get(f"{HERE}/zhang/unlock").status_code == 405


# Offices that exclude each other -----------------------------------------------------------------

PAIRS = [
    ("operator", Role.SECURITY_OPERATOR),
    ("operator", Role.AUDITOR),
    ("security", Role.AUDITOR),
    ("security", Role.SYSTEM_OPERATOR),
    ("auditor", Role.SYSTEM_OPERATOR),
    ("auditor", Role.SECURITY_OPERATOR),
]


@pytest.mark.parametrize(("who", "role"), PAIRS)
def test_the_model_refuses_a_second_of_them(city, who, role):
    post = Post(account=getattr(city, who), unit=city.centre, place=city.county, role=role)
    with pytest.raises(ValidationError, match="不能同时是"):
        post.full_clean()
    held = post.account.posts.get()
    held.ends_on = date.today() - timedelta(days=2)
    held.save()
    post.full_clean()


@pytest.mark.parametrize(("who", "role"), PAIRS)
def test_the_administration_refuses_a_second_of_them(city, who, role):
    form = {
        "account": getattr(city, who).pk, "unit": city.centre.pk, "role": role,
        "place": city.county.pk, "starts_on": "2026-01-01", "position": "", "title": "",
    }  # fmt: skip
    answer = at_desk(city.operator).post(reverse("admin:people_post_add"), form)
    assert "不能同时是" in text_of(answer)
    assert Post.objects.filter(account=getattr(city, who)).count() == 1


@pytest.mark.parametrize(("who", "role"), PAIRS)
def test_a_sheet_with_a_second_of_them_is_refused_whole(city, tmp_path, who, role):
    sheet = a_csv(
        tmp_path / "people.csv",
        [("单位代码", "用户名", "角色"), ("centre", who, Role(role).label)],
    )
    with pytest.raises(BadTable, match="不能同时是"):
        load_people(sheet)


@pytest.mark.parametrize(("who", "role"), PAIRS)
def test_whoever_was_given_two_by_other_ways_has_neither(city, who, role):
    account = getattr(city, who)
    a_post(account, city.city_inspection, role)
    browser = at_desk(account)
    for page in ("/admin/", HERE, "/desk/audit"):
        assert browser.get(page, follow=True).status_code == 404
