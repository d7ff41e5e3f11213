"""What a record is about, in words: `case:12` is read as the case's number.

The package that owns a kind of thing registers how keys are named, many at once.
"""

from collections.abc import Callable, Iterable, Mapping

from mashang.people.models import Account

Names = Callable[[list[int]], Mapping[int, str]]
_known: dict[str, Names] = {}


def register(kind: str, names: Names) -> None:
    _known[kind] = names


def _people(keys: list[int]) -> dict[int, str]:
    rows = Account.objects.filter(pk__in=keys).values_list("pk", "name", "username")
    return {key: f"{name}（{username}）" for key, name, username in rows}


register("account", _people)


def name_all(abouts: Iterable[str]) -> dict[str, str]:
    """A name for each; one query a kind. What nobody can name keeps its own text."""
    wanted: dict[str, dict[int, str]] = {}
    named = {about: about for about in abouts}
    for about in named:
        kind, _colon, key = about.partition(":")
        if kind in _known and key.isdigit():
            wanted.setdefault(kind, {})[int(key)] = about
    for kind, keys in wanted.items():
        for key, name in _known[kind](sorted(keys)).items():
            named[keys[key]] = name
    return named
