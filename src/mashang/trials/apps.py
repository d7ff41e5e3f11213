from django.apps import AppConfig


class TrialsConfig(AppConfig):
    name = "mashang.trials"
    verbose_name = "试验"
