"""The life of a sign: put up, used, damaged, replaced, moved, retired, by those whose it is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from builders import NOON, City, a_place, make_city
from mashang.audit.models import Record
from mashang.codes import scans
from mashang.codes.models import Batch, Code, CodeEvent, CodeState, EventKind, PrintRun, Scans
from mashang.places.models import FormerName, Kind, Level, Place
from residents import file
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(settings, tmp_path) -> City:
    settings.DATA_DIR = tmp_path
    return make_city()


@pytest.fixture
def zhang(city):
    """The cadre of 颐和社区."""
    return at_desk(city.zhang)


@pytest.fixture
def sign(city) -> Code:
    """颐和社区 9号楼, made and not put up."""
    return Code.objects.create(place=city.yihe, spot="9号楼", batch=city.code.batch)


@pytest.fixture
def elsewhere(city) -> Code:
    return Code.objects.create(place=city.far_village, spot="大槐树下", batch=city.code.batch)


def do(desk, code, what, **fields):
    return desk.post(f"/desk/codes/of/{code.pk}/{what}", fields)


def state_of(code) -> str:
    return Code.objects.get(pk=code.pk).state


def scan(code) -> object:
    return Client().get(f"/q/{code.pk}")


# Damaged and replaced -----------------------------------------------------------------------------


def test_a_cadre_reports_a_sign_damaged_and_it_still_leads_to_the_form(city, zhang):
    answer = do(zhang, city.code, "damage", words="晒褪色了")
    assert answer["Location"] == f"/desk/codes/of/{city.code.pk}"
    shown = text_of(zhang.get(answer["Location"]))
    assert "晒褪色了" in shown
    assert "张桂兰" in shown
    assert state_of(city.code) == CodeState.DAMAGED
    assert scan(city.code).status_code == 200
    record = Record.objects.get(about=f"code:{city.code.pk}")
    assert (record.kind, record.account) == ("code", city.zhang)


def test_a_new_code_takes_the_old_ones_place_and_the_old_one_leads_to_it(city, zhang):
    Code.objects.filter(pk=city.code.pk).update(unit=city.township_unit, second_name="Building 3")
    answer = do(zhang, city.code, "replace")
    old, new = Code.objects.get(pk=city.code.pk), Code.objects.get(replaced=city.code.pk)
    assert answer["Location"] == f"/desk/codes/of/{new.pk}"
    assert (new.place_id, new.spot, new.unit) == (old.place_id, "3号楼", city.township_unit)
    assert (new.second_name, new.batch_id) == ("Building 3", old.batch_id)
    assert (new.state, old.state) == (CodeState.ISSUED, CodeState.RETIRED)
    shown = text_of(scan(old))
    assert "您扫的是旧码，一样能用" in shown
    assert "您扫的是旧码" not in text_of(scan(new))


def test_a_report_from_an_old_sign_counts_for_the_new_one(city, zhang):
    do(zhang, city.code, "replace")
    new = Code.objects.get(replaced=city.code.pk)
    assert file(city).code_id == new.pk


def test_a_sign_replaced_twice_leads_to_the_last_in_two_queries(city, zhang):
    do(zhang, city.code, "replace")
    second = Code.objects.get(replaced=city.code.pk)
    do(zhang, second, "replace")
    third = Code.objects.get(replaced=second.pk)
    assert Code.objects.get(pk=city.code.pk).replaced_by == third
    scan(third)  # fills what is kept in memory
    with CaptureQueriesContext(connection) as fresh:
        scan(third)
    with CaptureQueriesContext(connection) as old:
        scan(city.code)
    assert len(old) == len(fresh) + 1


def test_whoever_is_second_is_told_what_the_first_did(city, zhang):
    do(zhang, city.code, "replace")
    answer = do(zhang, city.code, "replace")
    assert answer.status_code == 422
    assert "这个码现在是“已停用”" in text_of(answer)
    assert Code.objects.filter(replaced=city.code.pk).count() == 1
    assert do(zhang, city.code, "damage").status_code == 422


@pytest.mark.parametrize(
    ("first_used_on", "state"), [(None, CodeState.POSTED), ("2026-03-01", CodeState.LIVE)]
)
def test_a_mended_sign_is_live_if_anybody_ever_scanned_it(city, zhang, first_used_on, state):
    Code.objects.filter(pk=city.code.pk).update(first_used_on=first_used_on)
    do(zhang, city.code, "damage")
    assert "已经报过破损" in text_of(do(zhang, city.code, "damage"))
    do(zhang, city.code, "mend")
    assert state_of(city.code) == state


def test_a_cadre_prints_the_new_sign_by_itself(city, zhang):
    answer = do(zhang, city.code, "print", design="plate")
    run = PrintRun.objects.get()
    assert (run.signs, run.ordered_by) == (1, city.zhang)
    assert zhang.get(answer["Location"]).status_code == 200
    assert at_desk(city.neighbour).get(answer["Location"]).status_code == 404
    assert do(zhang, city.code, "print", design="castle").status_code == 404


def test_the_administration_shows_signs_and_changes_none(city):
    desk, page = at_desk(city.operator), "admin:codes_code_%s"
    sign = reverse(page % "change", args=[city.code.pk])
    assert "3号楼" in text_of(desk.get(sign))
    assert desk.post(sign, {"spot": "4号楼", "state": "retired"}).status_code == 404
    assert desk.get(reverse(page % "add")).status_code == 404
    assert (state_of(city.code), Code.objects.get(pk=city.code.pk).spot) == ("live", "3号楼")


# Moved and taken down -----------------------------------------------------------------------------


def test_a_sign_moves_to_another_spot_and_keeps_its_code(city, zhang):
    answer = do(zhang, city.code, "move", place=city.yihe.pk, spot="小区东门")
    assert answer.status_code == 302
    code = Code.objects.get(pk=city.code.pk)
    assert (code.spot, code.state) == ("小区东门", CodeState.LIVE)
    assert "颐和社区 3号楼 → 白银区人民路街道颐和社区 小区东门" in code.events.get().words


def test_a_sign_that_was_taken_down_says_so_and_comes_back_elsewhere(city, zhang):
    do(zhang, city.code, "down", words="外墙粉刷")
    assert scan(city.code).status_code == 410
    do(zhang, city.code, "move", place=city.yihe.pk, spot="门房")
    assert state_of(city.code) == CodeState.POSTED
    assert scan(city.code).status_code == 200


def test_two_signs_do_not_hang_at_one_spot(city, zhang, sign):
    answer = do(zhang, sign, "move", place=city.yihe.pk, spot="3号楼")
    assert answer.status_code == 422
    assert "那个位置已经有一块牌子了" in text_of(answer)
    assert Code.objects.get(pk=sign.pk).spot == "9号楼"


def test_a_cadre_moves_nothing_to_places_of_others(city, zhang, sign):
    answer = do(zhang, sign, "move", place=city.next_door.pk, spot="门口")
    assert answer.status_code == 422
    assert Code.objects.get(pk=sign.pk).place == city.yihe
    township = at_desk(city.dispatcher)
    assert do(township, sign, "move", place=city.next_door.pk, spot="门口").status_code == 302
    assert do(township, sign, "move", place=city.far_village.pk, spot="门口").status_code == 422


def test_the_operator_gives_a_sign_to_another_unit_and_back_to_its_places_own(city, zhang, sign):
    desk = at_desk(city.operator)
    assert do(zhang, sign, "unit", unit="人民路街道办").status_code == 404
    assert "换承办单位" not in text_of(zhang.get(f"/desk/codes/of/{sign.pk}"))
    answer = do(desk, sign, "unit", unit="没有这个单位")
    assert answer.status_code == 422
    assert "没有找到“没有这个单位”" in text_of(answer)
    for name, unit in (("人民路街道办", city.township_unit), ("", None)):
        assert do(desk, sign, "unit", unit=name).status_code == 302
        assert Code.objects.get(pk=sign.pk).unit == unit
    assert "和原来一样" in text_of(do(desk, sign, "unit", unit=""))
    words = sign.events.filter(kind=EventKind.UNIT).values_list("words", flat=True)
    assert list(words) == ["人民路街道办 → —", "— → 人民路街道办"]
    assert Record.objects.filter(about=f"code:{sign.pk}").count() == 2


def test_the_operator_alone_retires(city, zhang, sign):
    assert do(zhang, sign, "retire").status_code == 404
    assert "停用这个码" not in text_of(zhang.get(f"/desk/codes/of/{sign.pk}"))
    do(at_desk(city.operator), sign, "retire", words="楼拆了")
    assert state_of(sign) == CodeState.RETIRED


# Whose they are -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "yihe", "far"),
    [
        ("zhang", 200, 404),
        ("dispatcher", 200, 404),
        ("county_duty", 200, 404),
        ("far_cadre", 404, 200),
        ("neighbour", 404, 404),
        ("inspector", 404, 404),
        ("commissioner", 404, 404),
        ("auditor", 404, 404),
        ("operator", 200, 200),
    ],
)
def test_signs_are_there_for_the_units_of_their_places(city, elsewhere, who, yihe, far):
    desk = at_desk(getattr(city, who))
    assert desk.get(f"/desk/codes/of/{city.code.pk}").status_code == yihe
    assert desk.get(f"/desk/codes/of/{elsewhere.pk}").status_code == far
    for code, seen in ((city.code, yihe), (elsewhere, far)):
        assert do(desk, code, "damage").status_code == (302 if seen == 200 else 404)
        assert (state_of(code) == CodeState.DAMAGED) == (seen == 200)
        Code.objects.filter(pk=code.pk).update(state=CodeState.LIVE)
    listed = desk.get("/desk/codes")
    if {yihe, far} == {404}:
        expected = 200 if who == "neighbour" else 404
        assert listed.status_code == expected
    else:
        assert (city.code.pk in text_of(listed)) == (yihe == 200)
        assert (elsewhere.pk in text_of(listed)) == (far == 200)


# Lists --------------------------------------------------------------------------------------------


def found(desk, query) -> set[str]:
    return {code for code in Code.objects.values_list("pk", flat=True)
            if f"/of/{code}" in text_of(desk.get(f"/desk/codes?{query}"))}  # fmt: skip


def test_signs_are_found_by_code_place_spot_state_and_batch(city, sign, elsewhere):
    desk = at_desk(city.operator)
    old = city.retired_code
    assert found(desk, f"find={sign.pk.lower()}") == {sign.pk}
    assert found(desk, "find=大槐树") == {elsewhere.pk}
    assert found(desk, "find=颐和社区") == {sign.pk, city.code.pk, old.pk}
    assert found(desk, "place=620422") == {elsewhere.pk}
    assert found(desk, "state=retired") == {old.pk}
    assert found(desk, f"batch={Batch.objects.create(name='空').pk}") == set()
    assert found(desk, "state=nonsense&batch=x&place=%F0%9F&list=?") == {
        sign.pk, city.code.pk, old.pk, elsewhere.pk,
    }  # fmt: skip


def test_never_used_used_but_retired_and_places_that_changed(city, sign, elsewhere, time_machine):
    desk = at_desk(city.operator)
    Code.objects.update(state_since=NOON, issued_at=NOON)
    time_machine.move_to(NOON.replace(day=9), tick=False)
    for code in (city.code, city.retired_code):
        scan(code)
    scans.add_up()
    assert found(desk, "list=never") == {sign.pk, elsewhere.pk}
    assert found(desk, "list=gone") == {city.retired_code.pk}
    assert found(desk, "list=place") == set()
    FormerName.objects.create(place=city.far_village, name="远山沟", until="2026-03-08")
    Place.objects.filter(pk=city.yihe.pk).update(valid_to="2026-03-08", successor=city.next_door)
    assert found(desk, "list=place") == {sign.pk, elsewhere.pk, city.code.pk}
    # Printed anew, it says the name of today.
    do(desk, city.code, "print", design="plate")
    assert found(desk, "list=place") == {sign.pk, elsewhere.pk}
    # A name that was given up before the sign was made is no reason.
    FormerName.objects.update(until="2026-03-01")
    assert elsewhere.pk not in found(desk, "list=place")


def test_signs_are_counted_by_township_or_by_village(city, sign, elsewhere):
    shown = text_of(at_desk(city.operator).get("/desk/codes/places"))
    assert "白银区人民路街道</a>" in shown
    assert "会宁县远山乡</a>" in shown
    assert "一共 4 个码" in shown
    assert '?place=620402001&amp;list=never">2</a>' in shown  # not the retired one
    shown = text_of(at_desk(city.dispatcher).get("/desk/codes/places"))
    assert "白银区人民路街道颐和社区</a>" in shown
    assert "远山乡" not in shown


def test_the_lists_take_the_same_queries_for_one_sign_and_for_four(city):
    desk = at_desk(city.zhang)

    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address).status_code == 200
        return len(captured)

    pages = ("/desk/codes", "/desk/codes/posting", "/desk/codes?list=place", "/desk/codes/places")
    Code.objects.create(place=city.yihe, spot="0号楼", batch=city.code.batch)
    desk.get("/desk/codes")
    few = [queries(page) for page in pages]
    for number in range(3):
        batch = Batch.objects.create(name=f"{number}批", kind="other")
        place = a_place(
            f"620402001007{number:04d}", f"{number}号楼", Level.BUILDING, Kind.OTHER, city.yihe
        )
        Code.objects.create(place=place, batch=batch)
    assert [queries(page) for page in pages] == few


# Putting them up ----------------------------------------------------------------------------------


def test_whoever_puts_signs_up_ticks_them_on_paper_and_then_here(city, zhang, sign, elsewhere):
    page = text_of(zhang.get("/desk/codes/posting"))
    assert "9号楼" in page
    assert "大槐树下" not in page
    assert "贴的人、日期" in page
    zhang.post("/desk/codes/posting", {"code": [sign.pk, elsewhere.pk, "nonsense"]})
    assert (state_of(sign), state_of(elsewhere)) == (CodeState.POSTED, CodeState.ISSUED)
    event = CodeEvent.objects.get(kind=EventKind.POSTED)
    assert (event.code, event.by) == (sign, city.zhang)
    assert "没有等着张贴的码" in text_of(zhang.get("/desk/codes/posting"))
    shown = text_of(zhang.post("/desk/codes/posting", {}, follow=True))
    assert "没有勾选，什么都没有记" in shown


def test_a_sign_put_up_is_written_down_once(city, zhang, sign):
    assert do(zhang, sign, "post").status_code == 302
    assert "已经记过张贴" in text_of(do(zhang, sign, "post"))


# Counting -----------------------------------------------------------------------------------------


def test_scans_are_counted_by_day_and_the_first_makes_a_sign_live(city, sign, time_machine):
    time_machine.move_to(NOON, tick=False)
    for _time in range(3):
        scan(sign)
    scan(city.code)
    assert not Scans.objects.exists()
    assert scans.add_up() == 4
    time_machine.move_to(NOON.replace(day=6), tick=False)
    scan(sign)
    assert scans.add_up() == 1
    assert scans.add_up() == 0
    counted = [(str(row.day), row.count) for row in sign.scans.order_by("day")]
    assert counted == [("2026-03-04", 3), ("2026-03-06", 1)]
    sign.refresh_from_db()
    assert sign.state == CodeState.LIVE
    assert (str(sign.first_used_on), str(sign.last_used_on)) == ("2026-03-04", "2026-03-06")
    assert sign.events.get().kind == EventKind.LIVE
    assert "扫了 4 次" in text_of(at_desk(city.zhang).get(f"/desk/codes/of/{sign.pk}"))


def test_counting_costs_the_form_no_query_and_keeps_nothing_about_anybody(
    city, sign, settings, monkeypatch
):
    scan(city.code)  # fills what is kept in memory
    (settings.DATA_DIR / "scans" / "waiting").unlink()
    with CaptureQueriesContext(connection) as counted:
        Client().get(f"/q/{sign.pk}", REMOTE_ADDR="203.0.113.9", headers={"user-agent": "Old"})
    kept = (settings.DATA_DIR / "scans" / "waiting").read_text()
    assert kept.split() == [sign.pk, kept.split()[1]]
    assert len(kept.split()[1]) == len("2026-03-04")
    monkeypatch.setattr("mashang.cases.views_resident.filing.count_scan", lambda _code: None)
    with CaptureQueriesContext(connection) as uncounted:
        Client().get(f"/q/{sign.pk}")
    assert len(counted) == len(uncounted)
    assert {field.name for field in Scans._meta.get_fields()} == {"id", "code", "day", "count"}


def test_sending_and_looking_at_other_forms_is_no_scan(city, sign):
    Client().head(f"/q/{sign.pk}")
    Client().get(f"/q/{sign.pk}?type=consultation")
    Client().post(f"/q/{sign.pk}", {"text": ""})
    assert scans.add_up() == 0


def test_a_count_that_was_cut_short_is_not_lost(city, sign, monkeypatch):
    scan(sign)
    monkeypatch.setattr(scans, "_write", lambda _counts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scans.add_up()
    monkeypatch.undo()
    scan(sign)
    assert scans.add_up() == 1  # what the killed one had taken
    assert scans.add_up() == 1
    assert sign.scans.get().count == 2


def test_a_full_disk_costs_the_count_and_not_the_form(city, sign, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "file"
    settings.DATA_DIR.write_text("no folder")
    assert scan(sign).status_code == 200


@pytest.mark.parametrize("given", ["scene=c%3D{code}", "q=https%3A%2F%2Fma.example%2Fq%2F{code}"])
def test_a_mini_program_hands_over_its_scene_or_the_address(city, given):
    answer = Client().get(f"/q?{given.format(code=city.code.pk)}")
    assert answer["Location"] == f"/q/{city.code.pk}"
