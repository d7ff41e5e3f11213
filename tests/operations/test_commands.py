"""`mashang` as an operator types it."""

import base64
import stat

import pytest
from django.core.management import get_commands

from mashang import cli
from mashang.config.environment import PREFIX
from mashang.demo.launch import base_url, settings_file
from mashang.operations.keys import fresh_keys


def test_help_names_every_command_of_the_product_and_no_other(mashang_alone):
    shown = mashang_alone.run("--help")
    assert shown.ends() == 0
    named = {
        line.split()[0].replace("-", "_") for line in cli.HELP.splitlines() if line[:2] == "  "
    }
    ours = {name for name, app in get_commands().items() if app.startswith("mashang.")}
    inner = {"demo_city", "welcome"}  # parts of run-demo
    trials = {name for name, app in get_commands().items() if app == "mashang.trials"}
    assert named - {"help"} == (ours | set(cli.WITHOUT_SETTINGS)) - inner - trials
    assert shown.output == cli.HELP


def test_new_keys_need_no_settings_and_are_new_each_time(mashang_alone):
    for name in [name for name in mashang_alone.env if name.startswith(PREFIX + "S")]:
        del mashang_alone.env[name]
    first, second = mashang_alone.run("new-keys"), mashang_alone.run("new_keys")
    assert first.ends() == second.ends() == 0
    assert [line.partition("=")[0] for line in first.lines] == list(fresh_keys())
    assert not set(first.lines) & set(second.lines)


def test_new_keys_are_long_enough_for_the_settings():
    keys = fresh_keys()
    key_id, _colon, encoded = keys["MASHANG_FIELD_KEYS"].partition(":")
    assert key_id.isalnum()
    assert len(base64.b64decode(encoded, validate=True)) == 32
    assert len(keys["MASHANG_SECRET_KEY"]) >= 50
    assert len(keys["MASHANG_INDEX_KEY"]) >= 32


def test_an_unknown_command_is_refused(mashang_alone):
    assert mashang_alone.run("no-such-thing").ends() == 1


def test_nothing_is_served_before_it_is_prepared(mashang_alone):
    served = mashang_alone.run("serve", "--bind", "127.0.0.1:0")
    assert served.ends() == 1
    assert "mashang prepare" in served.output
    assert "Traceback" not in served.output


def test_preparing_makes_the_tables_and_again_changes_nothing(mashang_alone):
    first = mashang_alone.run("prepare")
    assert first.ends() == 0
    assert "Making tables" in first.output
    assert mashang_alone.run("prepare", "--check").ends() == 0
    second = mashang_alone.run("prepare")
    assert second.ends() == 0
    assert "Making tables" not in second.output
    assert "Collecting" not in second.output


def test_a_database_that_cannot_be_opened_is_told_in_one_line(mashang_alone):
    refused = mashang_alone.run("prepare", MASHANG_DATABASE_URL="sqlite:////nowhere/city.sqlite3")
    assert refused.ends() == 1
    assert "unable to open database file" in refused.output
    assert "Traceback" not in refused.output


# The demonstration's own settings -----------------------------------------------------------------


def test_the_demonstration_makes_its_keys_once_and_for_its_owner_alone(tmp_path):
    folder = tmp_path / "demo"
    file = settings_file(folder)
    written = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(fresh_keys()) < {line.partition("=")[0] for line in written.splitlines()}
    assert settings_file(folder) == file
    assert file.read_text() == written
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8001"), ("::1", "http://[::1]:8001")],
)
def test_links_lead_to_where_the_demonstration_listens(host, url):
    assert base_url(host, 8001) == url


def test_links_lead_to_this_machine_where_the_demonstration_listens_everywhere():
    url = base_url("0.0.0.0", 8001)
    assert "0.0.0.0" not in url
    assert url.endswith(":8001")
