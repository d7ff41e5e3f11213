"""Categories suggested on a case's page, and the command that learns them."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from builders import a_filed
from learned import TAUGHT, a_model, invented
from mashang.cases.flow import Phase, State
from mashang.cases.models import Case
from mashang.knowledge import learning, suggesting
from mashang.knowledge.models import CategoryModel
from visits import at_desk, desk_of, fresh, text_of

DARK = "小区南门口的路灯坏了快半个月，晚上什么也看不见，老人出门要打手电"


@pytest.fixture
def waiting(city, noon) -> Case:
    """A report that waits to be triaged."""
    case = a_filed(city, text=DARK).case
    Case.objects.filter(pk=case.pk).update(
        state=State.TO_TRIAGE, phase=Phase.OPEN, unit=None, assignee=None
    )
    return fresh(case)


def suggested(page: str) -> list[str]:
    return re.findall(r"data-choose=\"dispatch-category\"[^>]*><b>([^<]+)</b>", page)


def test_whoever_triages_sees_likely_categories_with_confidence_and_words(
    city, waiting, categories
):
    a_model(categories)
    page = desk_of(city.dispatcher, waiting).shown
    assert suggested(page)[0] == "路灯"
    assert len(suggested(page)) <= 3
    assert re.search(r"把握 \d+ %", page)
    words = re.search(r'class="why">([^<]+)<', page).group(1).split("、")
    assert all(word in DARK for word in words)
    assert fresh(waiting).category is None, "nothing is chosen by itself"


def test_a_tap_fills_the_form_and_nothing_more(city, waiting, categories):
    a_model(categories)
    page = desk_of(city.dispatcher, waiting).shown
    address = re.search(r'href="([^"]+for=dispatch)#dispatch-category"', page).group(1)
    filled = text_of(at_desk(city.dispatcher).get(address.replace("&amp;", "&")))
    chosen = categories["lighting"].pk
    form = filled[filled.index("/moves/dispatch") :]
    assert f'<option value="{chosen}" selected>' in form[: form.index("</form>")]
    assert fresh(waiting).category is None


def test_an_address_with_a_category_that_is_none_fills_nothing(city, waiting, categories):
    for wanted in ("", "abc", "999999", "0"):
        address = f"/desk/cases/{waiting.number}?category={wanted}&for=dispatch"
        assert at_desk(city.dispatcher).get(address).status_code == 200


def test_a_city_that_trained_nothing_sees_no_suggestion_and_no_excuse(city, waiting, categories):
    page = desk_of(city.dispatcher, waiting).shown
    assert "dispatch-category" in page
    assert "data-choose" not in page
    assert "没有学过" not in page


def test_words_that_were_never_learned_are_said_to_be_so(city, waiting, categories):
    a_model(categories)
    Case.objects.filter(pk=waiting.pk).update(text="zzz qqq xxx")
    assert "给不出类别建议" in desk_of(city.dispatcher, waiting).shown


def test_a_closed_category_is_not_suggested(city, waiting, categories):
    a_model(categories)
    categories["lighting"].is_active = False
    categories["lighting"].save()
    assert "路灯" not in suggested(desk_of(city.dispatcher, waiting).shown)


def test_a_broken_model_leaves_the_one_before_in_use(city, waiting, categories, caplog):
    a_model(categories)
    a_model(categories, data=b"half of something")
    assert suggested(desk_of(city.dispatcher, waiting).shown)[0] == "路灯"
    assert "cannot be read" in caplog.text


def test_the_newest_model_is_loaded_once(city, waiting, categories, django_assert_num_queries):
    a_model(categories)
    suggesting.suggest(DARK)
    with django_assert_num_queries(0):
        assert suggesting.suggest(DARK)[0].category == categories["lighting"]


# The command ------------------------------------------------------------------------------------


def closed(city, categories, **changes):
    """Closed and sorted cases of the invented reports."""
    for text, name in invented():
        case = a_filed(city, text=text).case
        values = {"category": categories[name], "phase": Phase.DONE, "state": State.CLOSED}
        Case.objects.filter(pk=case.pk).update(**(values | changes))


def trained_by_command(*flags: str) -> str:
    said = StringIO()
    call_command("train", *flags, stdout=said)
    return said.getvalue()


def test_the_city_learns_from_its_own_closed_cases(city, noon, categories, waiting):
    closed(city, categories)
    said = trained_by_command()
    assert "48 件，3 个类别" in said
    assert "路灯" in said
    assert CategoryModel.objects.count() == 1
    assert suggested(desk_of(city.dispatcher, waiting).shown)[0] == "路灯"
    assert str(CategoryModel.objects.get().pk) in trained_by_command("--list")


def test_sealed_and_confidential_and_open_cases_teach_nothing(city, noon, categories):
    closed(city, categories)
    known = len(list(learning.examples()))
    assert known == 48
    for field in ("is_sealed", "is_confidential"):
        Case.objects.update(**{field: True})
        assert list(learning.examples()) == []
        Case.objects.update(**{field: False})
    Case.objects.update(phase=Phase.OPEN)
    assert list(learning.examples()) == []


def test_too_little_or_an_interruption_leaves_the_model_in_use(
    city, noon, categories, waiting, monkeypatch
):
    a_model(categories)
    with pytest.raises(CommandError, match="现在用的模型不变"):
        trained_by_command()

    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(learning, "train", interrupted)
    with pytest.raises(CommandError, match="训练中断"):
        trained_by_command()
    assert CategoryModel.objects.count() == 1
    assert suggested(desk_of(city.dispatcher, waiting).shown)[0] == "路灯"


def test_a_version_can_be_taken_back(city, categories):
    with pytest.raises(CommandError, match="还没有模型"):
        trained_by_command("--take-back")
    first, second = a_model(categories), a_model(categories)
    assert str(second.pk) in trained_by_command("--take-back")
    assert list(CategoryModel.objects.values_list("pk", flat=True)) == [first.pk]
    assert set(TAUGHT) == set(categories)
