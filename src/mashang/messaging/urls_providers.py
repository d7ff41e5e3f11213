"""Where providers call back."""

from django.urls import path

from mashang.messaging import views_providers

urlpatterns = [
    path(
        "messages/receipts/<slug:provider>/<slug:token>",
        views_providers.receipts,
        name="message_receipts",
    ),
    path(
        "wechat/events/<slug:provider>/<slug:token>",
        views_providers.wechat_events,
        name="wechat_events",
    ),
]
