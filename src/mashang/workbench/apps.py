from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "mashang.workbench"
    verbose_name = "工作台"
