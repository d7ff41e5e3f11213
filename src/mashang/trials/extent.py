"""How much the parts of the benchmark do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Extent:
    """`seconds` of one timed run and how many `rounds` of them; all else counts things."""

    seconds: float = 10
    rounds: int = 3
    lag_seconds: float = 20
    lag_rate: int = 100  # reports a second
    pages: int = 500
    reports: int = 2_000
    clocks: int = 100_000
    clocks_on_sqlite: int = 100_000
    desk_cases: int = 1_000_000
    desk_cases_on_sqlite: int = 20_000
    desk_opens: int = 40
    desk_people: int = 2  # a dispatcher, a leader
    posters: int = 38_300
    messages: int = 200_000
    messages_on_sqlite: int = 200_000
    is_patient: bool = True  # waits the minute after which a dead worker's messages are settled


FULL = Extent()
# Enough to prove that every part works and counts right; its times say nothing.
QUICK = Extent(
    seconds=0.5, rounds=1, lag_seconds=1, lag_rate=10, pages=5, reports=20,
    clocks=400, clocks_on_sqlite=400,
    messages=300, messages_on_sqlite=300,
    desk_cases=120, desk_cases_on_sqlite=120, desk_opens=1, desk_people=1,
    posters=24, is_patient=False,
)  # fmt: skip
