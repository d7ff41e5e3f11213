"""Signing in, one's own account, and the security operator's pages."""

from django.urls import path

from mashang.accounts import views_account, views_people, views_signing_in

urlpatterns = [
    path("staff/sign-in", views_signing_in.sign_in, name="sign_in"),
    path("staff/sign-in/code", views_signing_in.second_factor, name="second_factor"),
    path("staff/sign-in/set-up", views_signing_in.set_up_factor, name="set_up_factor"),
    path("staff/sign-out", views_signing_in.sign_out, name="sign_out"),
    path("staff/password/<str:token>", views_signing_in.set_password, name="set_password"),
    path("staff/sso", views_signing_in.sso, name="sso"),
    path("staff/sso/callback", views_signing_in.sso_callback, name="sso_callback"),
    path("account", views_account.account, name="account"),
    path("account/password", views_account.password, name="account_password"),
    path("account/second-factor", views_account.factor, name="account_factor"),
    path("account/recovery-codes", views_account.recovery_codes, name="recovery_codes"),
    path("account/sessions", views_account.end_sessions, name="end_sessions"),
    path("desk/people", views_people.people, name="people"),
    path("desk/people/<str:username>", views_people.person, name="person"),
    path("desk/people/<str:username>/<str:name>", views_people.act, name="person_act"),
]
