"""What is said in a follow-up call, so that everybody is asked the same in the same words."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from mashang.cases.wording import say_time
from mashang.followup.access import inspection_posts
from mashang.followup.models import FollowUp
from mashang.people.actors import Staff


@dataclass(frozen=True)
class Script:
    greeting: str
    contacted: str
    solved: str
    score: str
    closing: str


def script_of(row: FollowUp, *, by: Staff) -> Script:
    """The words for this call. The answering unit is named, the person who handled it is not."""
    case = row.case
    unit = row.unit.name if row.unit else _("承办单位")
    posts = inspection_posts(by, is_sealed=case.is_sealed)
    return Script(
        greeting=_(
            "您好，我是{centre}的回访员。您在 {time} 反映过{place}的一件事，{unit}已经答复。"
            "想用一分钟问您三个问题，您怎么想就怎么说，不影响您的任何权益。现在方便吗？"
        ).format(
            centre=posts[0].unit.name if posts else _("综治中心"),
            time=say_time(case.received_at),
            place=case.place.name,
            unit=unit,
        ),
        contacted=_("反映以后，承办单位是不是很快就给您打了电话？（要求半小时内）"),
        solved=_("您反映的事解决了没有？"),
        score=_("对办理结果，您满意吗？"),
        closing=_(
            "谢谢您。您说的我都记下了。没有解决的，可以要求重新办理；"
            "以后还有事，可以再扫码，也可以打 {hotline}。"
        ).format(hotline=settings.CITY_HOTLINE),
    )
