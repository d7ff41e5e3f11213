"""Training on the city's own cases, and keeping what was learned."""

from collections.abc import Iterator

from django.db import transaction

from mashang.cases.flow import Phase
from mashang.cases.models import Case
from mashang.knowledge.models import CategoryModel
from mashang.knowledge.suggesting import forget
from mashang.knowledge.training import Example, Report, Say, train

MOST_EXAMPLES = 50_000
FEWEST_CHARACTERS = 6
VERSIONS_KEPT = 5


def examples(*, most: int = MOST_EXAMPLES) -> Iterator[Example]:
    """(words, category) of the newest closed cases that somebody sorted. Complaints about cadres
    and confidential matters teach nothing: their words stay where they are."""
    rows = Case.objects.filter(
        phase=Phase.DONE, category__isnull=False, is_sealed=False, is_confidential=False
    )
    for text, category in rows.order_by("-pk").values_list("text", "category")[:most].iterator():
        if len(text) >= FEWEST_CHARACTERS:
            yield text, str(category)


def learn(*, say: Say = lambda _line: None) -> tuple[CategoryModel, Report]:
    """Train and put to use. Raises Refused where there is too little to learn from; the model in
    use stays then, as it does where this is interrupted."""
    trained = train(list(examples()), say=say)
    with transaction.atomic():
        row = CategoryModel.objects.create(
            examples=trained.report.examples,
            macro_f1=trained.report.macro_f1,
            report=trained.report.described(),
            data=trained.data,
        )
        kept = CategoryModel.objects.order_by("-pk").values_list("pk", flat=True)[:VERSIONS_KEPT]
        CategoryModel.objects.exclude(pk__in=list(kept)).delete()
    forget()
    return row, trained.report


def take_back() -> CategoryModel | None:
    """Put the model before to use again; the one that was given up, None where there is none."""
    newest = CategoryModel.objects.order_by("-pk").defer("data").first()
    if newest is not None:
        CategoryModel.objects.filter(pk=newest.pk).delete()
        forget()
    return newest
