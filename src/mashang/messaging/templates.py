"""The texts of all SMS: the product's own table, and the city's wording over it.

Nothing a resident wrote is ever in an SMS: a text has only the variables in VARIABLES, and each
value but the link has at most 20 characters, as operators' templates demand (domain rules §6).
A city's wording stands in Template rows; it may leave variables out but not bring new ones, so
whatever calls `actions.queue` need not know about it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.core.cached import Fresh
from mashang.core.versions import in_force
from mashang.messaging.models import Purpose, Template

ENGLISH = "en"
LONGEST_VALUE = 20
ONE_PART, EACH_OF_SEVERAL = 70, 67
PLACEHOLDER = re.compile(r"\{(\w+)\}")
EXAMPLE_HOST = "https://city.example"

# What may stand in a text, each with an example. `community` of a sealed matter is its county;
# `waited` is a span with its unit; `days` are working days; `link` is an address on our own host.
VARIABLES: dict[str, str] = {
    "number": "260001234",
    "community": "颐和社区",
    "caller": "颐和社区",
    "unit": "纺织路街道办事处",
    "due": "11月25日 18:00",
    "waited": "45分钟",
    "rung": "街道政法委员",
    "days": "5",
    "code": "508213",
    "topic": "明早8点到12点停水",
    "link": f"{EXAMPLE_HOST}/t/4C92aBcDeFgHiJkL",
}

MEANINGS = {
    "number": _("编号"),
    "community": _("村（社区）"),
    "caller": _("打电话的单位"),
    "unit": _("承办单位"),
    "due": _("期限"),
    "waited": _("已等多久"),
    "rung": _("报到哪一级"),
    "days": _("工作日数"),
    "code": _("验证码"),
    "topic": _("事由"),
    "link": _("链接"),
}


@dataclass(frozen=True)
class Text:
    """One SMS as the product words it.

    `is_duty`: to the staff; goes first, at any hour, without a daily limit; one that `waits` can
    wait for the morning. `is_prompt`: answers what the person did this minute, so quiet hours do
    not hold it back. `has_own_limit`: codes,
    which `verification` counts, stand outside the daily number of notices. `is_nudge`: goes
    beside a duty SMS on another channel, and so has no link that would open the order.
    """

    body: str
    body_en: str
    is_duty: bool = False
    waits: bool = False
    is_prompt: bool = False
    has_own_limit: bool = False
    is_nudge: bool = False

    @cached_property
    def purpose(self) -> str:
        """What kind of provider may carry it."""
        if self.is_nudge:
            return Purpose.NUDGE
        if self.has_own_limit:
            return Purpose.CODE
        return Purpose.DUTY if self.is_duty else Purpose.RESIDENT

    @cached_property
    def variables(self) -> frozenset[str]:
        return placeholders(self.body) | placeholders(self.body_en)


def meaning(name: str) -> str:
    """What a variable holds, in words."""
    return str(MEANINGS[name])


def placeholders(body: str) -> frozenset[str]:
    """The names that stand in braces in `body`."""
    return frozenset(PLACEHOLDER.findall(body))


def _duty(body: str, body_en: str) -> Text:
    return Text(body, body_en, is_duty=True)


RESIDENT: dict[str, Text] = {
    "receipt": Text(
        "您反映的事项已收到，编号{number}。{caller}将在{due}前给您打电话。查看进度：{link}",
        "We have your report, No. {number}. {caller} will phone you by {due}. Follow it: {link}",
        is_prompt=True,
    ),
    "receipt_plain": Text(
        "您反映的事项已收到，编号{number}，会按时办理。查看进度和答复：{link}",
        "We have your report, No. {number}. Progress and the answer: {link}",
        is_prompt=True,
    ),
    "contact_missed": Text(
        "{unit}刚才打您的电话没有打通，稍后会再打，请留意接听。也可以在这里留言：{link}",
        "{unit} phoned you and could not get through; they will try again. "
        "You can also write here: {link}",
    ),
    "contact_check": Text(
        "{unit}说已就您反映的事项{number}给您打过电话。接到没有，请点开说一声：{link}",
        "{unit} says it has phoned you about No. {number}. Please tell us whether it did: {link}",
    ),
    "question": Text(
        "{unit}正在办理您反映的事项{number}，需要您补充一些情况。请点开填写：{link}",
        "{unit} is working on No. {number} and needs to know more. Please reply here: {link}",
    ),
    "answered": Text(
        "您反映的事项{number}有答复了。请点开查看，并告诉我们问题解决了没有：{link}",
        "No. {number} has been answered. Please read it and tell us whether it is solved: {link}",
    ),
    "declined": Text(
        "您反映的事项{number}不能在这里办理。原因和可以去哪里办，请点开查看：{link}",
        "No. {number} cannot be handled here. The reason, and where to turn: {link}",
    ),
    "reopened": Text(
        "您反映的事项{number}已重新办理，承办人员将在{due}前联系您。查看进度：{link}",
        "No. {number} has been reopened. You will be contacted by {due}. Follow it: {link}",
        is_prompt=True,
    ),
    "promised": Text(
        "您反映的事项{number}，{unit}已接手，约好{due}前办好。办好后请您确认。查看进度：{link}",
        "{unit} has taken on No. {number} and will be done by {due}. Follow it: {link}",
    ),
    "extended": Text(
        "您反映的事项{number}还需要些时间，办理期限延长{days}个工作日，办好就答复您。查看进度：{link}",
        "No. {number} needs more time: {days} more working days. Follow it: {link}",
    ),
    "returned_elsewhere": Text(
        "您反映的事项{number}不归原单位管，已转给{unit}办理，不用您再跑。查看进度：{link}",
        "No. {number} belongs to {unit} and has been passed to them. Nothing for you to do. "
        "Follow it: {link}",
    ),
    "redispatched": Text(
        "您反映的事项{number}已转给{unit}办理，请留意来电。查看进度：{link}",
        "No. {number} has been passed to {unit}; they may phone you. Follow it: {link}",
    ),
    "withdrawn": Text(
        "您已撤回事项{number}，我们不再办理。以后有需要，欢迎再扫码反映。",
        "You have withdrawn No. {number}. You are welcome to report again at any time.",
        is_prompt=True,
    ),
    "merged": Text(
        "您反映的事项{number}与正在办理的同一件事合并办理，办好后同样会答复您。查看进度：{link}",
        "No. {number} is handled together with an earlier report of the same matter. "
        "You will be answered too: {link}",
    ),
    "split": Text(
        "您反映的事项{number}改为单独办理，{unit}将在{due}前联系您。查看进度：{link}",
        "No. {number} is now handled by itself; {unit} will contact you by {due}: {link}",
    ),
    "deferred": Text(
        "您反映的事项{number}要等一等，{due}前后继续办理。原因请点开查看：{link}",
        "No. {number} has to wait; work goes on around {due}. The reason: {link}",
    ),
    # A mediation between two sides, each with a link of its own
    "med_received": Text(
        "您的调解申请已收到，编号{number}。调委会会联系您。查看：{link}",
        "We have your application for mediation, No. {number}. Follow it: {link}",
        is_prompt=True,
    ),
    "med_asked": Text(
        "有一件纠纷请您参加人民调解，不收费，愿不愿意由您定。请点开看：{link}",
        "You are asked to a mediation, free of charge; it is for you to say yes or no: {link}",
    ),
    "med_begun": Text(
        "双方都同意调解{number}了，调委会会约时间。查看：{link}",
        "Both sides agree to mediation {number}; you will be told when it is. Follow it: {link}",
    ),
    "med_named": Text(
        "调解{number}指定了调解员。不放心可以要求换，请点开看：{link}",
        "A mediator is named for {number}. You may ask for another: {link}",
    ),
    "med_meeting": Text(
        "调解{number}定在{due}，地点和调解员请点开看：{link}",
        "Mediation {number} is on {due}. Where and with whom: {link}",
    ),
    "med_sign": Text(
        "调解{number}的协议书拟好了，请点开看清楚，同意再签：{link}",
        "The agreement of mediation {number} is drafted. Read it, and sign if you agree: {link}",
    ),
    "med_effective": Text(
        "调解{number}的协议已经生效，请按约定履行。查看：{link}",
        "The agreement of mediation {number} is in effect. Please keep to it: {link}",
    ),
    "med_over": Text(
        "调解{number}的协议已经履行完毕，谢谢您。查看：{link}",
        "The agreement of mediation {number} has been performed. Thank you: {link}",
    ),
    "med_ended": Text(
        "调解{number}已经终止。还可以去哪里解决，请点开看：{link}",
        "Mediation {number} has ended. Where else to turn: {link}",
    ),
    # A wish that somebody else may fulfil
    "wish_received": Text(
        "您的微心愿已收到，编号{number}。社区核实后公布，不写您的姓名。查看：{link}",
        "We have your wish, No. {number}. It will be shown without your name. Follow it: {link}",
        is_prompt=True,
    ),
    "wish_shown": Text(
        "您的微心愿{number}已经公布，有人认领就告诉您。查看：{link}",
        "Your wish {number} is shown now. We tell you when somebody takes it up: {link}",
    ),
    "wish_declined": Text(
        "您的微心愿{number}没有公布。原因和别的办法，请点开查看：{link}",
        "Your wish {number} is not shown. The reason, and what else helps: {link}",
    ),
    "wish_claimed": Text(
        "好消息：您的微心愿{number}有人认领了，会在7天内送到。查看：{link}",
        "Good news: somebody takes up your wish {number} within 7 days. Follow it: {link}",
    ),
    "wish_delivered": Text(
        "您的微心愿{number}已经送到。收到了没有，请点开告诉我们：{link}",
        "Your wish {number} has been delivered. Please tell us whether you have it: {link}",
    ),
    "wish_helper": Text(
        "谢谢您认领微心愿{number}。送到哪里、怎么登记，请点开，7天内有效：{link}",
        "Thank you for taking up wish {number}. Where to bring it, within 7 days: {link}",
        is_prompt=True,
    ),
    "wish_lapsed": Text(
        "您认领的微心愿{number}已满7天，先让给别人，谢谢您的心意。查看：{link}",
        "After 7 days wish {number} goes to others. Thank you all the same: {link}",
    ),
    "wish_missing": Text(
        "微心愿{number}的本人说还没有收到，请再看一看：{link}",
        "Whoever made wish {number} has not got it yet. Please have a look: {link}",
    ),
    "wish_thanked": Text(
        "您认领的微心愿{number}实现了，谢谢您！点开看看：{link}",
        "The wish {number} that you took up has come true. Thank you! {link}",
    ),
    "wish_withdrawn": Text(
        "您认领的微心愿{number}已由本人撤回，不用再送了，谢谢您：{link}",
        "Wish {number} has been withdrawn; nothing to bring any more. Thank you: {link}",
    ),
    "notice": Text(
        "{unit}通知：{topic}。详情请点开：{link}",
        "Notice from {unit}: {topic}. Read more: {link}",
    ),
    "legal_receipt": Text(
        "您的法律咨询已收到，编号{number}。{unit}的律师会在{due}前答复，内容只有您和律师能看：{link}",
        "Your legal question No. {number} is here. Counsel of {unit} will answer by {due}; "
        "only you and counsel can read it: {link}",
        is_prompt=True,
    ),
    "legal_more": Text(
        "律师看了您的法律咨询{number}，需要您补充几句。请点开填写：{link}",
        "Counsel needs to know more about your question No. {number}: {link}",
    ),
    "legal_answered": Text(
        "律师已答复您的法律咨询{number}。请点开查看，别把链接转给别人：{link}",
        "Counsel has answered your question No. {number}. Keep the link to yourself: {link}",
    ),
    "verification": Text(
        "您的验证码是{code}，10分钟内有效。工作人员不会向您要验证码，请不要告诉别人。",
        "Your code is {code}, valid for 10 minutes. Staff never ask for it; tell it to nobody.",
        is_prompt=True,
        has_own_limit=True,
    ),
}

STAFF: dict[str, Text] = {
    "med_new": _duty(
        "新的调解申请{number}（{community}），请看是否受理：{link}",
        "New application for mediation {number} ({community}). Please look: {link}",
    ),
    "med_agreed": _duty(
        "调解{number}（{community}）双方都同意了，请指定调解员、约时间：{link}",
        "Both sides of mediation {number} ({community}) agree. Name a mediator and a time: {link}",
    ),
    "med_stopped": _duty(
        "调解{number}（{community}）有一方不愿意，已经终止：{link}",
        "A side of mediation {number} ({community}) does not want it; it has ended: {link}",
    ),
    "med_objected": _duty(
        "调解{number}（{community}）有一方要求换调解员，请另外指定：{link}",
        "A side of mediation {number} ({community}) wants another mediator: {link}",
    ),
    "med_said": _duty(
        "调解{number}（{community}）有一方写了情况，请点开看：{link}",
        "A side of mediation {number} ({community}) has written something: {link}",
    ),
    "med_signed": _duty(
        "调解{number}（{community}）双方都签了，请调解员签名盖章并登记：{link}",
        "Both sides of {number} ({community}) have signed. Please sign, seal and enter it: {link}",
    ),
    "med_month": _duty(
        "调解{number}（{community}）满一个月还没有结果，请抓紧或者依法终止：{link}",
        "Mediation {number} ({community}) has taken a month. Please bring it to an end: {link}",
    ),
    "med_visit": _duty(
        "调解{number}（{community}）有一笔约定到期，请回访履行了没有：{link}",
        "Something agreed in mediation {number} ({community}) was due. Please ask about it: {link}",
    ),
    "wish_new": _duty(
        "新的微心愿{number}（{community}），请核实后公布。点开办理：{link}",
        "New wish {number} ({community}). Please check and show it: {link}",
    ),
    "wish_taken": _duty(
        "微心愿{number}（{community}）有人认领了，请准备转交。点开查看：{link}",
        "Wish {number} ({community}) has been taken up. Please be ready to hand it over: {link}",
    ),
    "wish_free": _duty(
        "微心愿{number}（{community}）的认领已收回，现在又可以认领。点开查看：{link}",
        "Wish {number} ({community}) is free again to be taken up: {link}",
    ),
    "wish_missing_duty": _duty(
        "微心愿{number}（{community}）的本人说没有收到，请联系双方。点开查看：{link}",
        "Whoever made wish {number} ({community}) has not got it. Please ask both: {link}",
    ),
    "legal_new": _duty(
        "法律咨询{number}交给您，请在{due}前答复。内容只有您和咨询人能看，有利害关系请先回避：{link}",
        "Legal question {number} is yours; answer by {due}. Only you and the asker can read it. "
        "Stand aside first if you have an interest: {link}",
    ),
    "legal_added": _duty(
        "法律咨询{number}有补充，请点开看：{link}",
        "The asker of legal question {number} wrote more: {link}",
    ),
    "legal_overdue": _duty(
        "法律咨询{number}已超过答复时间，请提醒值班律师尽快答复。内容只有咨询人和律师能看。",
        "Legal question {number} is late. Please remind counsel on duty; "
        "only the asker and counsel can read it.",
    ),
    "duty_new": _duty(
        "新诉求{number}（{community}），请在{due}前给诉求人打电话。点开办理：{link}",
        "New report {number} ({community}). Phone the requester by {due}: {link}",
    ),
    "duty_urgent": _duty(
        "紧急！诉求{number}（{community}）像是险情，请马上打电话核实，必要时拨110、119、120。点开办理：{link}",
        "URGENT: {number} ({community}) sounds like an emergency. Phone now; "
        "call 110, 119 or 120 if need be: {link}",
    ),
    "duty_anonymous": _duty(
        "匿名诉求{number}（{community}），不用回电，请在{due}前办结。点开办理：{link}",
        "Anonymous report {number} ({community}), nobody to phone. Settle it by {due}: {link}",
    ),
    "sealed_anonymous": _duty(
        "督查岗有新的匿名保密件{number}，请在{due}前办结，不要转给其他单位。点开办理：{link}",
        "New sealed anonymous matter {number}. Settle it by {due}; pass it to nobody: {link}",
    ),
    "sealed_new": _duty(
        "督查岗有新的保密件{number}，请在{due}前联系诉求人，不要转给其他单位。点开办理：{link}",
        "New sealed matter {number}. Contact the requester by {due}; pass it to nobody: {link}",
    ),
    "contact_warning": _duty(
        "提醒：诉求{number}（{community}）还没有人联系，请在{due}前给诉求人打电话：{link}",
        "Reminder: nobody has phoned about {number} ({community}). Please do by {due}: {link}",
    ),
    "contact_overdue": _duty(
        "诉求{number}（{community}）已等{waited}无人联系，现报{rung}，请督促马上联系：{link}",
        "{number} ({community}) has waited {waited} without a call; "
        "now with {rung}. Please see to it: {link}",
    ),
    "contact_denied": _duty(
        "诉求{number}（{community}）：诉求人说没有接到电话，请核实，尽快打给诉求人：{link}",
        "{number} ({community}): the requester says nobody phoned. Please look into it: {link}",
    ),
    "acknowledge_warning": _duty(
        "提醒：诉求{number}（{community}）还没有签收，请在{due}前签收办理：{link}",
        "Reminder: {number} ({community}) is not acknowledged yet. Please do by {due}: {link}",
    ),
    "acknowledge_overdue": _duty(
        "诉求{number}（{community}）到期还没有签收，请督促签收办理：{link}",
        "{number} ({community}) was not acknowledged in time. Please see to it: {link}",
    ),
    "handling_warning": _duty(
        "提醒：诉求{number}（{community}）{due}到期，请抓紧办理；办不完请在到期前申请延期：{link}",
        "Reminder: {number} ({community}) is due {due}. Ask for more time before then "
        "if you need it: {link}",
    ),
    "handling_overdue": _duty(
        "诉求{number}（{community}）已超过办理期限，请督促尽快办理、答复诉求人：{link}",
        "{number} ({community}) is past its limit. Please see that it is answered: {link}",
    ),
    "duty_failed": _duty(
        "值班人员没有收到短信：诉求{number}（{community}），请安排人在{due}前联系诉求人：{link}",
        "The SMS about {number} ({community}) did not reach the person on duty. "
        "Have the requester phoned by {due}: {link}",
    ),
    "handed_over": Text(
        "诉求{number}（{community}）改由您接着办，办到哪一步、期限到什么时候，请点开查看：{link}",
        "{number} ({community}) is yours from now on. What was done, and by when it is due: {link}",
        is_duty=True,
        waits=True,
    ),
    "duty_hole": Text(
        "{unit}从{due}起没有人值班，有诉求会找不到人。请安排值班或代班：{link}",
        "Nobody is on duty at {unit} from {due}. Please arrange duty or a deputy: {link}",
        is_duty=True,
        waits=True,
    ),
    "return_asked": _duty(
        "{unit}认为诉求{number}（{community}）不归其办理，申请退回，请审定：{link}",
        "{unit} says {number} ({community}) is not theirs and asks to return it: {link}",
    ),
    "help_asked": _duty(
        "{unit}办理诉求{number}（{community}）有困难，请求支援，请查看答复：{link}",
        "{unit} asks for help with {number} ({community}): {link}",
    ),
    "extension_asked": _duty(
        "{unit}申请将诉求{number}延期{days}个工作日，请审定：{link}",
        "{unit} asks for {days} more working days for {number}: {link}",
    ),
    "deferral_asked": _duty(
        "{unit}申请将诉求{number}挂账到{due}，请审定：{link}",
        "{unit} asks to defer {number} until {due}: {link}",
    ),
    "deferred_duty": _duty(
        "诉求{number}（{community}）已挂账，{due}自动恢复办理。点开查看：{link}",
        "{number} ({community}) is deferred and comes back on {due}: {link}",
    ),
    "deferral_over": _duty(
        "诉求{number}（{community}）挂账结束，恢复办理，请接着办：{link}",
        "{number} ({community}) is no longer deferred. Please go on with it: {link}",
    ),
    "taken_in": _duty(
        "诉求{number}（{community}）并入了一件同样的诉求，请一并办理答复：{link}",
        "Another report of the same matter was merged into {number} ({community}): {link}",
    ),
    "ask_decided": _duty(
        "您就诉求{number}（{community}）提出的申请有结果了，请点开查看：{link}",
        "Your request about {number} ({community}) has been decided: {link}",
    ),
    "passed_up": _duty(
        "下级上报诉求{number}（{community}），请接手办理：{link}",
        "{number} ({community}) has been passed up to you. Please take it on: {link}",
    ),
    "reopened_duty": _duty(
        "诉求人说诉求{number}（{community}）没有解决，已重办，请在{due}前联系：{link}",
        "{number} ({community}) is not solved, says the requester; it is reopened. "
        "Contact them by {due}: {link}",
    ),
    "added": _duty(
        "诉求{number}（{community}）：诉求人补充了情况，请查看：{link}",
        "The requester of {number} ({community}) has added something: {link}",
    ),
    "chased": _duty(
        "诉求{number}（{community}）：诉求人在催办，请尽快联系，说明进展：{link}",
        "The requester of {number} ({community}) asks how it stands. Please contact them: {link}",
    ),
    "dissatisfied": _duty(
        "诉求{number}（{community}）：诉求人说没有解决或不满意，请了解情况：{link}",
        "The requester of {number} ({community}) is not satisfied. Please look into it: {link}",
    ),
    "withdrawn_duty": _duty(
        "诉求{number}（{community}）：诉求人已撤回，不用再办理。",
        "{number} ({community}) was withdrawn by the requester. Nothing more to do.",
    ),
    "instructed": _duty(
        "诉求{number}（{community}）有新的批示，请办理并在{due}前报告：{link}",
        "There is a new instruction on {number} ({community}). Report by {due}: {link}",
    ),
    "instruction_warning": _duty(
        "提醒：诉求{number}（{community}）的批示还没有报告落实情况，请在{due}前报告：{link}",
        "Reminder: report on the instruction about {number} ({community}) by {due}: {link}",
    ),
    "instruction_overdue": _duty(
        "诉求{number}（{community}）的批示到期没有报告落实情况，请督促：{link}",
        "Nothing was reported on the instruction about {number} ({community}) in time: {link}",
    ),
    "supervised": _duty(
        "诉求{number}（{community}）已列入督办，请在{due}前报告进展：{link}",
        "{number} ({community}) is supervised. Report how it stands by {due}: {link}",
    ),
    "listed": _duty(
        "诉求{number}（{community}）已挂牌督办，请在{due}前报告进展：{link}",
        "{number} ({community}) is under listed supervision. Report by {due}: {link}",
    ),
    "supervision_warning": _duty(
        "提醒：督办的诉求{number}（{community}）请在{due}前报告进展：{link}",
        "Reminder: report on the supervised {number} ({community}) by {due}: {link}",
    ),
    "supervision_overdue": _duty(
        "督办的诉求{number}（{community}）到期没有报告进展，请督促：{link}",
        "Nothing was reported on the supervised {number} ({community}) in time: {link}",
    ),
    "promise_warning": _duty(
        "提醒：诉求{number}（{community}）和诉求人约好{due}前办好，请抓紧：{link}",
        "Reminder: {number} ({community}) was promised for {due}: {link}",
    ),
    "promise_overdue": _duty(
        "诉求{number}（{community}）约好{due}前办好，已经过了，请督促并告诉诉求人：{link}",
        "{number} ({community}) was promised for {due} and is not done; tell the resident: {link}",
    ),
    "supervision_ended": _duty(
        "诉求{number}（{community}）的督办已结束，点开查看：{link}",
        "The supervision of {number} ({community}) has ended: {link}",
    ),
    "reported": _duty(
        "{unit}就诉求{number}（{community}）报告了落实情况，请查看：{link}",
        "{unit} has reported on {number} ({community}): {link}",
    ),
    "elevated": _duty(
        "诉求{number}（{community}）提级由您单位办理，原期限不变，请接手：{link}",
        "{number} ({community}) was taken up to your unit; its limits stay. Take it on: {link}",
    ),
    "rework_duty": _duty(
        "回访发现诉求{number}（{community}）没有解决，已重办，请在{due}前联系：{link}",
        "{number} ({community}) is not solved, says the follow-up; contact them by {due}: {link}",
    ),
    "assist_asked": _duty(
        "{unit}请您单位协办诉求{number}（{community}），请在{due}前答复：{link}",
        "{unit} asks your unit to help with {number} ({community}). Reply by {due}: {link}",
    ),
    "whistled": _duty(
        "{unit}吹哨：诉求{number}（{community}）请您单位在{due}前报到：{link}",
        "{unit} whistles for your unit about {number} ({community}). Arrive by {due}: {link}",
    ),
    "assist_replied": _duty(
        "{unit}答复了诉求{number}（{community}）的协办，请查看：{link}",
        "{unit} has replied about {number} ({community}): {link}",
    ),
    "assist_late": _duty(
        "{unit}协办诉求{number}（{community}）已超时，请督促：{link}",
        "{unit} is late in helping with {number} ({community}). Please see to it: {link}",
    ),
    "ask_reminder": _duty(
        "提醒：{unit}就诉求{number}（{community}）提出的申请还没有审定，请尽快决定：{link}",
        "Reminder: what {unit} asked about {number} ({community}) is undecided: {link}",
    ),
    "password_link": _duty(
        "请点开设置码上办的登录密码，24小时内有效，只能用一次，不要转给别人：{link}",
        "Set your password here; the link is good for 24 hours, once. Pass it to nobody: {link}",
    ),
    "order_code": _duty(
        "验证码{code}，用于打开办件链接，10分钟内有效。请不要告诉别人。",
        "Code {code} opens your order link; valid for 10 minutes. Tell it to nobody.",
    ),
}


def _nudge(body: str, body_en: str) -> Text:
    return Text(body, body_en, is_duty=True, is_nudge=True)


# Beside a duty SMS, on other channels: number, community and deadline alone, and no link.
REMINDERS: dict[str, Text] = {
    "nudge_new": _nudge(
        "新诉求{number}（{community}），请在{due}前处理。请点短信里的链接办理。",
        "New report {number} ({community}), due {due}. Open it by the link in the SMS.",
    ),
    "nudge_urgent": _nudge(
        "紧急！诉求{number}（{community}）像是险情，请马上看短信。",
        "URGENT: {number} ({community}) sounds like an emergency. See the SMS now.",
    ),
    "nudge_warning": _nudge(
        "提醒：诉求{number}（{community}）{due}到期，请看短信抓紧办理。",
        "Reminder: {number} ({community}) is due {due}. See the SMS.",
    ),
    "nudge_overdue": _nudge(
        "诉求{number}（{community}）已过期限，请看短信尽快办理。",
        "{number} ({community}) is past its deadline. See the SMS.",
    ),
    "nudge_test": _nudge(
        "这是试发的一条提醒。看到它，就说明设置好了。",
        "This is a reminder to try it out. If you can read it, all is set.",
    ),
}

TEXTS: dict[str, Text] = {**RESIDENT, **STAFF, **REMINDERS}


_wordings: Fresh[list[Template]] = Fresh(lambda: list(Template.objects.standing()))


def wording(code: str) -> Template | None:
    """The city's wording that is in force today, None where the product's own text is sent."""
    rows = [row for row in _wordings.get() if row.code == code]
    (row,) = in_force(rows, timezone.localdate()).get((code,), [None])
    return row if row is not None and row.is_enabled else None


def needed(template: str, params: Mapping[str, object]) -> dict[str, str]:
    """The values that the text uses, of all that `params` offers.

    A caller may offer more than this text uses. Raises ValueError for an unknown template, a name
    that is no variable, a missing value, and one that is longer than operators allow.
    """
    if template not in TEXTS:
        raise ValueError(f"no SMS template is called {template!r}")
    unknown = sorted(params.keys() - VARIABLES.keys())
    if unknown:
        raise ValueError(f"{template}: not a variable of an SMS: {', '.join(unknown)}")
    missing = sorted(TEXTS[template].variables - params.keys())
    if missing:
        raise ValueError(f"{template}: without a value: {', '.join(missing)}")
    values = {name: str(params[name]) for name in sorted(TEXTS[template].variables)}
    for name, value in values.items():
        if name != "link" and len(value) > LONGEST_VALUE:
            raise ValueError(f"{template}: {name} is longer than {LONGEST_VALUE} characters")
    return values


def mended(template: str, params: Mapping[str, object]) -> dict[str, str]:
    """Values that `needed` takes: nothing unknown, nothing missing, nothing too long."""
    values = {name: str(params.get(name, "")) for name in TEXTS[template].variables}
    return {
        name: value if name == "link" else value[:LONGEST_VALUE] for name, value in values.items()
    }


def signed(body: str) -> str:
    """`body` behind the signature that operators demand."""
    return f"【{settings.SMS_SIGNATURE}】{body}"


def body_of(template: str, language: str = "zh-hans") -> str:
    """The wording in force, with its variables in braces and without the signature."""
    text, override = TEXTS[template], wording(template)
    if language == ENGLISH:
        return (override and override.body_en) or text.body_en
    return override.body if override is not None else text.body


def render(template: str, params: Mapping[str, str], language: str = "zh-hans") -> str:
    """The SMS as it is sent, signature included; `params` as `needed` returned them."""
    return signed(_filled(body_of(template, language), params))


def _filled(body: str, params: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: params.get(found[1], ""), body)


def provider_code(template: str) -> str:
    """The operator's number of the template, or our own code where the city gave none."""
    override = wording(template)
    return (override and override.provider_code) or template


def described(body: str) -> str:
    """`body` with what its variables hold in words, for whoever may not see the values."""
    return PLACEHOLDER.sub(lambda found: f"〔{meaning(found[1])}〕", body)


def example(template: str, body: str, *, host: str = EXAMPLE_HOST) -> str:
    """What `body` looks like when sent as this template, for whoever words it; with the city's
    own `host` it is as long as it really will be."""
    values = {**VARIABLES, "link": VARIABLES["link"].replace(EXAMPLE_HOST, host)}
    params = {name: values[name] for name in TEXTS[template].variables}
    return signed(_filled(body, params))


def parts(text: str) -> int:
    """How many SMS an operator bills for `text`: 70 UCS-2 units in one, 67 in each of several."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= ONE_PART else -(-units // EACH_OF_SEVERAL)
