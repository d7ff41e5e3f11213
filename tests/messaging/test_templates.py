"""The wordings: what may stand in them, what they cost, and whose word is last."""

import pytest
from django.test import override_settings

from mashang.core import cached
from mashang.messaging import templates, texts
from mashang.messaging.models import Template

EVERY = sorted(texts.TEXTS)


@pytest.fixture
def values():
    return dict(texts.VARIABLES)


@pytest.mark.parametrize("code", EVERY)
def test_every_text_is_one_sms_without_its_link(code):
    text = texts.TEXTS[code]
    shown = templates.example(code, text.body).replace(texts.VARIABLES["link"], "")
    assert templates.parts(shown) == 1, len(shown)


@pytest.mark.parametrize("code", EVERY)
def test_both_languages_say_the_same_facts_with_known_variables_only(code):
    text = texts.TEXTS[code]
    assert texts.placeholders(text.body) == texts.placeholders(text.body_en)
    assert text.variables <= texts.VARIABLES.keys()


def test_duty_messages_are_those_to_the_staff():
    assert all(text.is_duty for text in texts.STAFF.values())
    assert not any(text.is_duty for text in texts.RESIDENT.values())


@pytest.mark.parametrize(
    ("units", "count"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_seventy_units_fill_one_sms_and_sixty_seven_each_of_several(units, count):
    assert templates.parts("字" * units) == count


def test_a_character_beyond_the_basic_plane_counts_twice():
    assert templates.parts("𠮷" * 35) == 1
    assert templates.parts("𠮷" * 36) == 2


@pytest.mark.django_db
def test_the_signature_stands_in_front_in_both_languages(values):
    with override_settings(SMS_SIGNATURE="某某市综治中心"):
        for language in ("zh-hans", "en"):
            assert templates.render("receipt", values, language).startswith("【某某市综治中心】")


@pytest.mark.django_db
def test_a_receipt_says_who_calls_by_when_and_where_to_look(values):
    text = templates.render("receipt", values | {"due": "15:42"})
    assert text == (
        "【码上办】您反映的事项已收到，编号260001234。颐和社区将在15:42前给您打电话。"
        f"查看进度：{values['link']}"
    )


def test_values_that_the_text_does_not_use_are_left_out(values):
    assert templates.needed("verification", values) == {"code": "508213"}


def test_a_missing_value_is_refused(values):
    del values["due"]
    with pytest.raises(ValueError, match="due"):
        templates.needed("duty_new", values)


@pytest.mark.parametrize("name", ["text", "name", "phone"])
def test_what_is_no_variable_is_refused(values, name):
    with pytest.raises(ValueError, match=name):
        templates.needed("receipt", values | {name: "x"})


def test_an_unknown_template_is_refused(values):
    with pytest.raises(ValueError, match="greeting"):
        templates.needed("greeting", values)


def test_a_value_beyond_twenty_characters_is_refused_unless_it_is_the_link(values):
    assert templates.needed("receipt", values | {"caller": "字" * 20, "link": "x" * 80})
    with pytest.raises(ValueError, match="caller"):
        templates.needed("receipt", values | {"caller": "字" * 21})


@pytest.mark.django_db
class TestACitysOwnWording:
    def test_replaces_ours_and_may_use_fewer_variables(self, values):
        Template.objects.create(code="receipt", body="收到{number}。{link}")
        cached.forget_all()
        assert templates.render("receipt", values) == f"【码上办】收到260001234。{values['link']}"

    def test_leaves_our_english_where_it_has_none(self, values):
        Template.objects.create(code="receipt", body="收到{number}。")
        cached.forget_all()
        assert "We have your report" in templates.render("receipt", values, "en")

    def test_does_not_count_while_disabled(self, values):
        Template.objects.create(code="receipt", body="收到。", is_enabled=False)
        cached.forget_all()
        assert "颐和社区将在" in templates.render("receipt", values)

    def test_cannot_reach_into_python(self, values):
        Template.objects.create(code="receipt", body="{number.__class__}{0}{%s}{number}")
        cached.forget_all()
        text = templates.render("receipt", values)
        assert text == "【码上办】{number.__class__}{%s}260001234"

    def test_brings_the_operators_template_number(self):
        Template.objects.create(code="receipt", body="收到。", provider_code="SMS_1001")
        cached.forget_all()
        assert templates.provider_code("receipt") == "SMS_1001"
        assert templates.provider_code("answered") == "answered"
