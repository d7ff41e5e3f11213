"""Training the category model on what people decided, with scikit-learn.

Only the command loads this module, and scikit-learn with it (100 MB).

A linear support vector machine for each class, over features scaled by how much oftener they stand
in that class than elsewhere (Wang and Manning, "Baselines and Bigrams", 2012). The scaling is
folded into the weights, so predicting costs nothing more.
"""

import math
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy
from django.utils.translation import gettext as _
from scipy.sparse import diags, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from mashang.core.errors import Refused
from mashang.knowledge.classifier import LANE, LARGEST, WEIGHT_STEPS, packed, unpacked
from mashang.knowledge.features import GROUPS, features, key_of

LEAST_OF_A_CLASS = 8
LEAST_IN_ALL = 40
MOST_FEATURES = 300_000
FOLDS = 5
SMOOTHING, COST = 0.1, 0.5
SEED = 2026
SURE = 0.8  # a confidence that is counted apart in the report

Example = tuple[str, str]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """How good a model is, by cross-validation: each example predicted by a model that had not
    seen it. `by_class`: how many examples, F1. `sure`: of how many the model was sure, how many
    of these were right."""

    examples: int
    macro_f1: float
    accuracy: float
    among_three: float
    sure: tuple[int, int]
    by_class: dict[str, tuple[int, float]]
    left_out: dict[str, int]

    def described(self) -> dict[str, object]:
        return {
            "macro_f1": round(self.macro_f1, 4),
            "accuracy": round(self.accuracy, 4),
            "among_three": round(self.among_three, 4),
            "sure": list(self.sure),
            "by_class": {label: [n, round(f1, 3)] for label, (n, f1) in self.by_class.items()},
            "left_out": self.left_out,
        }


@dataclass(frozen=True)
class Trained:
    data: bytes
    report: Report


def train(examples: Sequence[Example], *, say: Say = lambda _line: None) -> Trained:
    """A model of (text, label) pairs, with what it reaches.

    Classes with fewer than 8 examples are left out and named in the report. Raises Refused, with
    what to do, where less than two classes or 40 examples are left.
    """
    kept, left_out = _enough(examples)
    texts, labels = [text for text, _label in kept], [label for _text, label in kept]
    classes = sorted(set(labels))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    scores: list[list[float]] = [[] for _text in texts]
    for number, (seen, unseen) in enumerate(folds.split(texts, labels), 1):
        say(_("交叉验证 {number}/{folds}").format(number=number, folds=FOLDS))
        fitted = _fit([texts[at] for at in seen], [labels[at] for at in seen], classes)
        model = unpacked(fitted.packed(temperature=1.0))
        for at in unseen:
            scores[at] = model.scores(texts[at])
    temperature = _temperature(scores, [classes.index(label) for label in labels])
    report = _report(scores, labels, classes, temperature, left_out)
    say(_("用全部 {count} 条训练").format(count=len(texts)))
    data = _fit(texts, labels, classes).packed(temperature=temperature)
    unpacked(data)  # what cannot be read again is never stored
    return Trained(data, report)


def _enough(examples: Sequence[Example]) -> tuple[list[Example], dict[str, int]]:
    counts = Counter(label for _text, label in examples)
    left_out = {label: n for label, n in counts.items() if n < LEAST_OF_A_CLASS}
    kept = [(text, label) for text, label in examples if label not in left_out]
    if len(counts) - len(left_out) < 2:
        raise Refused(
            _(
                "能用来学的类别不到两个，没有训练：每个类别至少要有 {least} 件"
                "已办结、已分类的事项。现在用的模型不变。"
            ).format(least=LEAST_OF_A_CLASS)
        )
    if len(kept) < LEAST_IN_ALL:
        raise Refused(
            _(
                "已办结、已分类的事项只有 {count} 件，至少要 {least} 件才能训练。现在用的模型不变。"
            ).format(count=len(kept), least=LEAST_IN_ALL)
        )
    return kept, left_out


