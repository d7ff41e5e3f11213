"""`load-people`: units, people, posts and duty from one sheet; good, bad, again, changed."""

from datetime import date, time

import pytest
import time_machine
from django.core.management import call_command

from mashang.core.crypto import blind_index
from mashang.people.models import Account, Position, Post, Role, Shift, Unit
from people.conftest import SHEET
from tables import a_csv, an_xlsx, loaded, refused

ZHANG = {
    "unit_code": "yihe",
    "username": "zhang",
    "role": "handler",
    "position": "cadre",
}
NEW = {
    "unit_code": "yihe",
    "username": "wu",
    "name": "吴芳",
    "phone": "19900000009",
    "role": "经办",
}


def everything():
    """All rows, but for sealed phones, which are sealed anew at every writing."""
    accounts = [(a.pk, a.username, a.name, a.phone, a.password) for a in Account.objects.all()]
    return accounts, [list(model.objects.values()) for model in (Unit, Post, Shift)]


def test_one_sheet_makes_units_people_posts_and_duty(people):
    yihe = Unit.objects.get(code="yihe")
    assert (yihe.name, yihe.kind, yihe.place_id) == ("颐和社区居委会", "community", "620402004007")
    assert yihe.parent.parent.code == "620402-centre"
    zhang = Account.objects.get(username="zhang")
    assert (zhang.name, zhang.phone, zhang.phone_index) == (
        "张桂兰",
        "19900000033",
        blind_index("19900000033"),
    )
    assert not zhang.has_usable_password()
    post = zhang.posts.get()
    assert (post.role, post.position, post.title) == (Role.HANDLER, Position.CADRE, "书记")
    assert (post.place_id, post.is_lead, post.starts_on) == ("620402004007", True, date(2024, 1, 1))
    assert {post.role for post in Account.objects.get(username="ma").posts.all()} == {
        Role.DISPATCHER,
        Role.LEADER,
    }
    assert Unit.objects.get(code="police").posts.count() == 0


