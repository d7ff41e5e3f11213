"""Telephone numbers of mainland China, as people write them."""

import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberType

MOBILE_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class WrongPhone(ValueError):
    """What was typed is no Chinese mobile or landline number."""


def clean_phone(typed: str) -> str:
    """National digits: `13912345678` or `09438231234`; full-width digits and blanks are fine.

    Raises WrongPhone for anything that cannot be called back, service numbers included.
    """
    narrow = unicodedata.normalize("NFKC", typed)
    if any(char.isascii() and char.isalpha() for char in narrow):
        raise WrongPhone(typed)  # letters would be dialled as digits: 1-800-FLOWERS
    try:
        number = phonenumbers.parse(narrow, "CN")
    except phonenumbers.NumberParseException as error:
        raise WrongPhone(typed) from error
    if number.country_code != 86 or number.extension or not phonenumbers.is_valid_number(number):
        raise WrongPhone(typed)
    kind = phonenumbers.number_type(number)
    national = phonenumbers.national_significant_number(number)
    if kind in MOBILE_TYPES and len(national) == 11:
        return national
    if kind == PhoneNumberType.FIXED_LINE:
        return "0" + national
    raise WrongPhone(typed)


def is_mobile(phone: str) -> bool:
    """Whether an SMS reaches a number that `clean_phone` returned."""
    return len(phone) == 11 and phone.startswith("1")
