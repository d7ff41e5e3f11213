"""Counsel's desk: flows read, edited and signed; the register of legal guides."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from builders import NOON, a_unit, make_city, someone
from mashang.audit.models import Record
from mashang.legal.loading import SHIPPED, load_flows
from mashang.legal.models import FlowVersion, Guide
from mashang.people.models import Role, UnitKind
from visits import at_desk

pytestmark = pytest.mark.django_db


@time_machine.travel(NOON, tick=False)
def test_a_signature_is_of_one_version_and_an_edited_flow_needs_another(client):
    city = make_city()
    load_flows(SHIPPED)
    unit = a_unit("counsel", "白银区法律援助中心", UnitKind.COUNSEL, city.county)
    counsel = at_desk(someone("counsel", "林清", unit, Role.HANDLER))
    page = "/desk/legal/flows/wages/1"
    shown = counsel.get(page).content.decode()
    assert "签署这一版" in shown and "《劳动合同法》第八十五条" in shown
    assert "签署这一版" not in at_desk(city.dispatcher).get(page).content.decode()
    assert at_desk(city.dispatcher).post(f"{page}/sign").status_code == 404
    counsel.post(f"{page}/sign")
    counsel.post(f"{page}/sign")  # twice is once
    assert Record.objects.filter(kind="legal_flow", data__contains="signed").count() == 1
    address = "/legal/ask-yourself/wages"
    signed = client.get(address).content.decode()
    assert "白银区法律援助中心林清律师" in signed and "还没有律师审过" not in signed
    table = counsel.get("/desk/legal/flows/file").content.decode("utf-8-sig")

    def send(text: str, do: str):
        file = SimpleUploadedFile("flows.csv", text.encode())
        return counsel.post("/desk/legal/flows/load", {"file": file, "do": do})

    assert send(table, "load").status_code == 302  # unchanged: no new version
    assert FlowVersion.objects.count() == 10
    bad = send(table.replace("第八十五条", "八十五"), "load")
    assert bad.status_code == 422 and "行：“依据”要写法律名称和第几条" in bad.content.decode()
    edited = table.replace("老板拖欠工资", "老板欠薪")
    send(edited, "check")
    assert FlowVersion.objects.count() == 10
    send(edited, "load")
    again = client.get(address).content.decode()
    assert "老板欠薪" in again and "还没有律师审过" in again
    assert counsel.post("/desk/legal/flows/wages/1/sign").status_code == 404  # not in use


@time_machine.travel(NOON, tick=False)
def test_guides_are_kept_by_their_places_and_certificates_warn_before_they_end(db):
    city = make_city()
    desk = at_desk(city.zhang)
    given = {
        "do": "keep", "name": "王明白", "place": "颐和社区", "phone": "13909430001",
        "certificate": "GS-1", "certified_on": "2023-04-01", "expires_on": "2026-04-01",
    }  # fmt: skip
    elsewhere = desk.post("/desk/legal/guides/new", {**given, "place": "隔壁社区"})
    assert elsewhere.status_code == 422 and "您负责的地方" in elsewhere.content.decode()
    desk.post("/desk/legal/guides/new", given)
    guide = Guide.objects.get()
    listed = desk.get("/desk/legal/guides").content.decode()
    assert "60 天内到期" in listed and "尾号 0001" in listed and "09430001" not in listed
    assert "王明白" not in at_desk(city.neighbour).get("/desk/legal/guides").content.decode()
    page = f"/desk/legal/guides/{guide.pk}"
    assert at_desk(city.neighbour).get(page).status_code == 404
    assert "09430001" not in desk.get(page).content.decode()
    assert "09430001" in desk.post(page, {"do": "look"}).content.decode()
    assert Record.objects.filter(kind="legal_guide", data__contains="looked").exists()
    again = desk.post("/desk/legal/guides/new", given)
    assert again.status_code == 422 and "已经登记过" in again.content.decode()
    desk.post(page, {"do": "train", "t-day": "2026-03-01", "t-subject": "民法典", "t-hours": "8"})
    desk.post(page, {**given, "phone": "", "expires_on": "2026-03-03"})
    guide.refresh_from_db()
    assert guide.phone_end == "0001"
    listed = desk.get("/desk/legal/guides").content.decode()
    assert "证书已经到期" in listed and ">8<" in listed
    # Above, whoever dispatches the township reads it too
    assert "王明白" in at_desk(city.dispatcher).get("/desk/legal/guides").content.decode()
    for number in (2, 3):
        Guide.objects.create(
            name="李明白", place=city.yihe, phone="13900000000", certificate=f"GS-{number}",
            certified_on="2025-01-01", expires_on="2028-01-01",
        )  # fmt: skip
