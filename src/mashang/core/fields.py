"""Model fields that encrypt what they store."""

import json
from typing import Any

from django.db import models

from mashang.core.crypto import decrypt, encrypt


class EncryptedText(models.TextField):
    """Text sealed at rest; it cannot be searched, keep a blind index beside it."""

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)


class EncryptedJSON(models.TextField):
    """A small JSON value sealed at rest."""

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(json.dumps(value, ensure_ascii=False))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(decrypt(value))

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj), ensure_ascii=False)
