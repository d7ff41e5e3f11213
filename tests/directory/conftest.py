import pytest

from builders import City, make_city
from mashang.core.cached import forget_all
from mashang.directory.models import Service


@pytest.fixture
def city(db) -> City:
    forget_all()
    return make_city()


@pytest.fixture
def canteen(city) -> Service:
    return Service.objects.create(
        code="canteen", name="颐和食堂", kind="nearby", words="老人午餐", place=city.yihe,
        address="5号楼一楼", hours="11:00 到 13:00", phone="09438221234", unit=city.yihe_unit,
        pinyin="yiheshitang", initials="yhst", spelled="颐和食堂",
    )  # fmt: skip


@pytest.fixture
def hotline(city) -> Service:
    return Service.objects.create(
        code="legal", name="法律服务热线", kind="phone", words="免费问法律", phone="12348",
        unit=city.centre, pinyin="falvfuwurexian", initials="flfwrx", spelled="法律服务热线",
    )  # fmt: skip