def test_duty_is_called_in_the_order_of_the_sheet(people):
    shifts = Shift.objects.filter(unit__code="yihe").order_by("order")
    assert [(s.account.username, s.weekdays, s.starts, s.ends) for s in shifts] == [
        ("zhang", "1234567", time(0), time(0)),
        ("li", "67", time(9), time(17)),
        ("li", "1234567", time(18), time(8)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_chinese_csv_loads(divisions, tmp_path, encoding):
    loaded("load_people", a_csv(tmp_path / "p.csv", SHEET, encoding=encoding))
    assert Account.objects.count() == 4


def test_excel_loads(divisions, tmp_path):
    loaded("load_people", an_xlsx(tmp_path / "p.xlsx", SHEET))
    assert Account.objects.count() == 4


def test_the_same_sheet_again_changes_nothing_and_says_so(people, tmp_path):
    before = everything()
    assert "没有变化" in loaded("load_people", a_csv(tmp_path / "again.csv", SHEET))
    assert everything() == before


def test_the_same_sheet_next_year_still_changes_nothing(divisions, sheet):
    path = sheet(
        {**NEW, "unit_name": "颐和", "unit_kind": "其他单位", "unit_place": "620402004007"}
    )
    loaded("load_people", path)
    with time_machine.travel("2099-01-01 04:00:00+00:00"):
        assert "没有变化" in loaded("load_people", path)


def test_a_dry_run_writes_nothing(divisions, tmp_path):
    said = loaded("load_people", a_csv(tmp_path / "p.csv", SHEET), dry_run=True)
    assert "新增人员 4" in said
    assert not Unit.objects.exists()
    assert not Account.objects.exists()


BAD = [
    ({**NEW, "unit_code": "nowhere"}, "没有单位 nowhere"),
    ({**NEW, "unit_code": ""}, "“unit_code”没有填"),
    ({**NEW, "unit_code": "a b/c"}, "只能用字母"),
    ({**NEW, "unit_name": "别的名字", "unit_kind": "皇宫"}, "不认识：皇宫"),
    ({**NEW, "unit_parent": "nowhere"}, "没有上级单位"),
    ({**NEW, "unit_place": "620402009"}, "没有这个地点"),
    ({"unit_code": "620402-centre", "unit_parent": "yihe"}, "绕成了圈"),
    ({**NEW, "username": ""}, "“username”没有填"),
    ({**NEW, "name": ""}, "“name”没有填"),
    ({**NEW, "phone": "12345"}, "不是正确的手机号"),
    ({**NEW, "phone": "0943-8231234"}, "座机收不到短信"),
    ({**NEW, "phone": "19900000004"}, "手机号与 li"),
    ({**NEW, "role": ""}, "“role”没有填"),
    ({**NEW, "role": "皇帝"}, "不认识：皇帝"),
    ({**NEW, "position": "丞相"}, "不认识：丞相"),
    ({**NEW, "scope": "620402004999"}, "没有这个地点"),
    ({**NEW, "lead": "也许"}, "应写“是”或“否”"),
    ({**NEW, "starts": "2024-13-01"}, "不是日期"),
    ({**NEW, "starts": "2024-02-01", "ends": "2024-01-01"}, "离任日期早于任职日期"),
    ({**NEW, "duty": "有空就来"}, "看不懂：有空就来"),
    ({**NEW, "duty": "1-5 25:00-26:00"}, "看不懂"),
    ({**NEW, "phone": "", "duty": "是"}, "值班的人要有手机号"),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_refused_with_its_line_and_reason(people, sheet, row, reason):
    before = everything()
    said = refused("load_people", sheet({**ZHANG, "title": "主任"}, row))
    assert "第 3 行：" in said
    assert reason in said
    assert everything() == before


def test_all_bad_rows_are_listed_and_no_good_one_is_written(people, sheet):
    said = refused(
        "load_people",
        sheet(NEW, {**NEW, "role": "皇帝"}, {**ZHANG, "title": "主任"}, {**ZHANG, "phone": "1"}),
    )
    assert [line[:6] for line in said.splitlines()[:2]] == ["第 3 行：", "第 5 行："]
    assert not Account.objects.filter(username="wu").exists()


def test_rows_that_contradict_each_other_are_refused(people, sheet):
    said = refused("load_people", sheet(NEW, {**NEW, "role": "领导", "name": "吴菲"}))
    assert "第 3 行：“name”与第 2 行不一致" in said


def test_the_same_post_twice_is_refused(people, sheet):
    assert "与第 2 行是同一任职" in refused("load_people", sheet(NEW, NEW))


def test_a_fault_never_prints_a_phone_number(people, sheet):
    said = refused("load_people", sheet(NEW, {**NEW, "role": "领导", "phone": "19900000004"}))
    assert "19900000004" not in said


@pytest.mark.parametrize(
    ("one", "other"),
    [("系统管理员", "审计员"), ("安全管理员", "系统管理员"), ("auditor", "安全管理员")],
)
def test_administrators_roles_exclude_each_other(people, sheet, one, other):
    said = refused("load_people", sheet({**NEW, "role": one}, {**NEW, "role": other}))
    assert "第 3 行：wu 不能同时是" in said


def test_an_exclusive_role_held_before_counts_too(people, sheet):
    loaded("load_people", sheet({**NEW, "role": "系统管理员", "starts": "2024-01-01"}))
    auditor = {**NEW, "role": "审计员", "starts": "2024-06-01"}
    assert "不能同时是" in refused("load_people", sheet(auditor))
    ended = {**NEW, "role": "系统管理员", "starts": "2024-01-01", "ends": "2024-05-31"}
    loaded("load_people", sheet(ended, auditor))
    assert Post.objects.filter(account__username="wu").count() == 2


def test_a_changed_row_changes_the_post_and_nothing_else(people, sheet):
    said = loaded("load_people", sheet({**ZHANG, "title": "主任", "ends": "2030-12-31"}))
    assert said.startswith("修改任职 1，未变 0")
    post = Post.objects.get(account__username="zhang")
    assert (post.title, post.is_lead, post.ends_on) == ("主任", True, date(2030, 12, 31))


def test_somebody_who_comes_back_gets_a_new_post(people, sheet):
    loaded("load_people", sheet({**ZHANG, "ends": "2024-12-31"}))
    back = sheet({**ZHANG, "starts": "2025-06-01"})
    loaded("load_people", back)
    assert Post.objects.filter(account__username="zhang").count() == 2
    assert "没有变化" in loaded("load_people", back)


def test_a_leader_of_several_townships_has_a_post_for_each(people, sheet):
    leader = {**NEW, "unit_code": "620402-centre", "role": "领导", "position": "包联县级领导"}
    path = sheet({**leader, "scope": "620402004007"}, {**leader, "scope": "620402004008"})
    loaded("load_people", path)
    assert Post.objects.filter(position=Position.COUNTY_LEADER).count() == 2
    assert "没有变化" in loaded("load_people", path)


def test_new_duty_replaces_the_old_from_today_and_no_ends_it(people, sheet):
    with time_machine.travel("2026-03-02 04:00:00+00:00"):
        loaded("load_people", sheet({**ZHANG, "duty": "1-5 08:30-18:00"}))
    old, new = Shift.objects.filter(account__username="zhang").order_by("id")
    assert (old.valid_to, new.valid_to) == (date(2026, 3, 1), None)
    assert (new.valid_from, new.weekdays, new.order) == (date(2026, 3, 2), "12345", 4)
    with time_machine.travel("2026-03-03 04:00:00+00:00"):
        loaded("load_people", sheet({**ZHANG, "duty": "否"}))
    new.refresh_from_db()
    assert new.valid_to == date(2026, 3, 2)


def test_a_new_phone_is_found_by_its_index(people, sheet):
    loaded("load_people", sheet({**ZHANG, "phone": "19900000077"}))
    account = Account.objects.get(phone_index=blind_index("19900000077"))
    assert (account.username, account.phone) == ("zhang", "19900000077")


def test_two_people_may_swap_their_phones(people, sheet):
    li = {**ZHANG, "username": "li", "phone": "19900000033"}
    loaded("load_people", sheet({**ZHANG, "phone": "19900000004"}, li))
    assert Account.objects.get(username="li").phone == "19900000033"


def test_an_account_or_unit_that_was_switched_off_is_refused(people, sheet):
    Account.objects.filter(username="li").update(is_active=False)
    Unit.objects.filter(code="police").update(is_active=False)
    said = refused(
        "load_people", sheet({**ZHANG, "username": "li"}, {**NEW, "unit_code": "police"})
    )
    assert "第 2 行：账号已停用：li" in said
    assert "第 3 行：单位已停用：police" in said


def test_nobody_is_removed_by_being_left_out(people, sheet):
    loaded("load_people", sheet(NEW))
    assert Post.objects.current().count() == 6


def test_the_command_is_known_by_its_dashed_name(people, sheet, capsys):
    call_command("load_people", sheet(NEW))
    assert "新增人员 1" in capsys.readouterr().out
