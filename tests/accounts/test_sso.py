"""Single sign-on against a provider that speaks the protocol, and every way in which it may lie."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from mashang.accounts import oidc
from mashang.accounts.models import Subject
from mashang.audit.models import Record
from mashang.core.cached import forget_all
from mashang.people.models import Account
from oidc_provider import CLIENT, SECRET, Provider
from signing import is_signed_in
from visits import text_of

pytestmark = pytest.mark.django_db
BACK = "/staff/sso/callback"


@pytest.fixture
def provider(city, settings):
    provider = Provider()
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = provider.issuer, CLIENT
    settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = SECRET, "白银通"
    forget_all()
    yield provider
    provider.stop()
    forget_all()


def come_back(provider, browser, *, then="/desk?tab=all", **changes):
    """The whole way round; `changes` are made to what the provider's redirect brings back."""
    away = browser.get("/staff/sso", {"next": then})
    assert away.status_code == 302, text_of(away)
    brought = {**provider.authorize(away.url), **changes}
    return browser.get(BACK, brought)


def refused(provider, saying="白银通登录没有成功", **changes):
    browser = Client()
    answer = come_back(provider, browser, **changes)
    assert answer.status_code == 422
    assert saying in text_of(answer)
    assert not is_signed_in(browser)
    row = Record.objects.filter(kind="sign_in_failed").first()
    assert row.facts["way"] == "single sign-on"
    return row.facts["reason"]


def test_somebody_with_an_account_gets_in_and_where_they_wanted(provider):
    browser = Client()
    assert "用白银通登录" in text_of(browser.get("/staff/sign-in"))
    answer = come_back(provider, browser)
    assert (answer.status_code, answer.url) == (302, "/desk?tab=all")
    assert is_signed_in(browser)
    assert Record.objects.filter(kind="sign_in").first().account.username == "zhang"


def test_nobody_is_led_to_another_site(provider):
    assert come_back(provider, Client(), then="https://evil.example/").url == "/desk"


def test_the_second_factor_is_asked_for_unless_the_provider_has_one(provider, settings):
    settings.SECOND_FACTOR = "required"
    assert come_back(provider, Client()).url == "/staff/sign-in/set-up"
    settings.OIDC_HAS_FACTOR = True
    assert come_back(provider, Client()).url == "/desk?tab=all"


def test_without_the_setting_there_is_nothing(city, client):
    assert client.get("/staff/sso").status_code == 404
    assert client.get(BACK).status_code == 404
    assert "/staff/sso" not in text_of(client.get("/staff/sign-in"))


# Whom it means -----------------------------------------------------------------------------------


def test_a_stranger_gets_no_account(provider):
    provider.claims = {"preferred_username": "stranger"}
    before = Account.objects.count()
    refused(provider, "这里没有您的账号")
    assert Account.objects.count() == before


@pytest.mark.parametrize("claim", [None, "", 7, ["zhang"], {"a": 1}])
def test_a_claim_that_is_no_username_means_nobody(provider, claim):
    provider.claims = {"preferred_username": claim}
    refused(provider, "这里没有您的账号")


def test_a_blocked_account_stays_out(provider, city):
    Account.objects.filter(username="zhang").update(is_active=False)
    refused(provider, "这里没有您的账号")


def test_by_subject_only_who_was_entered_is_meant(provider, settings, city):
    settings.OIDC_MATCH = "subject"
    refused(provider, "这里没有您的账号")
    Subject.objects.create(account=city.li, subject="subject-of-zhang")
    browser = Client()
    come_back(provider, browser)
    assert int(browser.session["_auth_user_id"]) == city.li.pk


