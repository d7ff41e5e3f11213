"""The benchmark in a tiny setting: what it counts is right; how fast it was is nobody's test."""

import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.db import connection

from mashang.trials import bench, clocks, figures
from mashang.trials.extent import QUICK
from mashang.trials.figures import Findings
from running import ROOT, children, url_of_test_database


def run(*arguments: str) -> tuple[int, str]:
    """`mashang bench --quick` on the database that the tests run on: exit code and output."""
    place = ["--only", "sqlite"]
    if connection.vendor == "postgresql" and "--only" not in arguments:
        place = ["--only", "postgresql", "--database", url_of_test_database()]
    done = subprocess.run(
        [sys.executable, "-m", "mashang.cli", "bench", "--quick", *place, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.django_db(transaction=True)
def test_every_part_measures_and_finds_everything_exact():
    on_sqlite = connection.vendor == "sqlite"
    # On PostgreSQL those that ask it what SQLite is not asked: for plans, and for rows to lock.
    parts = () if on_sqlite else ("clocks", "desk", "messages")
    code, output = run("--markdown", *parts)
    assert code == 0, output
    cells = {
        row.split(" | ")[0].strip("| "): row.split(" | ")[1]
        for row in output.splitlines()
        if row.startswith("| ")
    }
    assert cells.keys() >= set(parts or bench.PARTS)
    assert cells["steps taken, each exactly once, one worker killed"] == "400"
    assert cells["lost / doubled, as the provider counts"] == "0 / 0"
    assert cells["cases made"].startswith("120 in ")
    assert re.search(r", [1-9]\d* q → .*, [1-9]\d* q, ×", cells["派单 a case"])
    if on_sqlite:
        assert int(cells["SQL queries per report"]) <= 12
        form = cells["the form with styles and scripts, compressed"]
        assert 0 < float(form.split(" KB")[0]) <= 30
        assert 20 < float(cells["after 20 reports over HTTP"].split(" MB")[0]) < 1000


@pytest.mark.django_db(transaction=True)
def test_a_benchmark_that_is_told_to_stop_leaves_nothing_running_and_nothing_behind(
    mashang, tmp_path
):
    folder = tmp_path / "scratch"
    folder.mkdir()
    place = ["--only", "postgresql" if connection.vendor == "postgresql" else "sqlite"]
    bench = mashang.start("bench", "--quick", "lag", *place, TMPDIR=str(folder))
    started: dict[int, str] = {}
    while not any(command.endswith("mashang.cli worker ") for command in started.values()):
        assert bench.process.poll() is None, bench.output
        started |= children(bench.pid)
    bench.send(signal.SIGTERM)
    assert bench.ends() == 130
    assert not children(bench.pid)
    assert not [command for pid, command in started.items() if Path(f"/proc/{pid}").exists()]
    assert list(folder.iterdir()) == []


def test_what_is_not_exact_fails_whatever_else_was_found(monkeypatch, capsys):
    findings = Findings()
    findings.note("reports", "7")
    findings.expect("rows", 6, 7)
    monkeypatch.setattr(bench, "_measure", lambda *_arguments: findings)
    faults = bench.measure(["page"], {"SQLite": nullcontext}, extent=QUICK, table=figures.plain)
    assert faults == ["page on SQLite: rows: 6, not 7"]
    assert "reports  7" in capsys.readouterr().out


def test_an_unknown_part_is_refused_with_those_that_there_are():
    code, output = run("speed", "--only", "sqlite")
    assert code == 1
    assert "intake, lag, page, memory, clocks, desk, insight, posters, messages" in output


A_WARNING = {"move": "warn", "told": [1]}


def a_rung(number: int) -> dict[str, object]:
    return {"move": "escalate", "rung": number, "told": [2]}


@pytest.mark.parametrize(
    ("count", "steps"),
    [
        (0, []),
        (1, [A_WARNING]),
        (2, [A_WARNING, a_rung(2)]),
        (2, [a_rung(2)]),
        (3, [A_WARNING, a_rung(2), a_rung(3)]),
    ],
)
def test_steps_that_were_taken_once_are_exact(count, steps):
    assert clocks.not_once(count, steps) is None


@pytest.mark.parametrize(
    ("count", "steps"),
    [
        (1, [A_WARNING, A_WARNING]),
        (2, [A_WARNING, a_rung(2), a_rung(2)]),
        (3, [A_WARNING, a_rung(2), a_rung(4)]),
        (2, [A_WARNING]),
        (0, [a_rung(2)]),
        (1, []),
    ],
)
def test_a_step_that_was_taken_twice_or_never_is_found(count, steps):
    assert clocks.not_once(count, steps)
