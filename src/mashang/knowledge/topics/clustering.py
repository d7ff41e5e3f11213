"""Putting reports together that are about the same thing, one after the other as they come.

Each report is its pairs of characters, the rarer the heavier, with weights of length 1; a cluster
is the sum of its reports', cut to the heaviest. A report joins the cluster that it is most like, if
it is like enough, or begins one. What is near counts as more alike, so that the same fault in two
counties is two matters unless the words say otherwise. Nothing is ever looked at twice: the work
for a report does not grow with how many came before, but with how many live clusters share its
rare words.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import islice
from math import log, sqrt
from operator import itemgetter

from mashang.cases.similar import pairs

TERMS, TERMS_OF_A_CLUSTER = 300, 200
ALIKE = 0.28
# Added to how alike words are, by how many digits of the place's code are the same.
NEARER = ((12, 0.10), (9, 0.05), (6, 0.0))
FARTHER = -0.05
UNSEEN = 200  # as if so many more reports were known, or the first ones would have nothing rare
# A report's rarest pairs lead to clusters, but for pairs that many live clusters have; those that
# share most of them are compared in all.
ASKED, LONGEST_LIST, COMPARED = 40, 60, 3
FEWEST_TERMS = 4
SETTLED = 64  # a cluster of so many reports has said what it is about

Terms = dict[str, float]


@dataclass
class Cluster:
    """`key` is the caller's. `terms` are the heaviest; `place` is where its first report was."""

    key: int
    place: str
    terms: Terms = field(default_factory=dict)
    count: int = 0
    length: float = 0.0


class Clusters:
    """Live clusters. `add` says which one a report joins; `forget` lets go of one."""

    def __init__(self) -> None:
        self._seen = UNSEEN
        self._in: Counter[str] = Counter()
        self.live: dict[int, Cluster] = {}
        self._with: defaultdict[str, set[int]] = defaultdict(set)
        self._next = 0

    def learn(self, text: str) -> frozenset[str]:
        """Count a report's pairs among those known, whatever cluster it belongs to."""
        found = pairs(text)
        self._seen += 1
        self._in.update(found)
        return found

    def terms_of(self, found: frozenset[str]) -> Terms:
        weights = {pair: log(self._seen / (self._in[pair] + 1)) for pair in found}
        heaviest = nlargest(TERMS, weights.items(), key=itemgetter(1))
        length = sqrt(sum(weight * weight for _pair, weight in heaviest)) or 1.0
        return {pair: weight / length for pair, weight in heaviest if weight > 0}

    def add(self, text: str, place: str) -> tuple[Cluster, float] | None:
        """The cluster that a report joins or begins, and how alike it is (1 for the first); None
        where it has too few words."""
        terms = self.terms_of(self.learn(text))
        if len(terms) < FEWEST_TERMS:
            return None
        found = self._nearest(terms, place)
        if found is None:
            self._next -= 1  # until the caller gives it a key
            cluster, score = Cluster(self._next, place), 1.0
            self.live[cluster.key] = cluster
        else:
            cluster, score = found
        self._join(cluster, terms)
        return cluster, score

    def _nearest(self, terms: Terms, place: str) -> tuple[Cluster, float] | None:
        shared: defaultdict[int, float] = defaultdict(float)
        for pair, weight in islice(terms.items(), ASKED):  # the rarest come first
            having = self._with.get(pair, ())
            if len(having) <= LONGEST_LIST:
                for key in having:
                    shared[key] += weight * self.live[key].terms[pair]
        best, most = None, 0.0
        for key, _product in nlargest(COMPARED, shared.items(), key=itemgetter(1)):
            cluster = self.live[key]
            known = cluster.terms
            product = sum(weight * known[pair] for pair, weight in terms.items() if pair in known)
            score = product / cluster.length + _nearness(cluster.place, place)
            if score > most:
                best, most = cluster, score
        return (best, most) if best is not None and most >= ALIKE else None

    def _join(self, cluster: Cluster, terms: Terms) -> None:
        cluster.count += 1
        if cluster.count > SETTLED:
            return
        summed = dict(cluster.terms)
        for pair, weight in terms.items():
            summed[pair] = summed.get(pair, 0.0) + weight
        heaviest = nlargest(TERMS_OF_A_CLUSTER, summed.items(), key=itemgetter(1))
        self.put(cluster, dict(heaviest))

    def put(self, cluster: Cluster, terms: Mapping[str, float]) -> None:
        """Have a live cluster be of these terms, as when it was loaded."""
        for pair in cluster.terms.keys() - terms.keys():
            self._with[pair].discard(cluster.key)
        for pair in terms.keys() - cluster.terms.keys():
            self._with[pair].add(cluster.key)
        cluster.terms = dict(terms)
        cluster.length = sqrt(sum(weight * weight for weight in terms.values())) or 1.0
        self.live[cluster.key] = cluster

    def rename(self, cluster: Cluster, key: int) -> None:
        """Give a cluster that `add` began the key under which the caller keeps it."""
        terms = cluster.terms
        self.forget(cluster.key)
        cluster.key, cluster.terms = key, {}
        self.put(cluster, terms)

    def forget(self, key: int) -> None:
        cluster = self.live.pop(key, None)
        for pair in cluster.terms if cluster else ():
            having = self._with.get(pair)
            if having is not None:
                having.discard(key)
                if not having:
                    del self._with[pair]


def _nearness(one: str, other: str) -> float:
    for digits, more in NEARER:
        if one[:digits] == other[:digits]:
            return more
    return FARTHER
