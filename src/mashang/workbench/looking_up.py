"""The one search box: what somebody typed may be a number, a phone, a name, a place, a unit or
words, and this decides which.

Phones and names are found by blind indexes, exactly, only among the cases whose identity this
person may see, and every such search is recorded: it says as much as a look at the number does.
"""

import unicodedata
from dataclasses import dataclass, field

from django.db.models import QuerySet

from mashang.audit.actions import record
from mashang.cases.access import may_see_identity, visible_to
from mashang.cases.models import Case, name_index
from mashang.cases.order_access import find_number
from mashang.core.crypto import blind_index
from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.people.finding import find_units
from mashang.people.models import Role, Unit
from mashang.places.models import Place
from mashang.places.queries import search
from mashang.workbench import grams
from mashang.workbench.listing import WITH
from mashang.workbench.searching import Found, find

MOST_TYPED = 120
MOST_PLACES = 6
A_PAGE = 20
MOST_OF_A_PERSON = 50
LOOKED_THROUGH = 400
ROLES_WITH_IDENTITIES = (Role.HANDLER, Role.DISPATCHER, Role.INSPECTOR)
# Family names that all but a few people bear, so that 路灯坏了 is not taken for somebody.
FAMILY_NAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常"
    "武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左"
    "涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂"
    "闵欧车佟冉慕撒妥丑锁虎脱者哈火拜喇摆铁沙米"
)
COMPOUND_NAMES = ("欧阳", "司马", "诸葛", "上官", "皇甫", "令狐", "尉迟", "东方", "公孙", "慕容")


@dataclass(frozen=True)
class Findings:
    """What fits. `case` is the one of a typed number; `way` is how a person's cases were looked
    for, "" where they were not."""

    typed: str
    case: Case | None = None
    places: list[Place] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    way: str = ""
    cases: list[Case] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    by_words: list[Case] = field(default_factory=list)
    rest: int | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.places or self.units or self.cases or self.by_words)


def look_up(typed: str, actor: Staff) -> Findings:
    """Everything that `typed` may mean, for what this person may see."""
    typed = clean_line(typed)[:MOST_TYPED]
    if not typed:
        return Findings("")
    case = find_number(typed, actor)
    if case is not None:
        return Findings(typed, case=case)
    if phone := phone_in(typed):
        return Findings(typed, way="phone", cases=_of_phone(phone, actor))
    places, units = search(typed, MOST_PLACES), find_units(typed, MOST_PLACES)
    is_name = looks_like_name(typed) and not places and not units
    words = grams.words(typed)
    found = find(visible_to(actor), words, most=A_PAGE) if words else Found([], None)
    rows = visible_to(actor).filter(pk__in=found.keys).select_related(*WITH)
    return Findings(
        typed,
        places=places,
        units=units,
        way="name" if is_name else "",
        cases=_of_name(typed, actor) if is_name else [],
        words=words,
        by_words=sorted(rows, key=lambda row: -row.pk),
        rest=found.rest,
    )


def phone_in(typed: str) -> str:
    """The phone that was typed, as it is stored; "" where it is none."""
    try:
        return clean_phone(typed)
    except WrongPhone:
        return ""


def looks_like_name(typed: str) -> bool:
    """Whether this may be a person's whole name: 何秀英, 欧阳明, 阿依古丽·买买提."""
    name = typed.replace("·", "").replace(" ", "")
    if not all(unicodedata.name(char, "").startswith("CJK UNIFIED") for char in name):
        return False
    if "·" in typed:
        return 2 <= len(name) <= 20
    return (2 <= len(name) <= 4 and name[0] in FAMILY_NAMES) or (
        3 <= len(name) <= 4 and name.startswith(COMPOUND_NAMES)
    )


def _of_phone(phone: str, actor: Staff) -> list[Case]:
    rows = visible_to(actor).filter(requester__phone_index=blind_index(phone))
    return _recorded("phone", _entitled(rows, actor), actor)


def _of_name(name: str, actor: Staff) -> list[Case]:
    """The index names a crowd of names; whose it really is, the name itself says."""
    if not may_search_identities(actor):
        return []
    rows = visible_to(actor).filter(requester__name_index=name_index(name))
    wanted = _bare(name)
    cases = [c for c in _entitled(rows, actor) if _bare(c.requester.name or "") == wanted]
    return _recorded("name", cases, actor)


def may_search_identities(actor: Staff) -> bool:
    return any(post.is_lead or post.role in ROLES_WITH_IDENTITIES for post in actor.posts)


def _bare(name: str) -> str:
    return "".join(char for char in grams.plain(name) if char.isalnum())


def _entitled(rows: QuerySet[Case], actor: Staff) -> list[Case]:
    """The newest of the cases whose identity this person may see."""
    newest = rows.select_related(*WITH, "requester").order_by("-pk")[:LOOKED_THROUGH]
    return [case for case in newest if may_see_identity(actor, case)]


def _recorded(way: str, cases: list[Case], actor: Staff) -> list[Case]:
    """Who searched, how, and what was found; never the name or phone itself."""
    shown = cases[:MOST_OF_A_PERSON]
    facts = {"way": way, "count": len(shown), "row": "、".join(case.number for case in shown)}
    record("identity_search", by=actor, data=facts)
    return shown
