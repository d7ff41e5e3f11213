"""Numbers, rates and charts for templates."""

from django import template

from mashang.cases.wording import say_waited
from mashang.insight import charts

register = template.Library()
register.simple_tag(charts.bar)


@register.filter
def waited(minutes: int | None) -> str:
    """A duration as people say it; a dash where there is none."""
    return "—" if minutes is None else say_waited(minutes)
