from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CodesConfig(AppConfig):
    name = "mashang.codes"
    verbose_name = _("二维码")
