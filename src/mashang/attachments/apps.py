from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "mashang.attachments"
    verbose_name = "照片与语音"
