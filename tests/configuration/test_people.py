"""Units and posts: changed at once, kept in the register, nothing lost."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from builders import a_filed, a_unit, an_account
from mashang.audit.models import Record
from mashang.cases.models import CatalogueRule, Category
from mashang.core.versions import in_force, write
from mashang.people.models import Post, Role, Unit, UnitKind
from settings_pages import Operator, previewed
from visits import text_of

pytestmark = pytest.mark.django_db


def day(days=0):
    return timezone.localdate() + timedelta(days=days)


class TestUnits:
    def fields(self, **more):
        return {
            "code": "water", "name": "白银区水务局", "kind": "department", "place": "白银区",
            "parent": "白银区综治中心", **more,
        }  # fmt: skip

    def test_a_unit_is_added_and_renamed_and_the_register_keeps_the_old_name(self, city, operator):
        operator.saved("/units/new", **self.fields())
        unit = Unit.objects.get(code="water")
        assert (unit.parent, unit.place) == (city.centre, city.county)
        operator.saved(f"/units/{unit.pk}", **self.fields(name="白银区水利局", reason="机构改革"))
        unit.refresh_from_db()
        assert unit.name == "白银区水利局"
        page = operator.get(f"/units/{unit.pk}")
        assert "白银区水务局 → 白银区水利局" in page and "机构改革" in page
        assert "白银区水利局" in operator.get("/units?find=水利")
        assert "白银区水利局" not in operator.get("/units?kind=community")

    def test_what_is_wrong_is_said(self, city, operator):
        operator.refused("/units/new", "已经用了", **self.fields(code="yihe"))
        operator.refused("/units/new", "没有找到", **self.fields(place="没有的地方"))
        centre = city.centre
        operator.refused(
            f"/units/{centre.pk}", "绕成了圈", name="中心", kind="centre", place="白银区",
            parent="颐和社区居委会",
        )  # fmt: skip

    def test_a_grassroots_unit_without_one_above_needs_a_second_thought(self, city, operator):
        fields = self.fields(code="new", name="新社区居委会", kind="community", parent="")
        answer = operator.save("/units/new", **fields)
        assert answer.status_code == 200 and "没有上级单位" in text_of(answer)
        assert operator.save("/units/new", confirmed=True, **fields).status_code == 302

    def test_a_closed_unit_leaves_everything_to_its_successor(self, city, operator):
        old = a_unit("old", "白银区水务局", UnitKind.DEPARTMENT, city.county, city.centre)
        below = a_unit("below", "供水站", UnitKind.OTHER, city.county, old)
        new = a_unit("new", "白银区水利局", UnitKind.DEPARTMENT, city.county, city.centre)
        category = Category.objects.create(code="water", name="供水")
        write(
            [
                CatalogueRule(
                    category=category, place=city.county, unit=old, keeps_above=True,
                    valid_from=day(),
                )
            ],
            by=None,
        )  # fmt: skip
        city.code.unit = old
        city.code.save()
        a_filed(city, category=category)
        page = f"/units/{old.pk}/close"
        operator.refused(page, "写接替的单位")
        answer = operator.save(page, successor="白银区水利局")
        assert "还有 1 件没有办结" in text_of(answer)
        assert Unit.objects.get(pk=old.pk).is_active
        answer = operator.save(page, confirmed=True, successor="白银区水利局")
        assert answer.status_code == 302, text_of(answer)
        assert not Unit.objects.get(pk=old.pk).is_active
        below.refresh_from_db()
        city.code.refresh_from_db()
        ((rule,),) = in_force(CatalogueRule.objects.all(), day()).values()
        assert (below.parent, city.code.unit) == (new, new)
        assert (rule.unit, rule.keeps_above) == (new, True)
        assert Record.objects.filter(kind="unit", about=f"unit:{old.pk}").exists()

    def test_the_posts_at_a_closed_unit_end_today(self, city, operator):
        page = f"/units/{city.next_door_unit.pk}/close"
        assert operator.save(page, confirmed=True).status_code == 302
        assert Post.objects.get(account=city.neighbour).ends_on == day()


class TestPosts:
    def fields(self, **more):
        return {
            "username": "zhang", "unit": "人民路街道办", "role": "handler", "title": "网格员",
            "starts_on": day(1).isoformat(), **more,
        }  # fmt: skip

    def test_a_post_is_given_and_taken_back_before_it_begins(self, city, operator):
        operator.saved("/posts/new", **self.fields())
        post = Post.objects.get(title="网格员")
        assert (post.account, post.place) == (city.zhang, city.township)
        assert "网格员" in operator.get("/posts?when=coming")
        assert Record.objects.filter(kind="post", account=city.operator).count() == 1
        operator.saved(f"/posts/{post.pk}/end", ends_on="")
        assert not Post.objects.filter(pk=post.pk).exists()
        assert Record.objects.filter(kind="post").count() == 2

    def test_a_post_ends_on_a_day_that_is_not_over(self, city, operator):
        post = Post.objects.get(account=city.li)
        page = f"/posts/{post.pk}/end"
        operator.refused(page, "以前的不改", ends_on=day(-1).isoformat())
        operator.refused(page, "请选日期", ends_on="")
        operator.saved(page, ends_on=day(5).isoformat())
        post.refresh_from_db()
        assert post.ends_on == day(5)

    def test_leaving_a_rung_empty_needs_a_second_thought(self, city, operator):
        post = Post.objects.get(account=city.commissioner)
        page = f"/posts/{post.pk}/end"
        answer = operator.save(page, ends_on=day().isoformat())
        assert answer.status_code == 200 and "马上报下一级" in text_of(answer)
        post.refresh_from_db()
        assert post.ends_on is None

    def test_the_three_administrators_are_three_people_and_nobody_appoints_themselves(
        self, city, operator
    ):
        operator.refused(
            "/posts/new", "不能同时是", **self.fields(username="auditor", role="security_operator")
        )
        operator.refused("/posts/new", "不能给自己", **self.fields(username="operator"))
        operator.refused("/posts/new", "没有这个用户名", **self.fields(username="nobody"))
        operator.refused("/posts/new", "从今天或以后", **self.fields(starts_on=day(-1).isoformat()))
        new = an_account("wu", "吴新")
        answer = operator.save("/posts/new", **self.fields(username="wu", role="system_operator"))
        assert answer.status_code == 200 and "三个人分别担任" in text_of(answer)
        assert not Post.objects.filter(account=new).exists()

    def test_the_last_system_operator_is_not_lost_by_accident(self, city, operator):
        post = Post.objects.get(role=Role.SYSTEM_OPERATOR)
        answer = operator.save(f"/posts/{post.pk}/end", ends_on=day().isoformat())
        assert "最后一位系统管理员" in text_of(answer)


def test_a_table_of_codes_stands_in_their_histories_with_who_loaded_it(city, operator):
    head = "地点代码,楼栋或位置,批次,编码,状态"
    row = f"{city.yihe.pk},,{city.code.batch.name},{city.code.pk},破损"
    file = SimpleUploadedFile("signs.csv", f"{head}\n{row}\n".encode())
    shown = text_of(operator.post("/codes/import", step="preview", file=file))
    assert "修改编码 1" in shown
    assert not city.code.events.exists()
    kept = {name: re.search(rf'name="{name}" value="([^"]*)"', shown).group(1)
            for name in ("name", "content")}  # fmt: skip
    answer = operator.post("/codes/import", step="save", previewed=previewed(shown), **kept)
    assert answer["Location"] == "/desk/codes/batches"
    assert city.code.events.get().by == city.operator
    assert "按表格改了" in text_of(operator.browser.get(f"/desk/codes/of/{city.code.pk}"))


@pytest.mark.parametrize("page", ["/units", "/posts"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_a_fixed_number_of_questions(
    city, operator, page, count, django_assert_max_num_queries
):
    for number in range(count):
        a_unit(f"u{number}", f"单位{number}", UnitKind.OTHER, city.county, city.centre)
        Post.objects.create(
            account=city.zhang, unit=city.yihe_unit, place=city.yihe, role=Role.HANDLER,
            starts_on=day(),
        )  # fmt: skip
    operator.get(page)
    with django_assert_max_num_queries(6):
        operator.get(page)


def test_a_dispatcher_of_the_county_reads_and_changes_nothing(city):
    seer = Operator(city.county_duty)
    assert "颐和社区居委会" in seer.get(f"/units/{city.yihe_unit.pk}")
    for page in ("/posts/new", f"/units/{city.yihe_unit.pk}/close", "/codes/import"):
        assert seer.browser.get(f"/desk/settings{page}").status_code == 404
    for page in ("/units/new", f"/units/{city.yihe_unit.pk}"):
        assert seer.post(page, step="preview").status_code == 404
