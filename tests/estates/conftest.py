"""An estate to order from."""

import pytest

from garden import Garden, make_garden


@pytest.fixture
def garden(db) -> Garden:
    return make_garden()
