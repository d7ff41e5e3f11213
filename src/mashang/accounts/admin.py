"""Whom the city's single sign-on means, for the system operator."""

from django.contrib import admin

from mashang.accounts.models import Subject


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    list_display = ["account", "subject"]
    list_select_related = ["account"]
    search_fields = ["account__name", "account__username", "subject"]
    autocomplete_fields = ["account"]
