"""Statements put together once: they ask anew at every call, and store what models say."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, connection, models, transaction

from mashang.core.models import Day, Hit
from mashang.core.statements import Parameter, Prepared, insert, without_waiting
from mashang.people.models import Absence, Account
from mashang.places.models import Place

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def keys_of_a_window() -> Prepared[str]:
    window = Parameter("window", models.BigIntegerField())
    return Prepared(lambda: Hit.objects.filter(window=window).values_list("key", flat=True))


@pytest.mark.django_db
def test_a_prepared_query_asks_anew_each_time():
    keys = keys_of_a_window()
    assert keys(window=7) == []
    Hit.objects.create(key="a", window=7)
    Hit.objects.create(key="b", window=8)
    assert keys(window=7) == ["a"]
    assert keys(window=8) == ["b"]
    Hit.objects.filter(key="a").update(window=8)
    assert keys(window=7) == []
    assert sorted(keys(window=8)) == ["a", "b"]


@pytest.mark.django_db
def test_values_are_written_as_their_fields_do(django_assert_num_queries):
    account = Account.objects.create(username="zhang", name="张建国")
    Absence.objects.create(
        account=account, starts_at=NOON, ends_at=NOON + timedelta(hours=1), deputy=account
    )
    at = Parameter("at", models.DateTimeField())
    away = Prepared(
        lambda: Absence.objects.filter(starts_at__lte=at, ends_at__gt=at).select_related("account")
    )
    days = Prepared(lambda: Day.objects.filter(date__gte=Parameter("since", models.DateField())))
    Day.objects.create(date=TODAY, is_working=False)
    with django_assert_num_queries(5):
        assert [absence.account.name for absence in away(at=NOON)] == ["张建国"]
        assert away(at=NOON + timedelta(hours=1)) == []
        assert away(at=NOON - timedelta(microseconds=1)) == []
        assert [day.is_working for day in days(since=TODAY)] == [False]
        assert days(since=TODAY + timedelta(days=1)) == []


@pytest.mark.django_db
def test_values_that_the_query_does_not_have_are_refused():
    with pytest.raises(TypeError, match="window"):
        keys_of_a_window()(windows=7)


@pytest.mark.django_db
def test_a_lookup_that_takes_no_parameter_is_refused_and_not_guessed():
    code = Parameter("code", models.CharField())
    children = Prepared(lambda: Place.objects.filter(parent__in=[code]))
    with pytest.raises(TypeError, match="code"):
        children(code="6204")


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_by_its_own_connection():
    keys, found = keys_of_a_window(), []
    Hit.objects.create(key="a", window=7)
    assert keys(window=7) == ["a"]

    def ask() -> None:
        found.append(keys(window=7))
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [["a"]]
    assert keys(window=7) == ["a"]


@pytest.mark.django_db
def test_new_rows_get_their_keys_in_their_order(django_assert_num_queries):
    rows = [Hit(key=name, window=7) for name in "cab"]
    with django_assert_num_queries(1):
        insert(*rows, keys=True)
    for row in rows:
        assert Hit.objects.get(pk=row.pk).key == row.key
        assert not row._state.adding


@pytest.mark.django_db
def test_a_key_of_its_own_and_an_encrypted_value_are_stored():
    insert(Day(date=TODAY, is_working=True, name="调休"))
    insert(Account(username="zhang", name="张建国", phone="13909431234"), keys=True)
    assert Day.objects.get().name == "调休"
    assert Account.objects.get().phone == "13909431234"


@pytest.mark.django_db
def test_a_known_row_is_an_error_or_passed_over():
    insert(Hit(key="a", window=7))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Hit(key="b", window=7), Hit(key="a", window=7))
    assert Hit.objects.count() == 1
    insert(Hit(key="b", window=7), Hit(key="a", window=7), passing_over_known=True)
    assert sorted(Hit.objects.values_list("key", flat=True)) == ["a", "b"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", [True, False])
def test_what_is_not_waited_for_fails_all_the_same(keys):
    """The error of a statement that nobody waited for takes the whole transaction with it."""
    insert(Hit(key="a", window=7))
    with pytest.raises(IntegrityError), transaction.atomic(), without_waiting():
        insert(Hit(key="b", window=7))
        insert(Hit(key="a", window=7), keys=keys)
        insert(Hit(key="c", window=7))
    assert list(Hit.objects.values_list("key", flat=True)) == ["a"]
    with transaction.atomic(), without_waiting():
        insert(Hit(key="b", window=7))
        assert Hit.objects.count() == 2
    assert Hit.objects.count() == 2
