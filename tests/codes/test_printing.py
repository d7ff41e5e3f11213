"""Orders of signs: by page and by command, in the background, gone on with after a stop."""

import errno
import os
import select
import signal
import subprocess
import time
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import NOON, City, make_city
from mashang.audit.models import Record
from mashang.codes.addresses import address_of
from mashang.codes.models import Batch, Code, CodeState, PrintFile, PrintRun, RunState
from mashang.codes.posters import making, orders
from mashang.codes.posters.printing import sign_of
from mashang.codes.posters.words import Words
from mashang.people.actors import SYSTEM
from photographs import decoded, page_images
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
WORDS = Words(hotline="0943-12345")


@pytest.fixture
def city(settings, tmp_path) -> City:
    settings.DATA_DIR = tmp_path
    return make_city()


@pytest.fixture
def batch(city) -> Batch:
    """Seven signs in two townships."""
    batch = Batch.objects.create(name="2026年楼栋", kind="building")
    for number in range(1, 7):
        Code.objects.create(place=city.yihe, spot=f"{number * 2}号楼", batch=batch)
    Code.objects.create(place=city.far_village, spot="大槐树下", batch=batch)
    return batch


FORM = {
    "design": "plate",
    "title": "有事扫码说",
    "promise": "半小时内回电话",
    "hotline": "12345",
    "phone_label": "也可以打电话",
    "emergency": "",
    "script": "english",
    "second_title": "",
}


def ordered(batch, **more) -> PrintRun:
    return orders.order_run(
        orders.printable(batch), design="plate", words=WORDS, title=batch.name, batch=batch,
        by=SYSTEM, **more,
    )  # fmt: skip


def test_an_operator_orders_a_batch_and_downloads_a_file_for_each_township(city, batch):
    desk = at_desk(city.operator)
    answer = desk.post(f"/desk/codes/batches/{batch.pk}/print", FORM)
    run = PrintRun.objects.get()
    assert answer["Location"] == f"/desk/codes/prints/{run.pk}"
    waiting = text_of(desk.get(answer["Location"]))
    assert "等着生成" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert Record.objects.filter(kind="code", about=f"printing:{run.pk}").count() == 1

    assert making.carry_out(run)
    done = text_of(desk.get(answer["Location"]))
    assert "已生成 7 张，共 7 张（100%）" in done
    assert "refresh" not in done
    read = []
    for file in run.files.all():
        pdf = desk.get(f"{answer['Location']}/files/{file.number}")
        assert pdf["Content-Type"] == "application/pdf"
        target = Path(orders.folder_of(run)) / "downloaded"
        target.write_bytes(b"".join(pdf.streaming_content))
        for page in page_images(target, pixels_per_mm=2):
            read += [symbol.text for symbol in decoded(page)]
    # By township, and 2号楼 before 10号楼.
    codes = batch.codes.all()
    spots = {address_of(code.code): code.spot for code in codes}
    expected = [f"{number * 2}号楼" for number in range(1, 7)] + ["大槐树下"]
    assert [spots[text] for text in read] == expected


def test_a_sample_is_one_sign(city, batch):
    desk = at_desk(city.operator)
    desk.post(f"/desk/codes/batches/{batch.pk}/print", FORM | {"step": "sample"})
    run = PrintRun.objects.get()
    assert (run.signs, run.title) == (1, "2026年楼栋（样张）")
    assert not Code.objects.exclude(printed_at=None).exists()


def test_a_sign_printed_after_a_merger_says_the_new_name(city):
    city.yihe.valid_to, city.yihe.successor = date(2026, 1, 1), city.next_door
    city.yihe.save()
    sign = sign_of(Code.objects.select_related("place").get(pk=city.code.pk))
    assert (sign.place, sign.spot, sign.code) == ("隔壁社区", "3号楼", city.code.pk)


def test_what_is_lacking_is_said_and_what_was_typed_stays(city, batch):
    desk = at_desk(city.operator)
    answer = desk.post(
        f"/desk/codes/batches/{batch.pk}/print", FORM | {"title": "", "script": "own"}
    )
    assert answer.status_code == 422
    assert "请写上第二种文字的标题" in text_of(answer)
    assert "半小时内回电话" in text_of(answer)
    Code.objects.filter(batch=batch).update(state=CodeState.RETIRED)
    answer = desk.post(f"/desk/codes/batches/{batch.pk}/print", FORM)
    assert answer.status_code == 422
    assert "这里没有可以印的码" in text_of(answer)
    assert not PrintRun.objects.exists()


def test_an_order_that_stopped_half_way_goes_on_and_makes_nothing_twice(batch):
    run = ordered(batch)
    asked = iter([True, False])
    assert not making.carry_out(run, go_on=lambda: next(asked))
    first, second = run.files.all()
    assert (first.done_at is None, second.done_at is None) == (False, True)
    written = orders.path_of(first).stat().st_mtime_ns
    assert making.carry_out(run)
    assert orders.path_of(first).stat().st_mtime_ns == written
    assert orders.path_of(second).read_bytes().startswith(b"%PDF")
    assert PrintRun.objects.get().state == RunState.DONE


def test_going_on_with_an_order_that_is_done_says_so_and_prints_nothing_again(batch, capsys):
    run = ordered(batch)
    assert making.carry_out(run)
    written = [orders.path_of(file).stat().st_mtime_ns for file in run.files.all()]
    call_command("posters", run=run.pk)
    assert "7 张牌子，2 个文件" in capsys.readouterr().out
    assert [orders.path_of(file).stat().st_mtime_ns for file in run.files.all()] == written


