"""Duty in words, for templates."""

from datetime import datetime

from django import template

from mashang.rosters import wording
from mashang.rosters.coverage import Span

register = template.Library()
register.filter("say_hours", wording.say_hours)
register.filter("say_days", wording.say_days)
register.filter("say_moment", wording.say_moment)


@register.filter
def say_end(at: datetime) -> str:
    return wording.say_moment(at, ends=True)


@register.filter
def say_span(span: Span) -> str:
    """From when to when; the second day is left out where it is the same."""
    return wording.say_stretch(span.starts, span.ends)
