"""Charts drawn on the server."""

import pytest

from mashang.insight.charts import round_up


@pytest.mark.parametrize(
    ("value", "end"), [(0, 4), (4, 4), (5, 8), (9, 12), (17, 20), (100, 120), (4_001, 8_000)]
)
def test_an_axis_ends_above_all_values_and_its_steps_are_whole(value, end):
    assert round_up(value) == end
    assert end >= value and end % 4 == 0
