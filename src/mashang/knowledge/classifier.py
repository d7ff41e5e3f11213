"""A trained model as it predicts: numbers in one block, read without scikit-learn or numpy.

A web process that never meets a suggestion loads nothing; one that does holds the block and
nothing else (docs/knowledge.md has the figures).

The block holds, for each feature, its 32-bit key, its weight in the text (inverse document
frequency) and a weight for each class. Adding up rows of numbers is what takes time in Python; so
a row is one large integer with a lane of 32 bits for each class, and a whole row is multiplied and
added at once. Weights are shifted to be positive, so that no lane borrows from the next.
"""

import json
import math
import struct
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import nlargest
from operator import itemgetter

from mashang.knowledge.features import BORDER, GROUPS, features, key_of

MAGIC = b"mashang-categories-1\n"
LANE = 4  # bytes
# The weights of a group of features have length 1 at most, so those of n features add up to at most
# the root of n: with the 24,000, 900 and 18,000 features of the longest message a lane reaches
# (155 + 30 + 134) * 1024 * 8192, which is under 2**32.
TEXT_STEPS, WEIGHT_STEPS = 1024, 4095
WORDS_SHOWN, MOST_LOOKED_AT, MOST_ASKED = 4, 40, 600
SHOWN = 3
LEAST_CONFIDENCE = 0.05
LARGEST = 30 * 1024 * 1024


class Unreadable(Exception):
    """The bytes are no model, or not a whole one."""


@dataclass(frozen=True)
class Suggestion:
    """A class with how sure the model is (0 to 1) and the words of the text that spoke for it."""

    label: str
    confidence: float
    words: list[str]

    @property
    def percent(self) -> int:
        """As people read it: nothing learned from words is certain."""
        return min(round(self.confidence * 100), 99)


@dataclass(frozen=True)
class Classifier:
    """`weights` has a row for each of `keys` (sorted), as lanes; `scale` is what a step of a
    weight is worth, `temperature` what scores are divided by to be as sure as they are right."""

    labels: list[str]
    keys: array
    rarity: array
    weights: bytes
    offsets: list[float]
    scale: float
    temperature: float

    def suggest(self, text: str, *, most: int = SHOWN) -> list[Suggestion]:
        """The likeliest classes, best first; none where the model knows no word of the text."""
        found = self._found(text)
        if not found:
            return []
        scores = self._scores(found)
        shares = _softmax([score / self.temperature for score in scores])
        ranked = sorted(range(len(self.labels)), key=lambda at: -shares[at])[:most]
        likely = [at for at in ranked if shares[at] >= LEAST_CONFIDENCE]
        words = self._words(found, likely)
        return [Suggestion(self.labels[at], shares[at], words[at]) for at in likely]

    def scores(self, text: str) -> list[float]:
        """How much speaks for each class, in the order of `labels`."""
        found = self._found(text)
        return self._scores(found) if found else list(self.offsets)

    def _found(self, text: str) -> list[tuple[str, int, float]]:
        """(feature, its row, its weight in the text) for those that the model knows."""
        rows, keys, end = [], self.keys, len(self.keys)
        for mark, group in features(text).items():
            mine = []
            for feature, count in Counter(group).items():
                key = key_of(feature.encode())
                row = bisect_left(keys, key)
                if row < end and keys[row] == key:
                    often = 1 + math.log(count) if count > 1 else 1
                    mine.append((feature, row, often * self.rarity[row]))
            length = math.sqrt(sum(weight * weight for _feature, _row, weight in mine)) or 1.0
            share = GROUPS[mark] / length
            rows += [(feature, row, weight * share) for feature, row, weight in mine]
        return rows

    def _scores(self, found: Sequence[tuple[str, int, float]]) -> list[float]:
        width = LANE * len(self.labels)
        total = steps = 0
        for _feature, row, weight in found:
            times = round(weight * TEXT_STEPS)
            start = row * width
            total += times * int.from_bytes(self.weights[start : start + width], "little")
            steps += times
        lanes = struct.unpack(f"<{len(self.labels)}I", total.to_bytes(width, "little"))
        shift, worth = steps * WEIGHT_STEPS, self.scale / TEXT_STEPS
        return [
            (lane - shift) * worth + offset
            for lane, offset in zip(lanes, self.offsets, strict=True)
        ]

    def _words(
        self, found: Sequence[tuple[str, int, float]], labels: Sequence[int]
    ) -> dict[int, list[str]]:
        """For each label the runs of two characters or more that spoke most for it rather than
        for others; only what weighs in the text is asked."""
        lanes = struct.Struct(f"<{len(self.labels)}I")
        spoke: dict[int, Counter[str]] = {label: Counter() for label in labels}
        for feature, row, weight in nlargest(MOST_ASKED, found, key=itemgetter(2)):
            word = feature.strip(BORDER)
            if len(word) >= 2 and not word.isdigit() and word[0] not in GROUPS:
                weights = lanes.unpack_from(self.weights, row * lanes.size)
                middle = sum(weights) / len(weights)
                for label in labels:
                    spoke[label][word] += weight * (weights[label] - middle)
        return {label: _most_telling(words) for label, words in spoke.items()}


