"""How the fields of forms become HTML."""

from typing import Any

from django.forms.renderers import DjangoTemplates, Jinja2
from django.template.exceptions import TemplateDoesNotExist


class FormRenderer(DjangoTemplates):
    """Django's own templates for fields, in Jinja2 where it brings them so: some five times as
    fast, and a case's page has hundreds of options. The administration has Django's alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self._jinja = Jinja2()

    def get_template(self, template_name: str) -> Any:
        try:
            return self._jinja.get_template(template_name)
        except TemplateDoesNotExist:
            return super().get_template(template_name)
