"""The SMS to the staff, and what reminds them beside it, as the product words them."""

from mashang.messaging.texts.text import Text


def _duty(body: str, body_en: str) -> Text:
    return Text(body, body_en, is_duty=True)


STAFF: dict[str, Text] = {
    "med_new": _duty(
        "新的调解申请{number}（{community}），请看是否受理：{link}",
        "New application for mediation {number} ({community}). Please look: {link}",
    ),
    "med_agreed": _duty(
        "调解{number}（{community}）各方都同意了，请指定调解员、约时间：{link}",
        "All parties of mediation {number} ({community}) agree. Name a mediator and a time: {link}",
    ),
    "med_stopped": _duty(
        "调解{number}（{community}）有一方不愿意，已经终止：{link}",
        "A side of mediation {number} ({community}) does not want it; it has ended: {link}",
    ),
    "med_left": _duty(
        "调解{number}（{community}）有一位当事人退出，其他人继续，请点开看：{link}",
        "A party has left mediation {number} ({community}); the others go on: {link}",
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
        "调解{number}（{community}）各方都签了，请调解员签名盖章并登记：{link}",
        "All parties of {number} ({community}) have signed. Please sign, seal and enter it: {link}",
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
