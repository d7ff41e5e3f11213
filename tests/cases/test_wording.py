"""Times and spans as people say them, in Chinese and in English."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from builders import a_filed
from mashang.cases.models import Limit
from mashang.cases.wording import say_limit, say_time, say_waited
from mashang.core.worktime import HOURS, MINUTES, WORKING_DAYS
from mashang.messaging.models import Message

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in the city
EVENING = datetime(2026, 3, 5, 10, 5, tzinfo=UTC)  # 18:05 the day after


@pytest.mark.parametrize(
    ("language", "another_day"), [("zh-hans", "3月5日 18:05"), ("en", "5 March 18:05")]
)
def test_today_is_a_time_and_another_day_is_a_date_as_the_language_orders_it(language, another_day):
    with translation.override(language):
        assert say_time(NOON, today=NOON) == "12:00"
        assert say_time(EVENING, today=NOON) == another_day


@pytest.mark.parametrize(
    ("minutes", "chinese", "english"),
    [
        (1, "1 分钟", "1 minute"),
        (59, "59 分钟", "59 minutes"),
        (60, "1 小时", "1 hour"),
        (48 * 60 - 1, "47 小时", "47 hours"),
        (48 * 60, "2 天", "2 days"),
    ],
)
def test_a_span_is_said_in_whole_units_rounded_down(minutes, chinese, english):
    assert say_waited(minutes) == chinese
    with translation.override("en"):
        assert say_waited(minutes) == english


@pytest.mark.parametrize(
    ("amount", "unit", "chinese", "english"),
    [
        (30, MINUTES, "30 分钟", "30 minutes"),
        (24, HOURS, "24 小时", "24 hours"),
        (1, WORKING_DAYS, "1 个工作日", "1 working day"),
        (5, WORKING_DAYS, "5 个工作日", "5 working days"),
    ],
)
def test_a_limit_is_said_as_the_city_set_it(amount, unit, chinese, english):
    limit = Limit(amount=amount, unit=unit)
    assert say_limit(limit) == chinese
    with translation.override("en"):
        assert say_limit(limit) == english


@pytest.mark.django_db
def test_a_report_made_in_english_calls_the_cadre_in_chinese(city):
    with translation.override("en"):
        a_filed(city, at=datetime(2026, 3, 4, 15, 50, tzinfo=UTC), language="en")
    told = {message.template: message for message in Message.objects.all()}
    assert told["duty_new"].language == "zh-hans"
    assert told["duty_new"].params["due"] == "3月5日 00:20"
    assert told["receipt"].params["due"] == "5 March 00:20"
