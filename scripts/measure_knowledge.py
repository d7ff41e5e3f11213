"""What `mashang.knowledge` reaches on messages whose licence keeps them out of this repository.

    python scripts/measure_knowledge.py categories labelled_tokens.csv labelled.csv
    python scripts/measure_knowledge.py repeats messages.csv
    python scripts/measure_knowledge.py replies replied.csv
    python scripts/measure_knowledge.py topics messages.csv

Each prints its figures; docs/knowledge.md holds those of the last measurement. Labels that we made
are in scripts/labels, by the messages' own numbers and without a word of them.
"""

import argparse
import csv
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

MANY = 100_000
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings_for_tests")


def rows_of(path: str) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")


def text_of(row: dict[str, str]) -> str:
    return f"{row['title'].strip()}\n{row['text'].strip()}"


# Categories -------------------------------------------------------------------------------------


def categories(paths: list[str]) -> None:
    """Macro-F1 of five-fold cross-validation, as `mashang train` prints it for a city."""
    from mashang.knowledge.classifier import unpacked
    from mashang.knowledge.training import train

    for path in paths:
        rows = rows_of(path)
        texts = [row["tokens"] if "tokens" in row else text_of(row) for row in rows]
        start = time.perf_counter()
        trained = train([(text, row["label"]) for text, row in zip(texts, rows, strict=True)])
        took, report = time.perf_counter() - start, trained.report
        sure, right = report.sure
        model = unpacked(trained.data)
        start = time.process_time()
        for text in texts[:500]:
            model.suggest(text)
        each = (time.process_time() - start) / min(len(texts), 500) * 1000
        say(f"{Path(path).name}: {report.examples} rows, {len(report.by_class)} classes")
        say(f"  macro-F1 {report.macro_f1:.4f}, accuracy {report.accuracy:.4f}")
        say(f"  right one among three {report.among_three:.4f}")
        say(f"  80 % sure or more of {sure}, right of these {right} ({right / max(sure, 1):.3f})")
        for label, (count, f1) in report.by_class.items():
            say(f"    F1 {f1:.3f}  {count:5}  {label}")
        say(f"  model {len(trained.data) / 2**20:.1f} MB, {each:.2f} ms a message, trained and")
        say(f"  cross-validated in {took:.0f} s")


# Repeats ----------------------------------------------------------------------------------------

# Pairs of messages.csv with some words in common, by how alike they are: of so many such pairs in
# the file, scripts/labels/repeat_pairs.csv has a part of each stratum; the second line of figures
# weighs each pair by how many it stands for.
STRATA = {1: 1293, 2: 660, 3: 254, 4: 138, 5: 57, 6: 246}


def repeats(paths: list[str]) -> None:
    """Precision and recall of "may be the same matter" on labelled pairs, among 200 others."""
    from mashang.cases.similar import MOST_COMPARED, Rarity, alike, pairs

    texts = {row["id"]: row["text"].strip() for row in rows_of(paths[0])}
    labelled = rows_of(str(HERE / "labels" / "repeat_pairs.csv"))
    sampled = Counter(int(pair["stratum"]) for pair in labelled)
    chance = Random(1)
    for is_here in (True, False):
        plain: Counter[str] = Counter()
        weighed: Counter[str] = Counter()
        for pair in labelled:
            others = chance.sample(sorted(texts), MOST_COMPARED)
            known = {key: pairs(texts[key]) for key in (*others, pair["first"], pair["second"])}
            likeness = Rarity(known.values()).likeness(known[pair["first"]], known[pair["second"]])
            told = alike(likeness, is_here=is_here, compared=len(known))
            outcome = {(1, 1): "hit", (1, 0): "wrong", (0, 1): "missed", (0, 0): "rightly not"}
            name, stratum = outcome[told, pair["same"] == "1"], int(pair["stratum"])
            plain[name] += 1
            weighed[name] += STRATA[stratum] / sampled[stratum]
        say(f"{len(labelled)} pairs, {'same place' if is_here else 'another place'}")
        for title, count in (("in the sample", plain), ("weighed by strata", weighed)):
            precision = count["hit"] / (count["hit"] + count["wrong"])
            recall = count["hit"] / (count["hit"] + count["missed"])
            say(f"  {title}: precision {precision:.3f}, recall {recall:.3f}")


# Replies ----------------------------------------------------------------------------------------


def replies(paths: list[str]) -> None:
    """For each flag how many real replies have it, and how often it is right by our labels."""
    from mashang.cases.similar import pairs
    from mashang.knowledge.replies import Flag, bare, flags

    rows = rows_of(paths[0])
    labels = {
        (label["id"], label["flag"]): label["right"] == "1"
        for label in rows_of(str(HERE / "labels" / "reply_flags.csv"))
    }
    known = [pairs(bare(row["reply"])) for row in rows]
    found: dict[str, list[str]] = {flag: [] for flag in Flag}
    for number, row in enumerate(rows):
        mine = known[number]
        # The three likest others stand for all: the flag asks for nearly the same words.
        likest = sorted(
            (other for other in range(len(rows)) if other != number),
            key=lambda other: -len(mine & known[other]) / (len(mine | known[other]) or 1),
        )[:3]
        others = [rows[other]["reply"] for other in likest]
        for flag in flags(text_of(row), row["reply"], others):
            found[flag].append(row["id"])
    say(f"{len(rows)} replies")
    for flag, keys in found.items():
        judged = [labels[key, flag] for key in keys if (key, flag) in labels]
        share = f"{sum(judged) / len(judged):.2f}" if judged else "-"
        say(f"  {flag}: {len(keys)} flagged, {len(judged)} of them labelled, precision {share}")


# Topics -----------------------------------------------------------------------------------------


def topics(paths: list[str]) -> None:
    """Time and memory of putting 100,000 invented reports into topics; of messages.csv how often
    two that are put together are the same matter, by the labelled pairs."""
    from mashang.knowledge.topics.clustering import Clusters
    from mashang.trials.generating.words import THEMES, Writer

    rows = sorted(rows_of(paths[0]), key=lambda row: row["time"])
    clusters, of = Clusters(), {}
    for row in rows:
        found = clusters.add(text_of(row), "620402001001")
        of[row["id"]] = found and found[0].key
    outcome: Counter[tuple[bool, bool]] = Counter()
    for pair in rows_of(str(HERE / "labels" / "repeat_pairs.csv")):
        together = of[pair["first"]] == of[pair["second"]]
        outcome[together, pair["same"] == "1"] += 1
    right = outcome[True, True]
    say(f"{len(rows)} messages, {len(clusters.live)} clusters; of the labelled pairs")
    say(f"  precision {right / (right + outcome[True, False]):.3f}")
    say(f"  recall {right / (right + outcome[False, True]):.3f}")

    chance = Random(3)
    writer = Writer(chance)
    texts = [writer.report(THEMES[writer.theme()]) for _number in range(MANY)]
    places = [f"6204{county:02d}{town:03d}001" for county in range(2, 7) for town in range(16)]
    clusters = Clusters()
    start, processor = time.perf_counter(), time.process_time()
    for text in texts:
        clusters.add(text, chance.choice(places))
    took, processor = time.perf_counter() - start, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"{MANY} invented reports, {len(clusters.live)} clusters")
    say(f"  {took:.0f} s, {processor:.0f} s of processor time, {memory:.0f} MB")


PARTS = {"categories": categories, "repeats": repeats, "replies": replies, "topics": topics}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("files", nargs="+")
    given = parser.parse_args()
    import django

    django.setup()
    PARTS[given.part](given.files)


if __name__ == "__main__":
    main()
