"""The outbox and the providers."""

from django.urls import path

from mashang.messaging import views_do_not_send, views_staff

HERE = "desk/messages"

urlpatterns = [
    path(HERE, views_staff.outbox, name="messages"),
    path(f"{HERE}/providers", views_staff.providers, name="message_providers"),
    path(f"{HERE}/do-not-send", views_do_not_send.do_not_send, name="do_not_send"),
    path(f"{HERE}/replies", views_staff.replies, name="message_replies"),
    path(f"{HERE}/replies/<int:key>", views_staff.reply_done, name="message_reply_done"),
    path(f"{HERE}/<int:key>", views_staff.one, name="message"),
    path(f"{HERE}/<int:key>/<slug:action>", views_staff.act, name="message_act"),
]
