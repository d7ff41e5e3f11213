"""The working calendar, for the system operator."""

from django.contrib import admin

from mashang.core.models import Day


@admin.register(Day)
class DayAdmin(admin.ModelAdmin):
    list_display = ["date", "is_working", "name"]
    list_filter = ["is_working"]
    date_hierarchy = "date"
    search_fields = ["name"]
    ordering = ["-date"]
