"""Two communities with a unit, to hang codes on."""

import pytest

from mashang.people.models import Unit, UnitKind
from tables import a_csv, loaded

DIVISIONS = [
    ("code", "name"),
    ("6204", "白银市"),
    ("620402", "白银区"),
    ("620402004", "工农路街道"),
    ("620402004007", "颐和社区"),
    ("620402004008", "福宁社区"),
]


@pytest.fixture
def divisions(db, tmp_path):
    loaded("load_divisions", a_csv(tmp_path / "divisions.csv", DIVISIONS))


@pytest.fixture
def unit(divisions):
    return Unit.objects.create(
        code="yihe", name="颐和社区居委会", kind=UnitKind.COMMUNITY, place_id="620402004007"
    )


@pytest.fixture
def merge(divisions, tmp_path):
    """Merges one place into another, by the loader."""

    def merged(code, successor):
        rows = [
            ("code", "name", "valid_to", "successor"),
            (code, "旧社区", "2024-01-01", successor),
        ]
        loaded("load_divisions", a_csv(tmp_path / "merger.csv", rows))

    return merged
