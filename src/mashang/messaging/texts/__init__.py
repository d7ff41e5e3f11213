"""The texts of all SMS, by their names.

Nothing a resident wrote is ever in one: a text has only the variables in VARIABLES, and each value
but the link has at most 20 characters, as operators' templates demand (domain rules §6).
"""

from mashang.messaging.texts.resident import RESIDENT
from mashang.messaging.texts.staff import REMINDERS, STAFF
from mashang.messaging.texts.text import (
    EXAMPLE_HOST,
    LONGEST_VALUE,
    MEANINGS,
    PLACEHOLDER,
    VARIABLES,
    Text,
    meaning,
    placeholders,
)

__all__ = (
    "EXAMPLE_HOST", "LONGEST_VALUE", "MEANINGS", "PLACEHOLDER", "REMINDERS", "RESIDENT", "STAFF",
    "TEXTS", "VARIABLES", "Text", "meaning", "placeholders",
)  # fmt: skip

TEXTS: dict[str, Text] = {**RESIDENT, **STAFF, **REMINDERS}
