"""Filling a database with the demonstration city: repeatable, and only an empty one."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mashang.codes.models import Code
from mashang.demo.city import fill
from mashang.people.models import Account, Post
from mashang.places.models import Place


def snapshot():
    return [
        list(Code.objects.values_list("code", "place", "spot")),
        [(a.username, a.name, a.phone) for a in Account.objects.all()],
        list(Post.objects.values_list("account__username", "role", "place", "title")),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_cities_are_the_same():
    snapshots = []
    for _ in range(2):
        assert fill(lambda line: None)
        snapshots.append(snapshot())
        call_command("flush", interactive=False, verbosity=0)
    assert snapshots[0] == snapshots[1]


@pytest.mark.django_db
def test_a_database_with_other_data_is_left_alone():
    Account.objects.create_user("somebody", None, name="别人")
    with pytest.raises(CommandError, match="已有别的数据"):
        call_command("demo_city", stdout=StringIO())
    assert not Place.objects.exists()


@pytest.mark.django_db
def test_production_refuses_the_demonstration(settings):
    settings.MODE = "production"
    with pytest.raises(CommandError, match="正式运行"):
        call_command("demo_city", stdout=StringIO())
    assert not Place.objects.exists()
