from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "mashang.operations"
    verbose_name = "运行"

    def ready(self) -> None:
        from mashang.core.loops import register_step
        from mashang.operations.heartbeat import BEAT_SECONDS, beat

        register_step("heartbeat", beat, every=BEAT_SECONDS)
