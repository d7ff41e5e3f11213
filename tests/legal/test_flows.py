"""Guided flows: loaded or refused by line, walked through, ending in days and papers."""

import html
import re
from datetime import date
from io import BytesIO

import pytest
import time_machine
from docx import Document

from builders import NOON, make_city
from mashang.cases.models import Case
from mashang.core.tables import BadTable
from mashang.legal.deadlines import last_day
from mashang.legal.loading import SHIPPED, load_flows
from mashang.legal.models import FlowVersion

pytestmark = pytest.mark.django_db
HEAD = "flow,step,kind,text,next,value,basis\n"
GOOD = (
    "a,,flow,题目,q,wages,",
    "a,q,question,问什么,,,",
    "a,q,choice,甲,d,,",
    "a,q,choice,乙,r,,",
    "a,d,date,哪天,r,,",
    "a,r,result,这样办,,,",
    "a,r,guidance,去办,,,",
    "a,r,law,写着呢,,,《民法典》第一百八十八条",
    "a,r,deadline,起诉,d,3年,《民法典》第一百八十八条",
    "a,r,door,去那里,,court,",
)


def table(tmp_path, *lines):
    path = tmp_path / "flows.csv"
    path.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("since", "amount", "unit", "last"),
    [
        ("2025-03-04", 1, "年", "2026-03-04"),
        ("2024-02-29", 1, "年", "2025-02-28"),
        ("2026-01-31", 1, "个月", "2026-02-28"),
        ("2025-08-31", 6, "个月", "2026-02-28"),
        ("2026-03-04", 30, "日", "2026-04-03"),
    ],
)
def test_a_period_ends_as_the_civil_code_counts(since, amount, unit, last):
    assert last_day(date.fromisoformat(since), amount, unit) == date.fromisoformat(last)


def test_the_shipped_flows_load_once_and_an_edited_one_is_a_new_version(tmp_path):
    assert load_flows(SHIPPED).total() == 10
    assert load_flows(SHIPPED).unchanged == 10
    load_flows(table(tmp_path, *GOOD))
    load_flows(table(tmp_path, *GOOD[:6], "a,r,guidance,换一个说法,,,", *GOOD[7:]))
    assert list(FlowVersion.objects.filter(code="a").values_list("number", "is_current")) == [
        (2, True),
        (1, False),
    ]


def test_every_fault_is_named_with_its_line_and_nothing_is_written(tmp_path):
    bad = [
        *GOOD[:3],
        "a,q,choice,乙,nowhere,,",  # 5
        GOOD[4],
        GOOD[5],
        GOOD[6],
        "a,r,law,写着呢,,,民法典",  # 9
        "a,r,deadline,起诉,q,三年,《民法典》第一百八十八条",  # 10
        "a,r,door,去那里,,heaven,",  # 11
        "a,x,result,到不了,,,",  # 12
        "b,,flow,绕圈,p,other,",
        "b,p,date,哪天,p,,",  # 14
    ]
    with pytest.raises(BadTable) as refused:
        load_flows(table(tmp_path, *bad))
    said = "\n".join(map(str, refused.value.faults))
    for line, words in (
        (5, "下一步“nowhere”不存在"),
        (9, "第几条"),
        (10, "期限写成"),
        (10, "没有叫“q”的日期题"),
        (11, "不认识：heaven"),
        (12, "没有哪一步走到“x”"),
        (14, "绕回了“p”"),
    ):
        assert any(f"第 {line} 行" in row and words in row for row in said.splitlines()), said
    assert not FlowVersion.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_answers_lead_to_a_day_an_article_a_door_and_a_paper(client):
    load_flows(SHIPPED)
    assert "老板拖欠工资" in client.get("/legal").content.decode()
    address = "/legal/ask-yourself/wages"
    first = client.get(address).content.decode()
    assert "您在哪里干活" in first and "还没有律师审过" in first and "?where=2" in first
    wrong = client.get(f"{address}?where=2&working=2&left_on=2026-09-01")
    assert wrong.status_code == 422 and "这一天还没有到" in wrong.content.decode()
    answers = "where=2&working=2&left_on=2025-11-30"
    shown = client.get(f"{address}?{answers}").content.decode()
    for words in (
        "申请劳动仲裁：最晚 2026-11-30",
        "《劳动争议调解仲裁法》第二十七条",
        "《劳动合同法》第八十五条",
        "劳动人事争议仲裁委员会",
        "tel:12348",
        "/legal/papers/labour",
        f"calendar.ics?{answers}".replace("&", "&amp;"),
    ):
        assert words in shown, words
    over = client.get(f"{address}?where=2&working=2&left_on=2024-01-31").content.decode()
    assert "2025-01-31 已经过了" in over
    unknown = client.get(f"{address}?where=2&working=2&left_on=unknown").content.decode()
    assert "从那一天起 1 年之内" in unknown and "calendar.ics" not in unknown
    # Nonsense and answers of an older version lead to a question and to no error
    assert "您在哪里干活" in client.get(f"{address}?where=9&was=1").content.decode()
    assert client.get("/legal/ask-yourself/nothing").status_code == 404
    file = client.get(f"{address}/calendar.ics?{answers}")
    lines = file.content.decode().replace("\r\n ", "").split("\r\n")
    assert "DTSTART;VALUE=DATE:20261130" in lines and "TRIGGER:-P30D" in lines
    assert "SUMMARY:最后一天：申请劳动仲裁" in lines
    assert all(len(line) <= 75 for line in file.content.split(b"\r\n"))
    assert client.get(f"{address}/calendar.ics").status_code == 404
    assert client.cookies.output() == ""  # nobody is remembered


