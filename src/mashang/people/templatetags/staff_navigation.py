"""`{% navigation_links as links %}`: the staff's navigation, for templates/staff.html."""

from typing import Any

from django import template

from mashang.people.navigation import Link, links

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation_links(context: dict[str, Any]) -> list[Link]:
    request = context.get("request")
    return links(request) if request is not None else []
