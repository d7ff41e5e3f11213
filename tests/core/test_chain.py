"""The hash chain: what it holds together and what it finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core import chain

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
contents = st.dictionaries(st.text(), values, min_size=1, max_size=5)


@pytest.fixture(params=["aes-gcm", "sm4-gcm"])
def suite(request, settings):
    settings.CIPHER = request.param
    return request.param


def test_digests_are_the_published_ones():
    # FIPS 180-2 and GB/T 32905-2016, the example "abc" of each.
    assert chain.digest("abc", name="sha256") == (
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert chain.digest("abc", name="sm3") == (
        "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


def test_the_suite_of_the_city_chooses_the_digest(suite):
    assert chain.link("", {}).partition(":")[0] == {"aes-gcm": "sha256", "sm4-gcm": "sm3"}[suite]


def test_a_chain_holds_and_each_altered_part_is_found(suite):
    first = chain.link(chain.START, {"move": "filed", "text": "路灯坏了"})
    second = chain.link(first, {"move": "answer"})
    assert chain.holds(chain.START, {"text": "路灯坏了", "move": "filed"}, first)
    assert chain.holds(first, {"move": "answer"}, second)
    assert not chain.holds(first, {"move": "answer", "at": 1}, second)
    assert not chain.holds(chain.START, {"move": "answer"}, second)
    assert not chain.holds(
        first, {"move": "answer"}, second[:-1] + ("0" if second[-1] != "0" else "1")
    )


def test_entries_written_before_a_change_of_suite_still_hold(settings):
    settings.CIPHER = "aes-gcm"
    old = chain.link(chain.START, {"move": "filed"})
    settings.CIPHER = "sm4-gcm"
    new = chain.link(old, {"move": "answer"})
    assert chain.holds(chain.START, {"move": "filed"}, old)
    assert chain.holds(old, {"move": "answer"}, new)


@pytest.mark.parametrize("claimed", ["", "abc", "md5:abc", "sha256", "sha256:", ":"])
def test_what_is_no_digest_holds_nothing(claimed):
    assert not chain.holds(chain.START, {}, claimed)


@given(contents, contents)
def test_two_contents_have_one_digest_only_if_they_are_the_same(one, other):
    assert chain.holds("", one, chain.link("", other)) == (
        chain.canonical(one) == chain.canonical(other)
    )


@given(contents)
def test_the_order_of_keys_does_not_matter(content):
    backwards = dict(reversed(content.items()))
    assert chain.link("", content) == chain.link("", backwards)


def test_a_root_depends_on_every_digest_their_order_and_the_day_before():
    root = chain.root("r0", ["a", "b"])
    assert root == chain.root("r0", iter(["a", "b"]))
    assert (
        len(
            {
                root,
                chain.root("r0", ["b", "a"]),
                chain.root("r0", ["a"]),
                chain.root("r1", ["a", "b"]),
            }
        )
        == 4
    )
