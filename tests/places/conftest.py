"""A piece of Baiyin, loaded from a table as an operator would."""

import pytest

from tables import a_csv, loaded

ROWS = [
    ("代码", "名称"),
    ("620400000000", "白银市"),
    ("620402000000", "白银区"),
    ("620402004000", "工农路街道"),
    ("620402004002", "工农路社区居民委员会"),
    ("620402004007", "颐和社区居民委员会"),
    ("620402004008", "福宁社区居民委员会"),
    ("620422000000", "会宁县"),
    ("620422100000", "会师镇"),
    ("620422100003", "会师门社区居民委员会"),
    ("620422100200", "高家庄村民委员会"),
    ("620422103000", "头寨子镇"),
    ("620422103209", "颐和庄村民委员会"),
]


@pytest.fixture
def table(tmp_path):
    """Writes a table of divisions with these rows."""

    def write(*rows, header=("code", "name", "valid_to", "successor")):
        return a_csv(tmp_path / "change.csv", [header, *rows])

    return write


@pytest.fixture
def baiyin(db, tmp_path):
    loaded("load_divisions", a_csv(tmp_path / "baiyin.csv", ROWS))
