"""Numbers, rates and charts for templates."""

from django import template
from django.utils.safestring import SafeString

from mashang.cases.wording import say_waited
from mashang.insight import charts

register = template.Library()
register.filter("shade", charts.shade)


@register.filter
def waited(minutes: int | None) -> str:
    """A duration as people say it; a dash where there is none."""
    return "—" if minutes is None else say_waited(minutes)


@register.simple_tag
def bar(value: float, most: float, kind: str = "") -> SafeString:
    return charts.bar(value, most, kind=kind)
