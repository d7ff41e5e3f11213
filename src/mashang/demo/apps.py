from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "mashang.demo"
    verbose_name = "演示"
