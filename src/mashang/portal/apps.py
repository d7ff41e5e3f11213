from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "mashang.portal"
    verbose_name = "居民门户"
