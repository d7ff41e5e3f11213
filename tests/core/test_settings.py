"""What the settings refuse, asked of a real start: `mashang diffsettings` in a process."""

import os
import subprocess
import sys

import pytest

from mashang.operations.keys import fresh_keys
from running import ROOT

SOUND = {
    "MASHANG_BASE_URL": "https://city.example",
    "MASHANG_SMS_GATEWAY_URL": "https://sms.example/send",
    "MASHANG_SMS_GATEWAY_KEY": "0123456789abcdef",
    **fresh_keys(),
}


@pytest.fixture
def start(tmp_path):
    """Start with nothing but these variables; (exit code, what was printed to stdout, stderr)."""

    def run(**variables: str | None) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in variables.items() if value is not None}
        env |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}
        return subprocess.run(
            [sys.executable, "-m", "mashang.cli", "diffsettings", "--output=unified"],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_sound_production_settings_start(start):
    started = start(**SOUND)
    assert (started.returncode, started.stderr) == (0, "")
    assert "+ SECURE_HSTS_SECONDS = 31536000" in started.stdout
    assert "+ SESSION_COOKIE_SECURE = True" in started.stdout


def test_nothing_set_names_everything_that_is_missing_at_once_and_without_a_traceback(start):
    started = start()
    assert started.returncode == 1
    for name in ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "BASE_URL", "SMS_GATEWAY_URL"):
        assert f"MASHANG_{name}" in started.stderr
    assert "new-keys" in started.stderr
    assert "Traceback" not in started.stderr


# Several at a start, each said by itself: a start takes a second.
NONSENSE = (
    {
        "MODE": ("debug", "production, demo, test"),
        "CIPHER": ("des", "aes-gcm, sm4-gcm"),
        "TIME_ZONE": ("Asia/Baiyin", "no time zone"),
        "TRUSTED_PROXIES": ("10.0.0.1,proxy", "'proxy' is not an address"),
        "PHOTO_LIMIT_MB": ("many", ""),
        "REPORTS_PER_PHONE_A_DAY": ("-1", ""),
        "DATABASE_URL": ("mysql://root@localhost/city", "sqlite:/// or postgres://"),
        "BASE_URL": ("city.example", "https://city.example"),
        "SMS_GATEWAY_URL": ("sms.example", "https://"),
        "SMTP_URL": ("smtps://u:p@mail.example", "MASHANG_MAIL_FROM are set together"),
        "FIELD_KEYS": ("k1:c2hvcnQ=", "32 random bytes"),
        "SECRET_KEY": ("short", "50 characters"),
        "INDEX_KEY": ("b" * 40, "32 characters"),
        "BASEURL": ("https://city.example", "is no setting"),
    },
    {
        "SMS_SENDER": ("pigeon", "demo, gateway"),
        "PHOTO_LIMIT_MB": ("0", ""),
        "DATABASE_URL": ("nonsense", "sqlite:/// or postgres://"),
        "BASE_URL": ("https://city.example/path", "https://city.example"),
        "SMTP_URL": ("http://mail.example", "must look like smtps://"),
        "FIELD_KEYS": ("k1:" + "A" * 43 + "=", "32 random bytes"),
        "SECRET_KEY": ("a" * 60, "50 characters"),
    },
    {
        "SMTP_URL": ("smtps://mail.example:99999", "must look like smtps://"),
        "FIELD_KEYS": ("no-colon", "32 random bytes"),
    },
    {
        "MAIL_FROM": ("a@b.example", "MASHANG_SMTP_URL and"),
        "FIELD_KEYS": (",".join([SOUND["MASHANG_FIELD_KEYS"]] * 2), "32 random"),
    },
)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_by_name(start, nonsense):
    given = {f"MASHANG_{name}": value for name, (value, _said) in nonsense.items()}
    started = start(**SOUND | given)
    assert started.returncode == 1
    faults = started.stderr.split("\n  - ")[1:]
    for name, (_value, said) in nonsense.items():
        assert any(f"MASHANG_{name}" in fault and said in fault for fault in faults), name
    assert "Traceback" not in started.stderr


@pytest.mark.parametrize(
    "fine",
    [
        {"BASE_URL": "http://city.example", "SMS_SENDER": "demo"},
        {"SMS_GATEWAY_URL": "http://sms.example/send", "SMS_GATEWAY_KEY": "short"},
    ],
)
def test_what_is_fine_in_a_demonstration_is_refused_in_production(start, fine):
    started = start(**SOUND | {f"MASHANG_{name}": value for name, value in fine.items()})
    assert started.returncode == 1
    for name in fine:
        assert f"MASHANG_{name}" in started.stderr


def test_all_faults_are_told_in_one_go(start):
    started = start(
        **SOUND
        | {
            "MASHANG_MODE": "debug",
            "MASHANG_TIME_ZONE": "Asia/Baiyin",
            "MASHANG_PHOTO_LIMIT_MB": "many",
            "MASHANG_DATABASE_URL": "mysql://x",
        }
    )
    assert started.stderr.count("\n  - ") == 4


def test_no_secret_is_told_with_the_faults(start):
    started = start(
        MASHANG_SECRET_KEY="hunter2",
        MASHANG_FIELD_KEYS="k1:aHVudGVyMg==",
        MASHANG_INDEX_KEY="hunter2",
        MASHANG_SMS_GATEWAY_KEY="hunter2",
    )
    assert started.returncode == 1
    assert "hunter2" not in started.stderr
    assert "aHVudGVyMg" not in started.stderr


def test_a_file_gives_the_settings_and_the_environment_wins(start, tmp_path):
    file = tmp_path / "city.env"
    lines = SOUND | {"MASHANG_CITY_NAME": "甲市", "MASHANG_SMS_SIGNATURE": "a$b ${HOME}"}
    file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    started = start(MASHANG_ENV_FILE=str(file))
    assert (started.returncode, started.stderr) == (0, "")
    assert "CITY_NAME = '甲市'" in started.stdout
    assert "SMS_SIGNATURE = 'a$b ${HOME}'" in started.stdout
    started = start(MASHANG_ENV_FILE=str(file), MASHANG_CITY_NAME="乙市")
    assert "CITY_NAME = '乙市'" in started.stdout


def test_a_misspelt_variable_in_the_file_is_refused_too(start, tmp_path):
    file = tmp_path / "city.env"
    file.write_text("".join(f"{k}={v}\n" for k, v in SOUND.items()) + "MASHANG_CITYNAME=甲市\n")
    assert "MASHANG_CITYNAME" in start(MASHANG_ENV_FILE=str(file)).stderr


def test_a_file_that_is_not_there_is_refused(start):
    started = start(**SOUND, MASHANG_ENV_FILE="/nowhere/city.env")
    assert started.returncode == 1
    assert "/nowhere/city.env" in started.stderr
    assert "Traceback" not in started.stderr
