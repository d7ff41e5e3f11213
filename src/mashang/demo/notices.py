"""A notice that somebody has written and not sent, for a newcomer to look at and start."""

from mashang.demo.invented import Invention
from mashang.messaging import notices
from mashang.messaging.models import Notice
from mashang.people.actors import Staff
from mashang.people.models import Account

RECIPIENTS = 24
FIRST = 9900  # of the block of invented phones, beyond those of the city and the samples


def fill() -> None:
    operator = Account.objects.filter(username="operator").first()
    if operator is None or Notice.objects.exists():
        return
    by = Staff(operator)
    invention = Invention(first=FIRST)
    phones = [invention.phone() for _number in range(RECIPIENTS)]
    notices.write(
        notices.sort_out([*phones, phones[0], "0943-8231234"]),
        title="明早8点到12点停水",
        body="因检修主管道，明天上午8点到12点工农路沿线停水，请提前存水。来水后先放几分钟再用。",
        post=notices.posts_of(by)[0],
        audience="手写的号码",
        per_minute=60,
        by=by,
    )
