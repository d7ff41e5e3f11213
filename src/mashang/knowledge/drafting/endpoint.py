"""The machine that a city named: an OpenAI-compatible endpoint, asked once and never again by
itself. Nothing of the words stands in a log; a failure is said by its kind alone."""

import json
import logging
import re
from collections.abc import Sequence
from threading import BoundedSemaphore

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.messaging.senders.base import OutcomeUnknown, TemporaryFailure
from mashang.messaging.senders.line import Answer, Line

logger = logging.getLogger(__name__)
AT_ONCE = 2  # of a process: who waits for a machine holds one of its threads
MOST_WORDS = 1_200  # asked for, in the endpoint's tokens
THINKING = re.compile(r"<think>.*?</think>|^.*?</think>", re.S)
_free = BoundedSemaphore(AT_ONCE)


def is_configured() -> bool:
    return bool(settings.DRAFT_URL)


def ask(messages: Sequence[dict[str, str]]) -> str:
    """The machine's words. Raises Refused, with what to do, where there are none; never inside a
    transaction, whose locks others would wait for."""
    _outside_transactions()
    if not _free.acquire(blocking=False):
        raise Refused(_("正在给别人起草，请过半分钟再试，或者自己写。"))
    try:
        answer = _request(messages)
    finally:
        _free.release()
    if not answer.is_success:
        logger.warning("drafting: the endpoint answered %s", answer.status)
        raise Refused(_why(answer.status))
    words = _words_of(answer)
    if not words:
        logger.warning("drafting: the endpoint's answer has no words")
        raise Refused(_("起草的机器回答了，但是读不懂。请自己写，并告诉系统管理员。"))
    return words


def _outside_transactions() -> None:
    """As `atomic(durable=True)` checks it, without beginning a transaction."""
    around = connection.atomic_blocks[-1] if connection.in_atomic_block else None
    if around is not None and not around._from_testcase:
        raise RuntimeError("a machine is never asked inside a transaction")


def _request(messages: Sequence[dict[str, str]]) -> Answer:
    line = Line(settings.DRAFT_URL, seconds=settings.DRAFT_SECONDS)
    content = {
        "model": settings.DRAFT_MODEL,
        "messages": list(messages),
        "temperature": 0.2,
        "max_tokens": MOST_WORDS,
        "stream": False,
    }
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if settings.DRAFT_KEY:
        headers["Authorization"] = f"Bearer {settings.DRAFT_KEY}"
    body = json.dumps(content, ensure_ascii=False).encode()
    try:
        return line.request("POST", f"{line.path}/chat/completions", body, headers)
    except TemporaryFailure as error:
        logger.warning("drafting: no connection to the endpoint")
        raise Refused(_("连不上起草的机器。请自己写，或者过一会儿再试。")) from error
    except OutcomeUnknown as error:
        logger.warning("drafting: the endpoint did not answer in time")
        said = _("等了 {seconds} 秒，起草的机器没有回答。请自己写，或者过一会儿再试。")
        raise Refused(said.format(seconds=settings.DRAFT_SECONDS)) from error


def _why(status: int) -> str:
    if status in (401, 403):
        return _("起草的机器不认本系统的密钥。请自己写，并告诉系统管理员检查密钥。")
    if status == 404:
        return _("起草的机器没有这个模型，或者地址不对。请自己写，并告诉系统管理员检查设置。")
    if status == 429:
        return _("起草的机器现在太忙，或者额度用完了。请自己写，或者过几分钟再试。")
    return _("起草的机器出了错（{status}）。请自己写，或者过一会儿再试。").format(status=status)


def _words_of(answer: Answer) -> str:
    try:
        words = answer.content["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return ""
    return clean_text(THINKING.sub("", words)) if isinstance(words, str) else ""
