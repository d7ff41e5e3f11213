"""The frame around the resident's pages: the first page, finding a place, how it is shown."""

import re
from pathlib import Path

import pytest

import mashang
from mashang.cases.models import Limit
from mashang.core.cached import forget_all

SHEET = (Path(mashang.__file__).parent / "static" / "mashang.css").read_text()


def page_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/", "/find", "/help", "/privacy", "/track", "/mine", "/services", "/topics"]
)
def test_every_page_opens_with_a_way_to_the_hotline_and_to_its_content(city, client, address):
    page = page_of(client.get(address))
    assert 'href="tel:12345"' in page
    assert 'class="skip" href="#content"' in page and 'id="content"' in page
    assert 'lang="zh-Hans"' in page and "<title>" in page


def test_the_first_page_leads_to_every_county_a_code_and_ones_own_cases(city, client):
    page = page_of(client.get("/"))
    for address in ("/find?in=620402", "/find?in=620422", 'action="/q"', "/track", "/mine"):
        assert address in page


def test_the_promise_on_the_first_page_is_the_citys_own_limit(city, client):
    assert "30 分钟内" in page_of(client.get("/"))
    Limit.objects.create(
        name="contact", amount=2, unit="hours", valid_from="2026-01-01", basis="本市规定"
    )
    forget_all()
    assert "2 小时内" in page_of(client.get("/"))


# Finding a place --------------------------------------------------------------------------------


def test_a_place_is_found_by_a_part_of_its_name(city, client):
    page = page_of(client.get("/find", {"q": "颐和"}))
    assert f"/report/{city.yihe.code}" in page and "隔壁社区" not in page


def test_what_is_wider_than_a_village_leads_down_the_tree(city, client):
    page = page_of(client.get("/find", {"q": "会宁县"}))
    assert "/find?in=620422" in page


def test_what_is_not_found_says_so_and_keeps_the_words(city, client):
    page = page_of(client.get("/find", {"q": "<没有这里>"}))
    assert "没有找到“&lt;没有这里&gt;”" in page
    assert 'value="&lt;没有这里&gt;"' in page
    assert "/find?in=620402" in page


def test_stepping_down_ends_at_the_form(city, client):
    assert f"/find?in={city.township.code}" in page_of(client.get("/find?in=620402"))
    page = page_of(client.get(f"/find?in={city.township.code}"))
    assert f"/report/{city.yihe.code}" in page and f"/report/{city.next_door.code}" in page
    answer = client.get(f"/find?in={city.yihe.code}")
    assert answer.headers["Location"] == f"/report/{city.yihe.code}"


def test_who_cannot_say_which_village_reports_to_the_township(city, client):
    page = page_of(client.get(f"/find?in={city.township.code}"))
    assert f"/report/{city.township.code}" in page
    assert client.get(f"/report/{city.township.code}").status_code == 200


@pytest.mark.parametrize("code", ["999999", "abc", "62040200100799", "6204020010070000000000000"])
def test_a_place_that_is_not_there_is_not_found(city, client, code):
    assert client.get("/find", {"in": code}).status_code == 404


# How pages are shown ----------------------------------------------------------------------------


def test_english_is_chosen_and_left_again_and_leads_back(city, client):
    answer = client.get("/display?language=en&next=/help")
    assert answer.status_code == 302 and answer.headers["Location"] == "/help"
    assert 'lang="en"' in page_of(client.get("/help"))
    client.get("/display?language=zh-hans&next=/help")
    assert 'lang="zh-Hans"' in page_of(client.get("/help"))


def test_large_type_is_chosen_and_left_again(city, client):
    client.get("/display?large=1&next=/")
    page = page_of(client.get("/"))
    assert 'class="large"' in page and "标准字号" in page
    client.get("/display?large=0&next=/")
    assert 'class="large"' not in page_of(client.get("/"))


def test_the_browsers_own_wish_does_not_change_the_language(city, client):
    page = page_of(client.get("/", headers={"accept-language": "en-US"}))
    assert 'lang="zh-Hans"' in page


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "\\\\evil"]
)
def test_the_way_back_never_leads_elsewhere(client, following):
    answer = client.get("/display", {"large": "1", "next": following})
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_changes_nothing(client):
    assert not client.get("/display?language=xx&next=/").cookies


def test_the_sheet_gives_large_targets_and_type_and_larger_ones_in_large_mode():
    assert "--tap: 44px" in SHEET and "--tap: 60px" in SHEET
    sizes = [float(size) for size in re.findall(r"html[^{]*\{ font-size: ([\d.]+)%", SHEET)]
    assert min(sizes) * 16 / 100 >= 17
    assert "html.large { font-size: 137.5%" in SHEET and 1.375 * 16 >= 22


@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("ink", "paper", 7), ("ink", "ground", 7),
        ("muted", "paper", 4.5), ("muted", "ground", 4.5),
        ("brand", "paper", 4.5), ("brand", "ground", 4.5), ("brand", "tint", 4.5),
        ("danger", "paper", 4.5), ("danger", "danger-tint", 4.5), ("warm", "warm-tint", 4.5),
        ("edge", "paper", 3), ("focus", "paper", 3), ("focus", "ground", 3),
    ],
)  # fmt: skip
def test_colours_stand_out_from_what_is_behind_them(ink, paper, least):
    def luminance(name):
        value = re.search(rf"--{name}: #([0-9a-f]+);", SHEET)[1]
        value = value if len(value) == 6 else "".join(digit * 2 for digit in value)
        parts = [int(value[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


# Errors -------------------------------------------------------------------------------------


def test_an_address_that_does_not_exist_gets_a_friendly_page(city, client):
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "没有找到这个页面" in page and 'href="/"' in page and "12345" in page


def test_pages_forbid_foreign_scripts_and_frames(city, client):
    headers = client.get("/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/", "/find", "/help", "/display", "/r/x", "/t/x"])
def test_what_is_only_read_takes_no_post(city, client, address):
    assert client.post(address).status_code == 405
