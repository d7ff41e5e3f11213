"""A topic on a phone and on paper."""

import pytest
from playwright.sync_api import Page, expect

from builders import City, a_filed
from mashang.knowledge.models import TopicMember
from mashang.knowledge.topics import keeping

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def topic(windows, city: City) -> Page:
    keeping.forget()
    texts = (f"南门口的自来水总是停，到别处提水{'！' * n}" for n in range(3))
    cases = [a_filed(city, text=text).case for text in texts]
    keeping.take_in()
    keeping.forget()
    page = windows("dispatcher")
    page.goto(f"/desk/topics/{TopicMember.objects.get(case=cases[0]).topic_id}")
    expect(page.locator(".cases tbody tr")).to_have_count(3)
    return page


def test_what_is_ticked_is_large_enough_for_a_thumb(topic):
    topic.set_viewport_size({"width": 360, "height": 740})
    targets = topic.locator(".cases label").all()
    assert len(targets) == 6
    for target in targets:
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    targets[-2].click(position={"x": 4, "y": 4})
    expect(topic.locator("input[name=case]:checked")).to_have_count(1)


def test_on_paper_stands_the_list_and_nothing_to_press(topic):
    topic.emulate_media(media="print")
    expect(topic.locator(".cases tbody tr").first).to_be_visible()
    expect(topic.locator("main :is(button, input, textarea):visible")).to_have_count(0)
