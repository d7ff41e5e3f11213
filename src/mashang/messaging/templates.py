"""The SMS that is sent: the product's text, or the city's wording over it, with its values.

A city's wording stands in Template rows; it may leave variables out but not bring new ones, so
whatever calls `actions.queue` need not know about it.
"""

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from mashang.core.cached import Fresh
from mashang.core.versions import in_force
from mashang.messaging.models import Template
from mashang.messaging.texts import (
    EXAMPLE_HOST,
    LONGEST_VALUE,
    PLACEHOLDER,
    TEXTS,
    VARIABLES,
    meaning,
)

ENGLISH = "en"
ONE_PART, EACH_OF_SEVERAL = 70, 67

_wordings: Fresh[list[Template]] = Fresh(lambda: list(Template.objects.standing()))


def wording(code: str) -> Template | None:
    """The city's wording that is in force today, None where the product's own text is sent."""
    rows = [row for row in _wordings.get() if row.code == code]
    (row,) = in_force(rows, timezone.localdate()).get((code,), [None])
    return row if row is not None and row.is_enabled else None


def needed(template: str, params: Mapping[str, object]) -> dict[str, str]:
    """The values that the text uses, of all that `params` offers.

    A caller may offer more than this text uses. Raises ValueError for an unknown template, a name
    that is no variable, a missing value, and one that is longer than operators allow.
    """
    if template not in TEXTS:
        raise ValueError(f"no SMS template is called {template!r}")
    unknown = sorted(params.keys() - VARIABLES.keys())
    if unknown:
        raise ValueError(f"{template}: not a variable of an SMS: {', '.join(unknown)}")
    missing = sorted(TEXTS[template].variables - params.keys())
    if missing:
        raise ValueError(f"{template}: without a value: {', '.join(missing)}")
    values = {name: str(params[name]) for name in sorted(TEXTS[template].variables)}
    for name, value in values.items():
        if name != "link" and len(value) > LONGEST_VALUE:
            raise ValueError(f"{template}: {name} is longer than {LONGEST_VALUE} characters")
    return values


def mended(template: str, params: Mapping[str, object]) -> dict[str, str]:
    """Values that `needed` takes: nothing unknown, nothing missing, nothing too long."""
    values = {name: str(params.get(name, "")) for name in TEXTS[template].variables}
    return {
        name: value if name == "link" else value[:LONGEST_VALUE] for name, value in values.items()
    }


def signed(body: str) -> str:
    """`body` behind the signature that operators demand."""
    return f"【{settings.SMS_SIGNATURE}】{body}"


def body_of(template: str, language: str = "zh-hans") -> str:
    """The wording in force, with its variables in braces and without the signature."""
    text, override = TEXTS[template], wording(template)
    if language == ENGLISH:
        return (override and override.body_en) or text.body_en
    return override.body if override is not None else text.body


def render(template: str, params: Mapping[str, str], language: str = "zh-hans") -> str:
    """The SMS as it is sent, signature included; `params` as `needed` returned them."""
    return signed(_filled(body_of(template, language), params))


def _filled(body: str, params: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: params.get(found[1], ""), body)


def provider_code(template: str) -> str:
    """The operator's number of the template, or our own code where the city gave none."""
    override = wording(template)
    return (override and override.provider_code) or template


def described(body: str) -> str:
    """`body` with what its variables hold in words, for whoever may not see the values."""
    return PLACEHOLDER.sub(lambda found: f"〔{meaning(found[1])}〕", body)


def example(template: str, body: str, *, host: str = EXAMPLE_HOST) -> str:
    """What `body` looks like when sent as this template, for whoever words it; with the city's
    own `host` it is as long as it really will be."""
    values = {**VARIABLES, "link": VARIABLES["link"].replace(EXAMPLE_HOST, host)}
    params = {name: values[name] for name in TEXTS[template].variables}
    return signed(_filled(body, params))


def parts(text: str) -> int:
    """How many SMS an operator bills for `text`: 70 UCS-2 units in one, 67 in each of several."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= ONE_PART else -(-units // EACH_OF_SEVERAL)