def test_a_paper_holds_what_was_typed_and_is_not_kept(client):
    given = {
        "me": "何秀英",
        "other": "白银某公司",
        "facts": "干了三天。\n没有给钱。",
        "wants": "付 900 元",
    }
    answer = client.post("/legal/papers/demand", {**given, "as": "docx"})
    assert answer["Cache-Control"] == "no-store"
    words = "\n".join(part.text for part in Document(BytesIO(answer.content)).paragraphs)
    assert "白银某公司：" in words and "没有给钱。" in words and "＿＿＿" in words
    assert client.post("/legal/papers/mediation", {**given, "as": "pdf"}).content[:4] == b"%PDF"
    refused = client.post("/legal/papers/demand", {**given, "facts": "😀", "as": "pdf"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "请改用 Word" in page and 'value="何秀英"' in page
    assert client.get("/legal/papers/will").status_code == 404


def test_the_next_door_is_mediation_at_ones_own_place_with_the_words_or_without(client, db):
    city = make_city()
    load_flows(SHIPPED)
    address = f"/legal/ask-yourself/neighbours?_place={city.yihe.code}"
    first = client.get(address).content.decode()
    assert f"?_place={city.yihe.code}&amp;what=1" in first
    result = client.get(f"{address}&what=2&hurt_on=2026-01-31").content.decode()
    door = html.unescape(re.search(r'href="(/legal/mediation\?[^"]+)"', result)[1])
    # Where the place is known, one tap leads to its application, without words or with them.
    known = client.get(door).content.decode()
    apply = f"/mediation/{city.yihe.code}/new"
    assert f'href="{apply}"' in known and f'action="{apply}"' in known
    carried = re.search(r"<textarea[^>]*>([^<]+)</textarea>", known)[1]
    assert "楼上漏水" in carried or "漏水" in carried
    assert "漏水" not in client.get(apply).content.decode()
    there = client.post(apply, {"carried": "1", "text": carried, "name": "王守业"})
    shown = there.content.decode()
    assert there.status_code == 200 and "还没有提交" in shown and "漏水" in shown
    assert "王守业" in shown and not Case.every.exists()
    # Where it is not, it is asked for, and what was written for a paper goes along.
    paper = client.get("/legal/papers/mediation").content.decode()
    assert 'formaction="/legal/mediation"' in paper
    words = {"me": "王守业", "other": "何立新", "facts": "水漏下来", "wants": "修好"}
    asked = client.post("/legal/mediation", words).content.decode()
    assert "您在哪个村或社区" in asked and 'name="other_name" value="何立新"' in asked
    kept = {"text": "水漏下来\n想要：修好", "name": "王守业", "other_name": "何立新"}
    found = client.post("/legal/mediation", {**kept, "q": "颐和"}).content.decode()
    assert f'name="place" value="{city.yihe.code}"' in found
    at_place = client.post("/legal/mediation", {**kept, "place": city.yihe.code}).content.decode()
    assert "想要：修好" in at_place and 'value="何立新"' in at_place
    steps = client.post("/legal/mediation", {**kept, "in": city.yihe.code[:9]}).content.decode()
    assert f'value="{city.yihe.code}"' in steps and f'value="{city.yihe.code[:9]}"' in steps
