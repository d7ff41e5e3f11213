from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "mashang.attachments"
    verbose_name = "照片与语音"

    def ready(self) -> None:
        from mashang.attachments.actions import sweep_drafts
        from mashang.core.loops import register_step

        register_step("drafts", sweep_drafts, every=3600)
