"""The city's settings."""

from django.urls import path

from mashang.configuration.views_staff import (
    calendar,
    catalogue,
    categories,
    codes,
    limits,
    overview,
    people,
    providers,
    types,
    wording,
)

HERE = "desk/settings"


urlpatterns = [
    path(HERE, overview.overview, name="settings"),
    path(f"{HERE}/withdraw/<slug:kind>/<int:key>", overview.take_back, name="settings_withdraw"),
    path(f"{HERE}/try", catalogue.tried, name="settings_try"),
    path(f"{HERE}/categories", categories.listed, name="settings_categories"),
    path(f"{HERE}/categories/new", categories.edited, name="settings_category_new"),
    path(f"{HERE}/categories/import", categories.imported, name="settings_categories_import"),
    path(f"{HERE}/categories/<int:key>", categories.edited, name="settings_category"),
    path(f"{HERE}/catalogue", catalogue.listed, name="settings_catalogue"),
    path(f"{HERE}/catalogue/rule", catalogue.rule, name="settings_rule"),
    path(f"{HERE}/catalogue/import", catalogue.imported, name="settings_catalogue_import"),
    path(f"{HERE}/types", types.listed, name="settings_types"),
    path(f"{HERE}/types/new", types.one, name="settings_type_new"),
    path(f"{HERE}/types/of/<slug:code>", types.one, name="settings_type"),
    path(f"{HERE}/limits", limits.limits, name="settings_limits"),
    path(f"{HERE}/limits/<slug:name>", limits.limit, name="settings_limit"),
    path(f"{HERE}/limits/<slug:name>/<slug:urgency>", limits.limit, name="settings_limit_of"),
    path(f"{HERE}/ladders", limits.ladders, name="settings_ladders"),
    path(f"{HERE}/ladders/<slug:ladder>/<slug:clock>", limits.ladder, name="settings_ladder"),
    path(f"{HERE}/calendar", calendar.year, name="settings_calendar"),
    path(f"{HERE}/calendar/import", calendar.imported, name="settings_calendar_import"),
    path(f"{HERE}/calendar/suggestion", calendar.suggested, name="settings_calendar_suggestion"),
    path(f"{HERE}/wordings", wording.listed, name="settings_wordings"),
    path(f"{HERE}/wordings/<slug:code>", wording.one, name="settings_wording"),
    path(f"{HERE}/providers", providers.listed, name="settings_providers"),
    path(f"{HERE}/providers/new", providers.new, name="settings_provider_new"),
    path(f"{HERE}/providers/of/<slug:code>", providers.one, name="settings_provider"),
    path(
        f"{HERE}/providers/of/<slug:code>/<slug:template>",
        providers.approval,
        name="settings_approval",
    ),
    path(f"{HERE}/units", people.units, name="settings_units"),
    path(f"{HERE}/units/new", people.unit, name="settings_unit_new"),
    path(f"{HERE}/units/<int:key>", people.unit, name="settings_unit"),
    path(f"{HERE}/units/<int:key>/close", people.close_unit, name="settings_unit_close"),
    path(f"{HERE}/posts", people.posts, name="settings_posts"),
    path(f"{HERE}/posts/new", people.add_post, name="settings_post_new"),
    path(f"{HERE}/posts/<int:key>/end", people.end_post, name="settings_post_end"),
    path(f"{HERE}/codes/import", codes.imported, name="settings_codes_import"),
]
