"""Sentences to tap and then to edit, for those who write on a phone between two meetings."""

from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, tuple[object, ...]] = {
    "instruct": (
        _("请马上给诉求人打电话，今天下班前报告结果。"),
        _("请安排人到现场看，能办的今天就办，办完报告。"),
        _("请查明为什么没有按时办，先给诉求人一个答复。"),
        _("这件事要几家一起办，请牵头协调，有困难直接报我。"),
    ),
}


def chosen(move: str, number: str) -> str:
    """The sentence that `?sentence=2` asks for; "" where there is none such."""
    known = SENTENCES.get(move, ())
    at = int(number) - 1 if number.isascii() and number.isdigit() else -1
    return str(known[at]) if 0 <= at < len(known) else ""
