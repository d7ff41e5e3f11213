"""The map of figures: the schematic always, 天地图 only with a key, and only on its one page."""

import re
from html import unescape

import pytest

from counted_day import ON_THE_DAY
from mashang.core.middleware import POLICY
from mashang.core.tables import BadTable
from mashang.places.loading import load_divisions
from mashang.places.models import Place
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
HOST = "https://t0.tianditu.gov.cn"
TABLE = """code,name,经度,纬度
620402001007,颐和社区,104.17,36.54
620402001008,隔壁社区,104.19,36.55
"""


def test_without_a_key_no_page_asks_another_host_for_anything(scene, tmp_path):
    place(scene, tmp_path)
    page = f"/desk/figures/map?place={scene.city.township.pk}&{ON_THE_DAY}"
    answer = at_desk(scene.city.dispatcher).get(page)
    shown = text_of(answer)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "tianditu" not in shown
    assert "颐和社区：收到 9 件" in unescape(shown)


def test_with_a_key_circles_lie_on_tiles_each_leading_to_its_list(scene, settings, tmp_path):
    settings.TIANDITU_KEY = "0123456789abcdef"
    desk = at_desk(scene.city.dispatcher)
    page = f"/desk/figures/map?place={scene.city.township.pk}&{ON_THE_DAY}"
    assert "tianditu" not in text_of(desk.get(page)), "no place has coordinates yet"
    place(scene, tmp_path)
    answer = desk.get(page)
    shown = text_of(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert f"img-src 'self' {HOST} data: blob:" in policy and policy.count(HOST) == 1
    tiles = [unescape(each) for each in re.findall(r'<img alt=""[^>]*src="([^"]+)"', shown)]
    assert len(tiles) == 24 and all(each.startswith(f"{HOST}/") for each in tiles)
    assert all("tk=0123456789abcdef" in each and "LAYER=" in each for each in tiles)
    # The tile of Web Mercator at zoom 15 that holds 104.17 E, 36.54 N, by the published formula.
    assert any("TILEMATRIX=15&TILEROW=12806&TILECOL=25865" in each for each in tiles)
    circle = re.search(r'<a href="([^"]+)"><g class="spot[^>]*><title>颐和社区：收到 9 件', shown)
    assert "<small>9 件</small>" in text_of(desk.get(unescape(circle[1])))
    assert HOST not in desk.get(f"/desk/figures?{ON_THE_DAY}").headers["Content-Security-Policy"]
    assert desk.get(f"/desk/figures/map?place={scene.city.yihe.pk}").status_code == 404


def place(scene, tmp_path, table: str = TABLE) -> None:
    file = tmp_path / "places.csv"
    file.write_text(table)
    load_divisions(file)


def test_coordinates_are_refused_where_they_lie_elsewhere_or_stand_alone(scene, tmp_path):
    for wrong, said in (("36.54,104.17", "在 73 到 136 之间"), ("104.17,", "要一起写")):
        with pytest.raises(BadTable, match=said):
            place(scene, tmp_path, f"code,name,经度,纬度\n620402001007,颐和社区,{wrong}\n")
    assert Place.objects.get(pk=scene.city.yihe.pk).longitude is None