def _most_telling(words: Counter[str]) -> list[str]:
    shown: list[str] = []
    for word, worth in words.most_common(MOST_LOOKED_AT):
        if worth <= 0 or len(shown) == WORDS_SHOWN:
            break
        if not any(_overlap(word, other) for other in shown):
            shown.append(word)
    return shown


def _overlap(one: str, other: str) -> bool:
    """Whether two runs say the same: one in the other, or beginning where the other ends."""
    shorter, longer = sorted((one, other), key=len)
    return shorter in longer or any(
        one.endswith(other[:length]) or other.endswith(one[:length]) for length in (1, 2, 3)
    )


def _softmax(values: Sequence[float]) -> list[float]:
    most = max(values)
    powers = [math.exp(value - most) for value in values]
    return [power / sum(powers) for power in powers]


# Kept in a file or a row ------------------------------------------------------------------------


def packed(
    *,
    labels: Sequence[str],
    rows: Sequence[tuple[int, float]],
    weights: bytes,
    offsets: Sequence[float],
    scale: float,
    temperature: float,
) -> bytes:
    """A model as bytes: `rows` are (key, rarity) sorted by key, `weights` their 16-bit steps from
    0 to twice WEIGHT_STEPS, a class after the other. What they are worth is in the module's text.
    """
    head = json.dumps(
        {
            "labels": list(labels),
            "rows": len(rows),
            "offsets": list(offsets),
            "scale": scale,
            "temperature": temperature,
        }
    ).encode()
    body = (
        array("I", [key for key, _rarity in rows]).tobytes()
        + array("f", [rarity for _key, rarity in rows]).tobytes()
        + weights
    )
    content = zlib.compress(len(head).to_bytes(4, "little") + head + body, 6)
    return MAGIC + sha256(content).digest() + content


def unpacked(data: bytes) -> Classifier:
    """The model in these bytes. Raises Unreadable where they are cut short, altered or none."""
    start = len(MAGIC) + 32
    if not data.startswith(MAGIC) or sha256(data[start:]).digest() != data[len(MAGIC) : start]:
        raise Unreadable("not a whole model")
    try:
        plain = zlib.decompress(data[start:])
        length = int.from_bytes(plain[:4], "little")
        head = json.loads(plain[4 : 4 + length])
        count, labels = int(head["rows"]), [str(label) for label in head["labels"]]
        at = 4 + length
        keys, rarity, steps = array("I"), array("f"), array("H")
        keys.frombytes(plain[at : at + 4 * count])
        rarity.frombytes(plain[at + 4 * count : at + 8 * count])
        steps.frombytes(plain[at + 8 * count :])
        if len(steps) != count * len(labels) or len(labels) < 2:
            raise Unreadable("its parts do not fit")
        return Classifier(
            labels=labels,
            keys=keys,
            rarity=rarity,
            weights=array("I", steps).tobytes(),
            offsets=[float(offset) for offset in head["offsets"]],
            scale=float(head["scale"]),
            temperature=float(head["temperature"]),
        )
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise Unreadable(str(error)) from None