# Fitting ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fitted:
    classes: list[str]
    names: Any  # of the features
    rarity: Any
    weights: Any  # a row for each class
    offsets: list[float]

    def packed(self, *, temperature: float) -> bytes:
        """As bytes, with the features that weigh most, as many as the size allows."""
        most = min(MOST_FEATURES, LARGEST // ((LANE + 2) * len(self.classes) + 8) * 9 // 10)
        worth = numpy.abs(self.weights).max(axis=0) * self.rarity
        chosen = numpy.argsort(-worth)[:most]
        by_key = {key_of(self.names[at].encode()): int(at) for at in chosen[::-1]}
        rows = [by_key[key] for key in sorted(by_key)]
        scale = float(numpy.abs(self.weights).max()) / WEIGHT_STEPS or 1.0
        steps = numpy.rint(self.weights[:, rows].T / scale).astype(int) + WEIGHT_STEPS
        return packed(
            labels=self.classes,
            rows=[(key, float(self.rarity[at])) for key, at in sorted(by_key.items())],
            weights=array("H", steps.ravel().tolist()).tobytes(),
            offsets=self.offsets,
            scale=scale,
            temperature=temperature,
        )


def _sorted_out(texts: Sequence[str]) -> list[dict[str, list[str]]]:
    """The features of each text; a run that stands in many is one string in memory."""
    known: dict[str, str] = {}
    return [
        {
            mark: [known.setdefault(feature, feature) for feature in group]
            for mark, group in features(text).items()
        }
        for text in texts
    ]


def _fit(texts: Sequence[str], labels: Sequence[str], classes: list[str]) -> _Fitted:
    parts, names_of, rarities = [], [], []
    sorted_out = _sorted_out(texts)
    for mark, weight in GROUPS.items():
        # The analyser is asked for a text's features; they are at hand already.
        vectors = TfidfVectorizer(
            analyzer=itemgetter(mark), sublinear_tf=True, min_df=2, dtype=numpy.float32
        )
        try:
            part = vectors.fit_transform(sorted_out)
        except ValueError:  # no feature stands in two texts
            continue
        parts.append(part * numpy.float32(weight))
        names_of += list(vectors.get_feature_names_out())
        rarities.append(vectors.idf_)
    if not parts:
        raise Refused(_("这些事项里没有两件用到同样的词，学不到东西，没有训练。现在用的模型不变。"))
    matrix = hstack(parts).tocsr()
    names = numpy.array(labels)
    weights = numpy.zeros((len(classes), matrix.shape[1]), dtype=numpy.float32)
    offsets = []
    for number, label in enumerate(classes):
        mine = names == label
        here = numpy.asarray(matrix[mine].sum(axis=0)).ravel() + SMOOTHING
        elsewhere = numpy.asarray(matrix[~mine].sum(axis=0)).ravel() + SMOOTHING
        ratio = numpy.abs(numpy.log(here / here.sum() / (elsewhere / elsewhere.sum())))
        machine = LinearSVC(C=COST, random_state=SEED)
        machine.fit(matrix @ diags(ratio.astype(numpy.float32)), mine)
        weights[number] = machine.coef_[0] * ratio
        offsets.append(float(machine.intercept_[0]))
    return _Fitted(classes, names_of, numpy.concatenate(rarities), weights, offsets)


# How good it is ---------------------------------------------------------------------------------


def _shares(scores: Sequence[float], temperature: float) -> list[float]:
    most = max(scores)
    powers = [math.exp((score - most) / temperature) for score in scores]
    return [power / sum(powers) for power in powers]


def _temperature(scores: Sequence[Sequence[float]], right: Sequence[int]) -> float:
    """What makes the confidences fit how often the model is right (least log loss)."""

    def loss(temperature: float) -> float:
        return -sum(
            math.log(max(_shares(row, temperature)[at], 1e-9))
            for row, at in zip(scores, right, strict=True)
        )

    return min((0.02 * 1.15**step for step in range(45)), key=loss)


def _report(
    scores: Sequence[Sequence[float]],
    labels: Sequence[str],
    classes: Sequence[str],
    temperature: float,
    left_out: dict[str, int],
) -> Report:
    right = hits = among = sure = sure_right = 0
    told: Counter[str] = Counter()
    had: Counter[str] = Counter(labels)
    both: Counter[str] = Counter()
    for row, label in zip(scores, labels, strict=True):
        ranked = sorted(range(len(classes)), key=lambda at: -row[at])
        best = classes[ranked[0]]
        told[best] += 1
        hits = best == label
        both[label] += hits
        right += hits
        among += label in [classes[at] for at in ranked[:3]]
        if max(_shares(row, temperature)) >= SURE:
            sure += 1
            sure_right += hits
    by_class = {
        label: (had[label], 2 * both[label] / (had[label] + told[label])) for label in classes
    }
    return Report(
        examples=len(labels),
        macro_f1=sum(f1 for _n, f1 in by_class.values()) / len(by_class),
        accuracy=right / len(labels),
        among_three=among / len(labels),
        sure=(sure, sure_right),
        by_class=by_class,
        left_out=left_out,
    )