# Lies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"iss": "https://evil.example"}, "InvalidIssuerError"),
        ({"aud": "another-client"}, "InvalidAudienceError"),
        ({"aud": ["another-client"]}, "InvalidAudienceError"),
        ({"aud": [CLIENT, "another-client"]}, "another party"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "another party"),
        ({"azp": "another-client"}, "another party"),
        ({"exp": int(time.time()) - 3600}, "ExpiredSignatureError"),
        ({"iat": int(time.time()) + 3600}, "ImmatureSignatureError"),
        ({"nbf": int(time.time()) + 3600}, "ImmatureSignatureError"),
    ],
)
def test_a_token_that_is_not_for_us_here_and_now_is_refused(provider, claims, reason):
    provider.claims = claims
    assert reason in refused(provider)


@pytest.mark.parametrize("name", ["nonce", "iss", "aud", "exp", "iat", "sub"])
def test_a_token_that_leaves_something_out_is_refused(provider, name):
    provider.dropped = {name}
    assert "does not hold" in refused(provider)


def test_a_token_for_us_and_others_is_good_where_it_names_us_as_the_party(provider):
    provider.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert come_back(provider, Client()).status_code == 302


def test_a_token_signed_by_a_stranger_is_refused(provider):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    provider.sign = lambda claims: jwt.encode(
        claims, stranger, algorithm="RS256", headers={"kid": "key-1"}
    )
    assert "InvalidSignatureError" in refused(provider)


@pytest.mark.parametrize(("key", "algorithm"), [(SECRET * 2, "HS256"), (None, "none")])
def test_a_token_without_the_providers_own_key_is_refused(provider, key, algorithm):
    provider.sign = lambda claims: jwt.encode(
        claims, key, algorithm=algorithm, headers={"kid": "key-1"}
    )
    assert "not signed with a key" in refused(provider)


def test_a_token_with_a_key_nobody_knows_is_refused(provider):
    provider.kid = "key-2"
    assert "no such key" in refused(provider)


@pytest.mark.parametrize("token", ["", "x.y.z", 7, None])
def test_a_token_that_is_none_is_refused(provider, token):
    provider.sign = lambda _claims: token
    refused(provider)


def test_a_wrong_state_is_refused_and_the_right_one_is_used_up(provider):
    browser = Client()
    away = browser.get("/staff/sso")
    brought = provider.authorize(away.url)
    assert browser.get(BACK, {**brought, "state": "guessed"}).status_code == 422
    assert browser.get(BACK, brought).status_code == 422
    assert not is_signed_in(browser)


def test_an_answer_for_another_browser_is_refused(provider):
    brought = provider.authorize(Client().get("/staff/sso").url)
    victim = Client()
    victim.get("/staff/sso")
    assert victim.get(BACK, brought).status_code == 422
    assert Client().get(BACK, brought).status_code == 422


def test_an_answer_is_good_once(provider):
    browser = Client()
    brought = provider.authorize(browser.get("/staff/sso").url)
    assert browser.get(BACK, brought).status_code == 302
    browser.post("/staff/sign-out")
    assert browser.get(BACK, brought).status_code == 422


def test_the_providers_own_refusal_is_told_kindly(provider):
    refused(provider, code="", error="access_denied")


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_a_provider_that_breaks_on_the_way_lets_nobody_in(provider, path):
    provider.broken = {path}
    refused(provider)


def test_a_provider_that_is_down_leaves_the_password(provider, city):
    provider.broken = {"/.well-known/openid-configuration"}
    answer = Client().get("/staff/sso")
    assert answer.status_code == 422
    assert "用密码登录" in text_of(answer)


def test_a_provider_that_names_itself_otherwise_is_not_believed(provider):
    provider.issuer_said = "https://evil.example"
    assert Client().get("/staff/sso").status_code == 422
    assert provider.asked == ["/.well-known/openid-configuration"]


def test_neither_tokens_nor_codes_are_kept(provider, caplog):
    provider.claims = {"nonce": "another"}
    refused(provider)
    kept = str(Record.objects.values()) + caplog.text
    assert "eyJ" not in kept
    assert "code-0" not in kept
    assert oidc.ASKED not in str(dict(Client().session))
