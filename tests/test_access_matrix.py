"""Who gets what at every address of the product. An address that is missing here fails.

Each row is asked by everybody once, about an ordinary case in 颐和社区 and about a complaint
against that community, so that every refusal has something it could have betrayed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from builders import PHONE, City, a_filed, make_city, staff
from mashang.accounts.actions import new_link
from mashang.attachments.actions import keep
from mashang.attachments.checking import check_photo
from mashang.cases.actions.filing import Filed
from mashang.cases.models import CaseType, Category, Limit
from mashang.codes.models import BatchDraft
from mashang.codes.posters.orders import order_run, path_of
from mashang.codes.posters.words import Words
from mashang.core.cached import forget_all
from mashang.directory.models import Service
from mashang.estates.models import Estate, MeetingTopic
from mashang.followup.models import Draw, FollowUp, Reason
from mashang.insight.wall import token_of
from mashang.knowledge.models import Topic, TopicMember
from mashang.legal.loading import SHIPPED, load_flows
from mashang.legal.models import Guide
from mashang.messaging.models import Message, Notice
from mashang.people.actors import SYSTEM
from mashang.people.models import Absence
from pictures import a_photo
from visits import at_desk, bound_phone

pytestmark = pytest.mark.django_db
TEXT = "楼道的灯坏了很久，没有人管"
SAMPLE = "00000000-0000-4000-8000-000000000000"

# Who asks. `phone` is the browser bound to the order's link; nobody else is known to it.
ROLES = (
    "anonymous", "phone", "zhang", "neighbour", "dispatcher",
    "inspector", "commissioner", "operator", "auditor", "security",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """An address and what each of ROLES gets there; a word that is not there is as the last one.

    page: something that says nothing of the case. case: its text. phone: the requester's number.
    file: its photo. code: a code is asked for. sign: signing in is asked for. on: led on, or a
    move was made. nothing: as if there were nothing here.
    """

    address: str
    ordinary: str
    sealed: str = ""
    post: dict[str, object] | None = None

    @property
    def is_about_the_case(self) -> bool:
        """Whether it may matter here that the case is sealed: somebody gets something of it. What
        says nothing of an ordinary case says nothing of a sealed one."""
        return bool(self.sealed) or not OF_A_CASE.isdisjoint(self.ordinary.split())

    def expected(self, kind: str, role: str) -> str:
        words = (self.sealed if kind == "sealed" and self.sealed else self.ordinary).split()
        return words[min(ROLES.index(role), len(words) - 1)]


OF_A_CASE = {"case", "phone", "file"}
CODE = "code case code"
CODE_FILE = CODE.replace("case", "file")
CODE_PHONE = CODE.replace("case", "phone")
CODE_MOVE = CODE.replace("case", "on")
CALLERS = "sign sign nothing nothing nothing page nothing nothing nothing"
LEADERS = "sign sign nothing nothing nothing nothing page nothing nothing"
READERS = "sign sign nothing nothing page page page nothing nothing"
NOBODYS_CALL = CALLERS.replace("page", "nothing")
OPERATORS = "sign sign nothing nothing nothing nothing nothing page nothing"
SIGNS = "sign sign page page page nothing nothing page nothing"
SIGNS_OF_YIHE = "sign sign page nothing page nothing nothing page nothing"
MEDIATIONS = "sign sign page page page nothing nothing nothing nothing"
WISHES = "sign sign page page page nothing nothing nothing nothing"
NOTE = {"words": "看过了"}
ARRANGES = "sign sign nothing nothing page nothing nothing nothing nothing"
OUTBOX = "sign sign nothing nothing page nothing nothing page nothing"
WORKING = "sign sign page page page page page nothing nothing"
# A number leads to its case, for whoever may see it.
SEARCH = "sign sign on page on on on nothing nothing"
SEARCH_SEALED = "sign sign page page page on page nothing nothing"
ESTATES = "sign sign page nothing page page page nothing nothing"
ESTATES_OPEN = "sign sign page nothing case page page nothing nothing"
KEEPERS = "sign sign page page page nothing nothing page nothing"
KEEPERS_OF_YIHE = "sign sign page nothing page nothing nothing page nothing"
COUNSELS = "sign sign nothing"
GUIDES = "sign sign page page page nothing"
MATRIX = {
    # Residents and everybody
    "home": Row("/", "page"),
    "find_place": Row("/find", "page"),
    "services": Row("/services", "page"),
    "public_topics": Row("/topics", "page"),
    "estates": Row("/estates", "page"),
    "estate": Row("/estates/{place}", "page"),
    # Legal help: nothing is kept, nobody is asked who they are
    "legal": Row("/legal", "page"),
    "legal_flow": Row("/legal/ask-yourself/wages", "page"),
    "legal_calendar": Row(
        "/legal/ask-yourself/wages/calendar.ics?where=2&working=2&left_on=2026-01-31", "page"
    ),
    "legal_document": Row("/legal/papers/demand", "page"),
    "legal_ask": Row("/legal/ask", "page"),
    "legal_mediation": Row("/legal/mediation", "page"),
    "legal_answers": Row("/legal/answers", "page"),
    "legal_answer": Row("/legal/answers/1", "nothing"),  # there is none
    # Counsel's, who is none of these (tests/legal/test_asking.py); counts for those above
    "desk_legal": Row("/desk/legal", WORKING),
    "desk_legal_flows": Row("/desk/legal/flows", READERS),
    "desk_legal_flow": Row("/desk/legal/flows/wages/1", READERS),
    "desk_legal_flow_file": Row("/desk/legal/flows/file", COUNSELS),
    "desk_legal_flow_load": Row("/desk/legal/flows/load", COUNSELS, post={}),
    "desk_legal_sign": Row("/desk/legal/flows/wages/1/sign", COUNSELS, post={}),
    "desk_legal_interests": Row("/desk/legal/interests", COUNSELS),
    "desk_legal_draft": Row("/desk/legal/publish/{number}", COUNSELS),
    "desk_legal_publications": Row("/desk/legal/publications", COUNSELS),
    "desk_legal_decide": Row("/desk/legal/publications/1", COUNSELS, post={}),
    "desk_legal_guides": Row("/desk/legal/guides", GUIDES),
    "desk_legal_guide_new": Row("/desk/legal/guides/new", GUIDES),
    "desk_legal_guide": Row(
        "/desk/legal/guides/{guide}", GUIDES.replace("page page", "page nothing", 1)
    ),
    "services_of": Row("/services/{place}", "page"),
    "help": Row("/help", "page"),
    "privacy": Row("/privacy", "page"),
    "display": Row("/display?large=1", "on"),
    "typed_code": Row("/q", "on"),
    "report_by_code": Row("/q/{code}", "page"),
    "report_by_place": Row("/report/{place}", "page"),
    "receipt": Row("/r/{track}", "page"),
    "track_by_number": Row("/track", "page"),
    "my_cases": Row("/mine", "page"),
    "leave": Row("/mine/leave", "on", post={}),
    "health": Row("/healthz", "page"),
    # The demonstration's phone shows every SMS and whose it is; in production it is not there.
    "phone": Row("/phone", "phone"),
    "phone_feed": Row("/phone/feed?after=0", "page"),  # nothing has been sent here
    "all_wishes": Row("/wishes", "page"),
    "wishes": Row("/wishes/{place}", "page"),
    "post_wish": Row("/wishes/{place}/new", "page"),
    "offer_help": Row("/wishes/{place}/offer", "page"),
    "wish_wall": Row("/wishes/{place}/wall", "page"),
    "wish_poster": Row("/wishes/{place}/poster", "page"),
    "claim_wish": Row("/wishes/claim/{number}", "nothing"),  # a request is no wish
    "wish_claim": Row("/wishes/claims/4C92aBcDeFgHiJkL", "nothing"),
    "mediation_apply": Row("/mediation/{place}/new", "page"),
    "mediation_party": Row("/mediation/p/4C92aBcDeFgHiJkL", "nothing"),
    "mediation_paper": Row("/mediation/p/4C92aBcDeFgHiJkL/agreement", "nothing"),
    "mediation_application": Row("/mediation/p/4C92aBcDeFgHiJkL/application", "nothing"),
    "mediation_record": Row("/mediation/p/4C92aBcDeFgHiJkL/records/1", "nothing"),
    # Whoever holds a case's tracking link
    "track": Row("/t/{track}", "case"),
    "tracked_file": Row("/t/{track}/files/{file}", "file"),
    "take_data": Row("/t/{track}/data", "page"),
    "erase_data": Row("/t/{track}/erase", "page"),
    # The city has no account of WeChat here (tests/cases/test_wechat.py)
    "track_wechat": Row("/t/{track}/wechat", "nothing"),
    "wechat_back": Row("/wechat/back?code=1&state=2", "nothing"),
    "wechat_events": Row("/wechat/events/wx/4C92aBcDeFgHiJkL", "nothing"),
    "track_action": Row("/t/{track}/chase", "on", post={}),
    # The link in a duty message
    "order": Row("/o/{order}", CODE),
    "order_code": Row("/o/{order}/code", "on", post={}),
    "order_bind": Row("/o/{order}/bind", CODE.replace("case", "on"), post={"code": "1"}),
    "order_draft": Row("/o/{order}/draft", CODE, "code nothing code"),
    "order_call": Row("/o/{order}/call", CODE_PHONE, post={}),
    # No platform puts calls through here (tests/calling)
    "order_ring": Row("/o/{order}/ring", "code nothing code", post={}),
    "desk_case_ring": Row("/desk/cases/{number}/ring", "sign sign nothing", post={}),
    "order_move": Row("/o/{order}/moves/note", CODE_MOVE, post=NOTE),
    "order_file": Row("/o/{order}/files/{file}", CODE_FILE),
    # Staff who are signed in
    "desk_mediations": Row("/desk/mediations", MEDIATIONS),
    "mediation_propose": Row("/desk/mediations/new/{place}", "sign sign page nothing"),
    "desk_agreement": Row("/desk/mediations/{number}/agreement", "sign sign nothing"),
    "desk_mediation_application": Row("/desk/mediations/{number}/application", "sign sign nothing"),
    "desk_mediation_record": Row("/desk/mediations/{number}/records/1", "sign sign nothing"),
    "desk_wishes": Row("/desk/wishes", WISHES),
    "wish_slip": Row("/desk/wishes/slip/{place}", "sign sign page nothing"),
    "end_offer": Row("/desk/wishes/offers/999/end", "sign sign nothing", post={}),
    "sign_in": Row("/staff/sign-in", "page page on on on on on on on"),
    "second_factor": Row("/staff/sign-in/code", "on"),  # nobody here has given a password
    "set_up_factor": Row("/staff/sign-in/set-up", "on"),
    "set_password": Row("/staff/password/{password}", "page"),
    "sso": Row("/staff/sso", "nothing"),  # no provider is set
    "sso_callback": Row("/staff/sso/callback", "nothing"),
    "account": Row("/account", "sign sign page"),
    "account_password": Row("/account/password", "sign sign page"),
    "account_factor": Row("/account/second-factor", "sign sign page"),
    "recovery_codes": Row("/account/recovery-codes", "sign sign on"),
    "end_sessions": Row("/account/sessions", "sign sign on", post={}),
    "sign_out": Row("/staff/sign-out", "on", post={}),
    "desk": Row(
        "/desk?queue=all",
        "sign sign case page case case case page page",
        "sign sign page page page page page page page",
    ),
    "desk_live": Row("/desk/live?queue=all", "sign sign page page page page page page page"),
    "desk_suggest": Row("/desk/suggest?q=yihe", "sign sign page page page page page page page"),
    "desk_search": Row("/desk/search?q={number}", SEARCH, SEARCH_SEALED),
    "desk_bulk": Row(
        "/desk/bulk",
        "sign sign page page page page page nothing nothing",
        post={"move": "note", "case": "1:1"},
    ),
    "desk_export": Row("/desk/export?queue=all", WORKING),
    "desk_views": Row("/desk/views", WORKING),
    "desk_keep_view": Row(
        "/desk/views/keep",
        WORKING.replace("page", "on"),
        post={"name": "a", "query": "queue=all"},
    ),
    "desk_change_view": Row(
        "/desk/views/1", WORKING.replace("page", "nothing"), post={"do": "first"}
    ),
    "file_for": Row("/desk/file", "sign sign page page page page nothing nothing nothing"),
    # For whoever filed it alone, which here a resident did
    "file_slip": Row("/desk/file/{number}", "sign sign" + " nothing" * 7),
    "desk_case": Row(
        "/desk/cases/{number}",
        "sign sign case nothing case case case nothing nothing",
        "sign sign nothing nothing nothing case nothing nothing nothing",
    ),
    "desk_case_draft": Row(
        "/desk/cases/{number}/draft",
        "sign sign case nothing case case case nothing nothing",
        "sign sign nothing",
    ),
    "desk_case_call": Row(
        "/desk/cases/{number}/call",
        "sign sign phone nothing phone phone case nothing nothing",
        "sign sign nothing nothing nothing phone nothing nothing nothing",
        post={},
    ),
    "desk_case_move": Row(
        "/desk/cases/{number}/moves/note",
        "sign sign on nothing on on on nothing nothing",
        "sign sign nothing nothing nothing on nothing nothing nothing",
        post=NOTE,
    ),
    # Calling residents back, of a matter that 颐和社区 or the county's inspection post answered
    "follow_up": Row("/desk/follow-up", CALLERS),
    "follow_up_units": Row("/desk/follow-up/units", CALLERS),
    "follow_up_draws": Row("/desk/follow-up/draws", CALLERS),
    "follow_up_draw": Row("/desk/follow-up/draws/2026-03-04/620402", CALLERS),
    "follow_up_call": Row(
        "/desk/follow-up/{follow_up}", CALLERS.replace("page", "case"), NOBODYS_CALL
    ),
    "follow_up_phone": Row(
        "/desk/follow-up/{follow_up}/call", CALLERS.replace("page", "phone"), NOBODYS_CALL, post={}
    ),
    # What has climbed to a leader; nothing has here
    "climbed": Row("/desk/climbed", LEADERS),
    "climbed_case": Row(
        "/desk/climbed/{number}",
        LEADERS.replace("page", "on"),
        NOBODYS_CALL,
        post={"words": "请抓紧办", "seen": "99"},
    ),
    "order_climbed": Row("/o/{order}/climbed", CODE.replace("case", "nothing")),
    "follow_up_outcome": Row(
        "/desk/follow-up/{follow_up}/outcome",
        CALLERS.replace("page", "on"),
        NOBODYS_CALL,
        post={"outcome": "not_reached", "seen": "0"},
    ),
    # What many report: a topic of this one case
    "topics": Row("/desk/topics", READERS),
    "topic": Row("/desk/topics/{topic}", READERS.replace("page", "case"), NOBODYS_CALL),
    "topic_merge": Row(
        "/desk/topics/{topic}/merge", READERS.replace("page", "on"), NOBODYS_CALL, post={}
    ),
    "topic_publish": Row(
        "/desk/topics/{topic}/publish",
        "sign sign nothing nothing on nothing on nothing nothing",
        NOBODYS_CALL,
        post={"title": "停水", "words": "已经修好"},
    ),
    "topic_supervise": Row(
        "/desk/topics/{topic}/supervise", READERS.replace("page", "on"), NOBODYS_CALL, post={}
    ),
    # The city's settings; dispatchers of a county may read them (tests/configuration)
    "settings": Row("/desk/settings", OPERATORS),
    "settings_withdraw": Row("/desk/settings/withdraw/limit/{limit}", OPERATORS),
    "settings_try": Row("/desk/settings/try", OPERATORS),
    "settings_categories": Row("/desk/settings/categories", OPERATORS),
    "settings_category_new": Row("/desk/settings/categories/new", OPERATORS),
    "settings_categories_import": Row("/desk/settings/categories/import", OPERATORS),
    "settings_category": Row("/desk/settings/categories/{category}", OPERATORS),
    "settings_catalogue": Row("/desk/settings/catalogue", OPERATORS),
    "settings_rule": Row("/desk/settings/catalogue/rule", OPERATORS),
    "settings_catalogue_import": Row("/desk/settings/catalogue/import", OPERATORS),
    "settings_types": Row("/desk/settings/types", OPERATORS),
    "settings_type_new": Row("/desk/settings/types/new", OPERATORS),
    "settings_type": Row("/desk/settings/types/of/consultation", OPERATORS),
    "settings_limits": Row("/desk/settings/limits", OPERATORS),
    "settings_limit": Row("/desk/settings/limits/contact", OPERATORS),
    "settings_limit_of": Row("/desk/settings/limits/handling/danger", OPERATORS),
    "settings_ladders": Row("/desk/settings/ladders", OPERATORS),
    "settings_ladder": Row("/desk/settings/ladders/ordinary/contact", OPERATORS),
    "settings_calendar": Row("/desk/settings/calendar", OPERATORS),
    "settings_calendar_import": Row("/desk/settings/calendar/import", OPERATORS),
    "settings_calendar_suggestion": Row("/desk/settings/calendar/suggestion", OPERATORS),
    # It quotes the very words that ask for a code.
    "settings_wordings": Row("/desk/settings/wordings", OPERATORS.replace("page", "code")),
    "settings_wording": Row("/desk/settings/wordings/receipt", OPERATORS),
    "settings_providers": Row("/desk/settings/providers", OPERATORS),
    "settings_provider_new": Row("/desk/settings/providers/new", OPERATORS),
    "settings_provider": Row(
        "/desk/settings/providers/of/none", OPERATORS.replace("page", "nothing")
    ),
    "settings_approval": Row(
        "/desk/settings/providers/of/none/receipt", OPERATORS.replace("page", "nothing")
    ),
    "settings_units": Row("/desk/settings/units", OPERATORS),
    "settings_unit_new": Row("/desk/settings/units/new", OPERATORS),
    "settings_unit": Row("/desk/settings/units/{unit}", OPERATORS),
    "settings_unit_close": Row("/desk/settings/units/{unit}/close", OPERATORS),
    "settings_posts": Row("/desk/settings/posts", OPERATORS),
    "settings_post_new": Row("/desk/settings/posts/new", OPERATORS),
    "settings_post_end": Row("/desk/settings/posts/{post}/end", OPERATORS),
    "settings_codes_import": Row("/desk/settings/codes/import", OPERATORS),
    "hand_over": Row(
        "/desk/hand-over", "sign sign nothing nothing page nothing nothing nothing nothing"
    ),
    "hand_over_person": Row(
        "/desk/hand-over/people/yihe/{zhang}",
        "sign sign nothing nothing page nothing nothing nothing nothing",
        "sign sign nothing nothing nothing nothing nothing nothing nothing",
    ),
    "hand_over_unit": Row(
        "/desk/hand-over/units/yihe",
        "sign sign nothing nothing page nothing nothing nothing nothing",
        "sign sign nothing nothing nothing nothing nothing nothing nothing",
    ),
    # Duty: one's own unit's is read; that of the units below is arranged. Of no case.
    "duty": Row("/desk/duty", "sign sign page page page page page nothing nothing"),
    "my_duty": Row("/desk/duty/mine", "sign sign page page page page page nothing nothing"),
    "duty_import": Row("/desk/duty/import", ARRANGES),
    "duty_template": Row("/desk/duty/template", ARRANGES),
    "duty_unit": Row(
        "/desk/duty/units/yihe", "sign sign page nothing page nothing nothing nothing nothing"
    ),
    "duty_shifts": Row("/desk/duty/units/yihe/shifts", ARRANGES, post={}),
    "duty_shift": Row("/desk/duty/units/yihe/shifts/{shift}", ARRANGES),
    "duty_swap": Row("/desk/duty/units/yihe/swap", ARRANGES, post={}),
    "duty_absences": Row("/desk/duty/units/yihe/absences", ARRANGES, post={}),
    "duty_absence_end": Row(
        "/desk/duty/absences/{absence}/end",
        "sign sign on nothing on nothing nothing nothing nothing",
        post={},
    ),
    "desk_case_file": Row(
        "/desk/cases/{number}/files/{file}",
        "sign sign file nothing file file file nothing nothing",
        "sign sign nothing nothing nothing file nothing nothing nothing",
    ),
    # Signs are there for the units of their places; batches and printing are the operator's
    "codes": Row("/desk/codes", SIGNS),
    "codes_places": Row("/desk/codes/places", SIGNS),
    "codes_posting": Row("/desk/codes/posting", SIGNS),
    "codes_sign": Row("/desk/codes/of/{code}", SIGNS_OF_YIHE),
    "codes_act": Row("/desk/codes/of/{code}/damage", SIGNS_OF_YIHE.replace("page", "on"), post={}),
    "codes_batches": Row("/desk/codes/batches", OPERATORS),
    "codes_batch": Row("/desk/codes/batches/{batch}", OPERATORS),
    "codes_batch_new": Row("/desk/codes/batches/new", OPERATORS),
    "codes_draft": Row("/desk/codes/batches/plans/{plan}", OPERATORS),
    "codes_batch_table": Row("/desk/codes/batches/{batch}/table", OPERATORS),
    "codes_print": Row("/desk/codes/batches/{batch}/print", OPERATORS),
    "codes_run": Row("/desk/codes/prints/{run}", OPERATORS),
    "codes_run_change": Row(
        "/desk/codes/prints/{run}/change",
        OPERATORS.replace("page", "on"),
        post={"do": "stop"},
    ),
    "codes_file": Row("/desk/codes/prints/{run}/files/1", OPERATORS),
    # Figures count; the lists behind them show no words
    "figures": Row("/desk/figures", WORKING),
    "figure_cases": Row("/desk/figures/cases?part=received", WORKING),
    "figure_map": Row(
        "/desk/figures/map?place=620402001",
        "sign sign nothing nothing page page page nothing nothing",
    ),
    "figure_compare": Row("/desk/figures/compare", WORKING),
    "figure_units": Row("/desk/figures/units", WORKING),
    "figure_units_export": Row("/desk/figures/units/export", WORKING),
    "figure_codes": Row(
        "/desk/figures/codes?place=620402001007",
        "sign sign nothing nothing page page page nothing nothing",
    ),
    "figure_reports": Row("/desk/figures/reports", WORKING),
    # There is none
    "figure_report": Row("/desk/figures/reports/1", WORKING.replace("page", "nothing")),
    # No mail is set here, and nobody has subscribed
    "figure_subscribe": Row(
        "/desk/figures/subscribe", WORKING.replace("page", "nothing"), post={"every": "day"}
    ),
    "figure_unsubscribe": Row(
        "/desk/figures/subscriptions/1/end", WORKING.replace("page", "nothing"), post={}
    ),
    "figure_wall": Row(
        "/desk/figures/wall", "sign sign nothing nothing page page page nothing nothing"
    ),
    # Whoever stands before the screen; numbers alone
    "wall": Row("/wall/{wall}", "page"),
    "figure_definitions": Row("/desk/figures/definitions", WORKING),
    # Services of the portal: of 颐和社区
    "desk_services": Row("/desk/services", KEEPERS),
    "desk_service_new": Row("/desk/services/new", KEEPERS),
    "desk_service": Row("/desk/services/{service}", KEEPERS_OF_YIHE),
    "desk_service_checked": Row(
        "/desk/services/{service}/checked", KEEPERS_OF_YIHE.replace("page", "on"), post={}
    ),
    # Estates: 颐和社区 is one; whoever dispatches there reads what may go before a meeting
    "desk_estates": Row("/desk/estates", ESTATES.replace("page", "on")),
    "desk_estate": Row("/desk/estates/{place}", ESTATES_OPEN, ESTATES),
    "estate_topic": Row("/desk/estates/{place}/topics/{meeting}", ESTATES),
    "estate_topic_raise": Row(
        "/desk/estates/{place}/topics",
        ARRANGES.replace("page", "case"),
        ARRANGES,
        post={},
    ),
    # The security operator's
    "people": Row("/desk/people?q=a", f"sign sign {'nothing ' * 7}page"),
    "person": Row("/desk/people/zhang", f"sign sign {'nothing ' * 7}page"),
    "person_act": Row("/desk/people/zhang/unlock", f"sign sign {'nothing ' * 7}on", post={}),
    # What became of messages: a dispatcher's, about cases that they may see, and the operator's
    # It quotes the very words that ask for a code.
    "messages": Row("/desk/messages", OUTBOX.replace("page", "code")),
    "message_providers": Row("/desk/messages/providers", OUTBOX),
    "message": Row(
        "/desk/messages/{message}",
        OUTBOX,
        "sign sign nothing nothing nothing nothing nothing page nothing",
    ),
    "message_act": Row(
        "/desk/messages/{message}/abort",
        OUTBOX.replace("page", "on"),
        "sign sign nothing nothing nothing nothing nothing on nothing",
        post={},
    ),
    "notices": Row("/desk/notices", OPERATORS),
    "notice_new": Row("/desk/notices/new", OPERATORS),
    "notice": Row("/desk/notices/{notice}", OPERATORS),
    "notice_act": Row("/desk/notices/{notice}/pause", OPERATORS.replace("page", "on"), post={}),
    "public_notice": Row("/n/{notice_token}", "page"),
    "do_not_send": Row("/desk/messages/do-not-send", OUTBOX),
    # Everybody's own, and there is none of anybody's here (tests/messaging/test_reminders.py)
    "reminders": Row("/desk/reminders", "sign sign page"),
    "reminder_act": Row("/desk/reminders/1/drop", "sign sign nothing", post={}),
    # Of a county or the city alone (tests/messaging/test_desk.py)
    "message_replies": Row("/desk/messages/replies", OUTBOX.replace("page", "nothing")),
    "message_reply_done": Row(
        "/desk/messages/replies/1", OUTBOX.replace("page", "nothing"), post={}
    ),
    # A provider's callback, at an address that nobody else knows
    "message_receipts": Row("/messages/receipts/one/0000", "nothing", post={}),
    # The auditor's
    "audit": Row(
        "/desk/audit",
        "sign sign nothing nothing nothing nothing nothing nothing page nothing",
    ),
    "audit_export": Row(
        "/desk/audit/export",
        "sign sign nothing nothing nothing nothing nothing nothing page nothing",
        post={},
    ),
}


def addresses(patterns: list, before: str = "") -> Iterator[tuple[str, str]]:
    """(address pattern, name) of everything the product answers to."""
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield address, pattern.name or ""


ALL = list(addresses(get_resolver().url_patterns))
ADMIN = [address for address, _name in ALL if address.startswith("admin/")]


def test_every_address_stands_in_the_matrix_once():
    named = [name for address, name in ALL if not address.startswith("admin/")]
    assert sorted(named) == sorted(MATRIX)


@dataclass
class Scene:
    city: City
    filed: Filed
    photo: str
    password: str  # of a link to set one

    def address(self, row: Row) -> str:
        case = self.filed.case
        return row.address.format(
            code=self.city.code.code,
            place=self.city.yihe.code,
            track=self.filed.requester.tracking_token,
            order=case.order_links.get().token,
            number=case.number,
            zhang=self.city.zhang.pk,
            shift=self.city.zhang.shifts.get().pk,
            absence=self.city.zhang.absences.get().pk,
            file=self.photo,
            follow_up=case.follow_ups.get().pk,
            topic=case.topic_member.topic_id,
            password=self.password,
            meeting=MeetingTopic.objects.get().pk,
            service=Service.objects.get().pk,
            limit=Limit.objects.get(name="contact").pk,
            category=Category.objects.get().pk,
            unit=self.city.yihe_unit.pk,
            post=self.city.zhang.posts.get().pk,
            guide=Guide.objects.get().pk,
            wall=token_of(staff(self.city.dispatcher), self.city.township),
            batch=self.city.code.batch_id,
            plan=BatchDraft.objects.get().pk,
            run=self.city.code.batch.print_runs.get().pk,
            notice=Notice.objects.get().pk,
            notice_token=Notice.objects.get().token,
            message=Message.objects.filter(subject=case.subject).earliest("pk").pk,
        )

    def browser(self, role: str) -> Client:
        if role == "anonymous":
            return Client()
        if role == "phone":
            return bound_phone(self.filed.case.order_links.get())
        return at_desk(getattr(self.city, role))


@pytest.fixture
def scene(db, request, settings) -> Scene:
    forget_all()
    settings.DRAFT_URL = "http://127.0.0.1:9/v1"  # nobody is asked: the page is only looked at
    city = make_city()
    sealed = {"is_sealed": True, "accused_level": "village"} if request.param == "sealed" else {}
    filed = a_filed(city, text=TEXT, **sealed)
    picture = check_photo(SimpleUploadedFile("a.jpg", a_photo((64, 64))))
    photo = keep(picture, owner=filed.case.subject, part="report")
    draw = Draw.objects.create(
        day="2026-03-04", county="620402", root="r", seed="s", share=20, drawn_at=timezone.now()
    )
    FollowUp.objects.create(
        draw=draw, case=filed.case, closing=1, unit=filed.case.unit, reason=Reason.DISPUTED
    )
    tomorrow = timezone.now() + timedelta(days=1)
    Absence.objects.create(
        account=city.zhang, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1)
    )
    topic = Topic.objects.create(
        place=city.yihe.code, count=1, last_at=timezone.now(), changed_at=timezone.now()
    )
    TopicMember.objects.create(case=filed.case, topic=topic)
    Category.objects.create(code="water", name="供水")
    Service.objects.create(
        code="canteen", name="食堂", kind="nearby", words="午餐", address="一楼",
        place=city.yihe, unit=city.yihe_unit,
    )  # fmt: skip
    estate = Estate.objects.create(place=city.yihe, branch=city.yihe_unit)
    MeetingTopic.objects.create(
        estate=estate, lead=filed.case, title="装灯", words="装几盏", raised_by=city.dispatcher
    )
    load_flows(SHIPPED)
    Guide.objects.create(
        name="王明白", place=city.yihe, phone="13900000000", certificate="1",
        certified_on="2025-01-01", expires_on="2028-01-01",
    )  # fmt: skip
    CaseType.objects.create(code="consultation", name="咨询", channels=["web"])
    an_order(city)
    Notice.objects.create(
        title="停水", body="请存水。", unit=city.township_unit, place=city.township,
        audience="手写的号码", state="running", made_by=city.operator, started_at=timezone.now(),
    )  # fmt: skip
    return Scene(city, filed, str(photo.pk), new_link(city.zhang).token)


def an_order(city: City) -> None:
    """A batch that is planned, and one whose signs were printed, into a file of a few bytes."""
    run = order_run(
        [city.code], design="plate", words=Words(), title="首批", batch=city.code.batch, by=SYSTEM
    )
    file = run.files.get()
    path_of(file).parent.mkdir(parents=True, exist_ok=True)
    path_of(file).write_bytes(b"%PDF")
    run.files.update(done_at=timezone.now())
    BatchDraft.objects.create(name="秋季", kind="other", signs=[[city.yihe.code, "门口", "", ""]])


def outcome(answer: HttpResponseBase) -> str:
    """What somebody got, in the words of Row."""
    if answer.status_code == 404:
        return "nothing"
    if answer.status_code in (302, 303):
        return "sign" if answer["Location"].startswith("/staff/sign-in?next=") else "on"
    if answer["Content-Type"] == "image/jpeg":
        return "file"
    body = "" if answer.streaming else answer.content.decode()
    if PHONE in body:
        return "phone"
    if TEXT in body:
        return "case"
    return "code" if "验证码" in body and "打开办件" in body else "page"


def ask(browser: Client, address: str, row: Row) -> str:
    """The outcome, with whatever it changed undone."""
    with transaction.atomic():
        answer = browser.get(address) if row.post is None else browser.post(address, row.post)
        found = outcome(answer)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scene", ["ordinary", "sealed"], indirect=True)
def test_everybody_gets_what_the_matrix_says(scene, role, request):
    kind = request.node.callspec.params["scene"]
    browser = scene.browser(role)
    cookies = browser.cookies.output()
    asked = {n: row for n, row in MATRIX.items() if kind == "ordinary" or row.is_about_the_case}
    got = {}
    for name, row in asked.items():
        if browser.cookies.output() != cookies:
            browser = scene.browser(role)
            cookies = browser.cookies.output()
        got[name] = ask(browser, scene.address(row), row)
    assert got == {name: row.expected(kind, role) for name, row in asked.items()}


def sample(address: str) -> str:
    """An address of the administration that fits the pattern."""
    plain = address.replace("^", "").replace("$", "").replace("(?P<url>.*)", "anything")
    plain = re.sub(r"\(\?P<app_label>([^|)]+)[^)]*\)", r"\1", plain)
    return "/" + re.sub(r"<[^>]+>", "1", plain)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "operator"])
@pytest.mark.parametrize("scene", ["ordinary"], indirect=True)
def test_the_administration_is_there_for_the_system_operator_alone(scene, role):
    assert len(ADMIN) > 50
    browser = scene.browser(role)
    for address in ADMIN:
        if address in ("admin/login/", "admin/logout/"):
            continue
        answer = browser.get(sample(address), follow=True)
        landed = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        assert answer.status_code == 404 or landed.startswith("/staff/sign-in"), address


@pytest.mark.parametrize("scene", ["ordinary"], indirect=True)
def test_the_system_operator_enters_the_administration(scene):
    browser = scene.browser("operator")
    for address in ("/admin/", "/admin/cases/limit/", "/admin/people/device/"):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert TEXT not in answer.content.decode()
