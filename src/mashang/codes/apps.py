from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "mashang.codes"
    verbose_name = "二维码"
