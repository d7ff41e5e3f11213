"""Migrations: complete and linear."""

from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

OURS = [app for app in apps.get_app_configs() if app.name.startswith("mashang.")]
WITH_MODELS = [app for app in OURS if list(app.get_models())]


@pytest.mark.parametrize("app", WITH_MODELS, ids=lambda app: app.label)
def test_every_package_with_models_has_migrations(app):
    assert (Path(app.path) / "migrations" / "0001_initial.py").is_file()


@pytest.mark.django_db
def test_the_migrations_make_what_the_models_say():
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert said.getvalue() == "No changes detected\n"


def test_each_package_has_one_line_of_migrations():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    leaves = [node for node in loader.graph.leaf_nodes() if node[0] in {app.label for app in OURS}]
    labels = [label for label, _name in leaves]
    assert len(labels) == len(set(labels))
