"""The outbox and the providers."""

from django.urls import path

from mashang.messaging import views_do_not_send, views_notices, views_reminders, views_staff

HERE = "desk/messages"

NOTICES = "desk/notices"

urlpatterns = [
    path(NOTICES, views_notices.notices, name="notices"),
    path(f"{NOTICES}/new", views_notices.new, name="notice_new"),
    path(f"{NOTICES}/<int:key>", views_notices.one, name="notice"),
    path(f"{NOTICES}/<int:key>/<slug:action>", views_notices.act, name="notice_act"),
    path("desk/reminders", views_reminders.reminders, name="reminders"),
    path("desk/reminders/<int:key>/<slug:action>", views_reminders.act, name="reminder_act"),
    path(HERE, views_staff.outbox, name="messages"),
    path(f"{HERE}/providers", views_staff.providers, name="message_providers"),
    path(f"{HERE}/do-not-send", views_do_not_send.do_not_send, name="do_not_send"),
    path(f"{HERE}/replies", views_staff.replies, name="message_replies"),
    path(f"{HERE}/replies/<int:key>", views_staff.reply_done, name="message_reply_done"),
    path(f"{HERE}/<int:key>", views_staff.one, name="message"),
    path(f"{HERE}/<int:key>/<slug:action>", views_staff.act, name="message_act"),
]
