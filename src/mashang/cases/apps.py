from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "mashang.cases"
    verbose_name = "诉求"
