"""The SMS to residents, as the product words them."""

from mashang.messaging.texts.text import Text

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
        "各方都同意调解{number}了，调委会会约时间。查看：{link}",
        "All agree to mediation {number}; you will be told when it is. Follow it: {link}",
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
    "med_link": Text(
        "调解{number}的链接换成这个，以前的打不开了，请只给本人和代理人看：{link}",
        "The link of mediation {number} is a new one; the old one opens nothing now: {link}",
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