def test_an_order_is_carried_out_by_one_process_and_taken_over_from_a_dead_one(batch, time_machine):
    time_machine.move_to(NOON, tick=False)
    run = ordered(batch)
    assert orders.claim(run)
    assert not making.carry_out(run)
    time_machine.shift(121)
    assert making.carry_out(run)
    assert PrintRun.objects.get().state == RunState.DONE


def test_an_order_of_a_process_that_was_killed_is_taken_over_at_once(batch):
    run = ordered(batch)
    name = orders.claim(run)
    ended = subprocess.Popen(["true"])
    ended.wait()
    PrintRun.objects.update(runner=name.replace(f":{os.getpid()}:", f":{ended.pid}:"))
    assert making.carry_out(run)
    assert PrintRun.objects.get().state == RunState.DONE


def test_the_worker_has_a_process_of_its_own_carry_out_what_waits(
    transactional_db, settings, tmp_path, mashang
):
    settings.DATA_DIR = tmp_path
    city = make_city()
    run = orders.order_run([city.code], design="sticker", words=WORDS, title="一张", by=SYSTEM)
    worker = mashang.start("worker")
    path, end = orders.path_of(run.files.get()), time.monotonic() + 60
    while PrintRun.objects.get().state != RunState.DONE and time.monotonic() < end:
        select.select([], [], [], 0.1)
    assert path.read_bytes().startswith(b"%PDF")
    worker.send(signal.SIGTERM)
    assert worker.ends() == 0


def test_a_stopped_order_makes_no_further_file_and_can_be_gone_on_with(city, batch):
    run = ordered(batch)
    desk = at_desk(city.operator)
    address = f"/desk/codes/prints/{run.pk}"
    desk.post(f"{address}/change", {"do": "stop"})
    assert not making.carry_out(run)
    assert "接着生成" in text_of(desk.get(address))
    desk.post(f"{address}/change", {"do": "resume"})
    assert making.carry_out(run)
    assert PrintFile.objects.exclude(done_at=None).count() == 2


def test_a_full_disk_fails_the_order_in_plain_words_and_leaves_no_half_file(
    city, batch, monkeypatch
):
    def fills_the_disk(target, *_args, **_more):
        target.write_bytes(b"%PDF half")
        raise OSError(errno.ENOSPC, "No space left on device")

    run = ordered(batch)
    monkeypatch.setattr(making, "print_signs", fills_the_disk)
    with pytest.raises(OSError, match="No space"):
        making.carry_out(run)
    assert list(orders.folder_of(run).iterdir()) == []
    shown = text_of(at_desk(city.operator).get(f"/desk/codes/prints/{run.pk}"))
    assert "磁盘写不进去" in shown
    monkeypatch.undo()
    orders.resume_run(run, by=SYSTEM)
    assert making.carry_out(run)
    assert PrintRun.objects.get().state == RunState.DONE


def test_a_font_without_a_character_fails_the_order_in_plain_words(city, batch):
    Code.objects.filter(spot="大槐树下").update(spot="\U000f0000")
    run = ordered(batch)
    assert making.carry_out(run)
    shown = text_of(at_desk(city.operator).get(f"/desk/codes/prints/{run.pk}"))
    assert "没有生成成" in shown
    assert "没有这些字" in shown


def test_the_command_prints_a_batch_of_one_township(batch, capsys):
    call_command("posters", "2026年楼栋", design="sticker", within="620422")
    assert "1 张牌子，1 个文件" in capsys.readouterr().out
    assert PrintRun.objects.get().state == RunState.DONE
    with pytest.raises(CommandError, match="没有这个批次"):
        call_command("posters", "没有的")


def test_the_files_of_old_orders_are_cleared_away_and_can_be_made_again(city, batch, time_machine):
    time_machine.move_to(NOON, tick=False)
    run = ordered(batch)
    making.carry_out(run)
    assert orders.clear_away() == 0
    time_machine.shift(61 * 86400)
    assert orders.clear_away() == 1
    assert not orders.folder_of(run).exists()
    run.refresh_from_db()
    orders.resume_run(run, by=SYSTEM)
    assert making.carry_out(run)
    assert orders.path_of(run.files.first()).exists()


@pytest.mark.parametrize("who", ["zhang", "dispatcher", "inspector", "auditor"])
def test_batches_and_others_orders_are_not_there_for_anybody_else(city, batch, who):
    run = ordered(batch)
    run.files.update(done_at=NOON)
    orders.folder_of(run).mkdir(parents=True)
    orders.path_of(run.files.first()).write_bytes(b"%PDF")
    desk = at_desk(getattr(city, who))
    for address in (
        "/desk/codes/batches",
        f"/desk/codes/batches/{batch.pk}",
        f"/desk/codes/batches/{batch.pk}/print",
        f"/desk/codes/prints/{run.pk}",
        f"/desk/codes/prints/{run.pk}/files/1",
    ):
        assert desk.get(address).status_code == 404, address


def test_the_list_of_batches_takes_the_same_queries_for_one_and_for_three(city, batch):
    desk = at_desk(city.operator)
    ordered(batch)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert "2026年楼栋" in text_of(desk.get("/desk/codes/batches"))
        return len(captured)

    queries()  # the first visit of a session has one of its own
    few = queries()
    for number in range(2):
        Batch.objects.create(name=f"第{number}批", kind="other")
        ordered(batch)
    assert queries() == few
