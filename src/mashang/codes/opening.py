"""Which forms the codes of a batch may open; the package of the forms lies above and says them."""

from collections.abc import Callable

Form = tuple[str, str]  # code, name
_offered: list[Callable[[], list[Form]]] = []


def register_forms(offered: Callable[[], list[Form]]) -> None:
    """Have `offered` say the forms that are in use today, in its package's `ready`."""
    _offered.append(offered)


def forms() -> list[Form]:
    return [form for offered in _offered for form in offered()]


def name_of(code: str) -> str:
    """What a form is called; its bare code where it is in use no more, "" for the usual form."""
    return dict(forms()).get(code, code)
