from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "mashang.messaging"
    verbose_name = _("短信")

    def ready(self) -> None:
        from mashang.audit.naming import register
        from mashang.core.loops import register_ending, register_step
        from mashang.messaging import (
            desk,
            lanes,
            notices,
            nudging,
            receiving,
            rescuing,
            sending,
            verification,
        )
        from mashang.messaging.registry import register_check
        from mashang.people.navigation import register_entry

        register_entry("messages", "messages", _("短信"), desk.may_see, order=70)
        register_entry("notices", "notices", _("群发通知"), notices.may_write, order=72)
        register("notice", notices.names)
        register_check([notices.TEMPLATE], notices.no_longer_right)
        register_step("release notices", notices.release_due, every=1)
        register_step("forget old drafts of notices", notices.forget_old_drafts, every=3600)
        register_step("send messages", sending.send_due)
        register_ending(sending.finish)
        register_ending(receiving.finish)
        register_step("remind on other channels", nudging.nudge_due, every=2)
        register_step("rescue stuck messages", rescuing.rescue_stuck, every=10)
        register_step("expire late messages", rescuing.expire_late, every=10)
        register_step("provider health", lanes.tell_health, every=5)
        register_step("settle receipts", receiving.settle_receipts, every=0.5)
        register_step("settle replies", receiving.settle_replies, every=0.5)
        register_step("poll providers", receiving.poll, every=5)
        register_step("forget old codes", verification.forget_old, every=3600)
