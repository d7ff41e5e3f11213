"""The resident's addresses: behind a code on a door, in an SMS, or typed."""

from django.urls import path

from mashang.cases.views_resident import filing, phone, tracking, wechat

urlpatterns = [
    path("q", filing.typed_code, name="typed_code"),
    path("q/<str:typed>", filing.report_by_code, name="report_by_code"),
    path("report/<str:place_code>", filing.report_by_place, name="report_by_place"),
    path("r/<str:token>", filing.receipt, name="receipt"),
    path("track", phone.track_by_number, name="track_by_number"),
    path("mine", phone.my_cases, name="my_cases"),
    path("mine/leave", phone.leave, name="leave"),
    path("t/<str:token>", tracking.track, name="track"),
    path("t/<str:token>/files/<uuid:pk>", tracking.tracked_file, name="tracked_file"),
    path("t/<str:token>/data", phone.take_data, name="take_data"),
    path("t/<str:token>/erase", phone.erase_data, name="erase_data"),
    path("t/<str:token>/wechat", wechat.wechat, name="track_wechat"),
    path("wechat/back", wechat.wechat_back, name="wechat_back"),
    path("t/<str:token>/<str:action>", tracking.track_action, name="track_action"),
]
