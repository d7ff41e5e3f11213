from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "mashang.operations"
    verbose_name = "运行"
