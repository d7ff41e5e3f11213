"""A form with photos and a voice message, through the real request handling."""

import json

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.urls import path

from mashang.attachments.forms import MultipleFileInput, PhotosField, VoiceField
from mashang.attachments.intake import receive
from mashang.attachments.models import Attachment
from pictures import a_heic, a_pdf, a_photo, noise, png_claiming
from recordings import mp4, webm

WORDS = "三号楼门口的下水井盖坏了，老人晚上出门怕踩空。"
MB = 1024 * 1024


def report(request: HttpRequest) -> HttpResponse:
    """A form's view in short: what was typed, and what was said about the files."""
    problems = receive(request.FILES, request, owner="draft:form", part="report")
    return JsonResponse({"text": request.POST.get("text"), "problems": problems})


urlpatterns = [path("report", report)]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def post(sent):
    def make(*photos, voice=()):
        data = {
            "photos": [sent(name, content) for name, content in photos],
            "voice": [sent(name, content) for name, content in voice],
            "text": WORDS,
        }
        response = Client().post("/report", data)
        assert response.status_code == 200
        answer = json.loads(response.content)
        assert answer["text"] == WORDS
        return answer["problems"]

    return make


def kept():
    return list(Attachment.objects.values_list("kind", "number"))


def test_good_photos_and_a_voice_message_are_kept_without_a_word(post):
    photos = [(f"{n}.jpg", a_photo(seed=n * 20)) for n in range(3)]
    assert post(*photos, voice=[("say.webm", webm(10))]) == []
    assert kept() == [("photo", 1), ("photo", 2), ("photo", 3), ("voice", 1)]


def test_a_form_without_files_has_no_problem(post, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert post() == []


def test_what_is_refused_is_named_and_the_good_ones_are_kept(post):
    problems = post(
        ("good.jpg", a_photo()),
        ("contract.jpg", a_pdf()),
        ("IMG_1.HEIC", a_heic()),
        ("bomb.png", png_claiming(20_000, 20_000)),
        ("half.jpg", a_photo()[:2000]),
        ("empty.jpg", b""),
        ("also-good.png", a_photo(seed=40)),
        voice=[("film.mp4", mp4(5, handlers=(b"vide", b"soun")))],
    )
    assert [problem.partition("”")[0] for problem in problems] == [
        "“contract.jpg",
        "“IMG_1.HEIC",
        "“bomb.png",
        "“half.jpg",
        "“empty.jpg",
        "“film.mp4",
    ]
    assert all(problem.endswith("。") for problem in problems)
    assert kept() == [("photo", 1), ("photo", 2)]


def test_a_photo_of_forty_megabytes_is_named_with_the_limit_and_the_words_stay(post):
    problems = post(("huge.jpg", b"\xff\xd8\xff" + b"x" * 40 * MB), ("good.jpg", a_photo()))
    assert len(problems) == 1
    assert "huge.jpg" in problems[0]
    assert "12 MB" in problems[0]
    assert kept() == [("photo", 1)]


def test_a_voice_message_too_large_or_too_long_is_told_the_minute(post):
    problems = post(voice=[("large.webm", b"v" * 4 * MB)]) + post(voice=[("long.webm", webm(90))])
    assert ["一分钟以内" in problem for problem in problems] == [True, True]


def test_the_tenth_photo_is_refused_in_one_sentence_that_names_it(post):
    assert post(*[(f"{n}.jpg", a_photo((20, 20), seed=n * 20)) for n in range(8)]) == []
    problems = post(*[(f"more{n}.jpg", a_photo((30, 30), seed=n * 20)) for n in range(3)])
    assert problems == ["照片最多 9 张，有 2 张没有收下：“more1.jpg”、“more2.jpg”。"]
    assert len(kept()) == 9


def test_twenty_photos_at_once_keep_nine_and_one_sentence_says_so(post):
    problems = post(*[(f"{n}.jpg", a_photo((20, 20), seed=n * 10)) for n in range(20)])
    assert len(problems) == 1
    assert "有 11 张没有收下：“9.jpg”、“10.jpg”" in problems[0]
    assert "……" in problems[0]
    assert len(kept()) == 9


def test_a_second_voice_message_is_refused_and_the_first_stays(post):
    assert post(voice=[("one.webm", webm(10))]) == []
    assert ["只能有一段录音" in problem for problem in post(voice=[("two.webm", webm(20))])] == [
        True
    ]
    both = post(voice=[("one.webm", webm(10)), ("three.webm", webm(30))])
    assert [problem.partition("”")[0] for problem in both] == ["“three.webm"]
    assert kept() == [("voice", 1)]


def test_the_same_form_sent_twice_keeps_each_file_once(post):
    photos = [(f"{n}.jpg", a_photo(seed=n * 20)) for n in range(9)]
    assert post(*photos, voice=[("say.webm", webm(10))]) == []
    assert post(*photos, voice=[("say.webm", webm(10))]) == []
    assert len(kept()) == 10


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)<b>.jpg", "“<script>alert(1)<b>.jpg”"),
        ("长" * 60 + ".jpg", "“…" + "长" * 26 + ".jpg”"),
        ("\u202egpj.exe", "“gpj.exe”"),
    ],
)
def test_a_name_is_shown_in_short_and_without_tricks(post, name, shown):
    (problem,) = post((name, a_pdf()))
    assert problem.startswith(shown)


def test_a_full_disk_is_told_once_and_the_words_stay(post, small_disk, settings):
    settings.MEDIA_ROOT = small_disk / "files"
    photos = [("large.jpg", noise(700)), ("next.jpg", noise(710))]
    problems = post(("fits.jpg", a_photo()), *photos)
    assert len(problems) == 1
    assert problems[0].startswith("“large.jpg”没有收下。存储空间满了")
    assert kept() == [("photo", 1)]


def test_a_full_disk_while_the_request_is_read_is_told_and_the_words_stay(
    post, small_disk, settings
):
    settings.FILE_UPLOAD_TEMP_DIR = str(small_disk)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    problems = post(("fits.jpg", a_photo()), ("large.jpg", noise(700)))
    assert len(problems) == 1
    assert problems[0].startswith("“large.jpg”没有收下。存储空间满了")
    assert kept() == [("photo", 1)]


def test_the_fields_give_the_files_as_they_came(sent):
    files = [sent("a.jpg", a_pdf()), sent("b.jpg", b"b")]
    request = RequestFactory().post("/", {"photos": files, "voice": sent("c.webm", b"c")})
    for field, name, expected in (
        (PhotosField(), "photos", ["a.jpg", "b.jpg"]),
        (VoiceField(), "voice", "c.webm"),
    ):
        cleaned = field.clean(field.widget.value_from_datadict({}, request.FILES, name))
        found = [file.name for file in cleaned] if name == "photos" else cleaned.name
        assert found == expected
        assert not field.clean(field.widget.value_from_datadict({}, {}, name))


def test_the_input_takes_several_photos_and_asks_apple_for_jpeg():
    html = PhotosField().widget.render("photos", None)
    assert " multiple" in html
    assert 'accept="image/jpeg,image/png,image/webp"' in html
    assert MultipleFileInput().render("photos", None).count("multiple") == 1
