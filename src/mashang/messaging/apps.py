from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "mashang.messaging"
    verbose_name = "短信"
