"""What the register holds: every kind of happening, by group, as the auditor reads it.

A package that has something new to record adds a line here.
"""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

GROUPS: dict[Label, dict[str, Label]] = {
    _("登录"): {
        "sign_in": _("登录"),
        "sign_in_failed": _("登录失败"),
        "locked_out": _("多次失败，暂停登录"),
        "unlocked": _("解除暂停"),
        "sign_out": _("退出"),
        "sign_out_everywhere": _("全部退出"),
        "session_ended": _("结束一处登录"),
    },
    _("密码和二次验证"): {
        "password_changed": _("修改自己的密码"),
        "password_set": _("设置密码"),
        "password_link": _("发送设置密码的链接"),
        "second_factor_set": _("设置二次验证"),
        "second_factor_reset": _("重置二次验证"),
        "recovery_codes": _("生成备用码"),
        "recovery_code_used": _("使用备用码"),
    },
    _("个人信息"): {
        "look": _("查看诉求人电话"),
        "rang": _("通过平台拨打诉求人电话"),
        "identity_search": _("按电话或姓名查找"),
        "wechat_bound": _("诉求人设置用微信接收"),
        "wechat_unbound": _("诉求人停用微信接收"),
        "data_taken": _("诉求人导出自己的信息"),
        "export": _("导出"),
        "drafted": _("请机器起草"),
    },
    _("人员和单位"): {
        "person": _("人员"),
        "post": _("任职"),
        "unit": _("单位"),
        "duty": _("值班和离岗"),
        "device": _("绑定的手机"),
        "deactivated": _("停用账号"),
        "activated": _("恢复账号"),
    },
    _("规则和设置"): {
        "limit": _("时限规则"),
        "ladder": _("逐级上报规则"),
        "calendar": _("工作日历"),
        "category": _("事项类别"),
        "catalogue": _("职责目录"),
        "type": _("事项类型"),
        "place": _("地点"),
        "code": _("二维码"),
        "wording": _("短信模板"),
        "provider": _("短信通道"),
        "approval": _("短信模板审核"),
        "service": _("服务目录"),
        "topic": _("公开热点"),
        "legal_flow": _("法律引导流程"),
        "legal_guide": _("法律明白人"),
        "legal_published": _("公开法律问答"),
        "link": _("办件链接"),
        "setting": _("其他设置"),
        "load": _("导入表格"),
    },
    _("短信"): {
        "message_retried": _("重发短信"),
        "message_aborted": _("取消短信"),
        "reply_settled": _("处理短信回复"),
        "notice_written": _("写群发通知"),
        "notice_started": _("开始群发"),
        "notice_paused": _("暂停群发"),
        "notice_resumed": _("接着群发"),
        "notice_stopped": _("停发通知"),
        "notice_dropped": _("放弃没有发的通知"),
        "do_not_send_added": _("登记不要发短信的号码"),
        "do_not_send_lifted": _("取消“不要发短信”"),
        "address_kept": _("设置短信以外的提醒"),
        "address_dropped": _("停止短信以外的提醒"),
    },
}
KINDS: dict[str, Label] = {
    kind: label for group in GROUPS.values() for kind, label in group.items()
}

# What a row of one of these models is, for changes made in the administration.
OF_MODEL = {
    "people.account": "person",
    "people.post": "post",
    "people.unit": "unit",
    "people.shift": "duty",
    "people.absence": "duty",
    "people.device": "device",
    "cases.limit": "limit",
    "cases.ladderstep": "ladder",
    "cases.orderlink": "link",
    "core.day": "calendar",
    "places.place": "place",
    "codes.batch": "code",
    "codes.code": "code",
    "messaging.template": "wording",
}

# The names under which `record` keeps facts, as the auditor reads them.
FACTS: dict[str, Label] = {
    "what": _("做了什么"),
    "row": _("内容"),
    "changes": _("改动"),
    "count": _("条数"),
    "filters": _("筛选"),
    "tally": _("结果"),
    "file": _("文件"),
    "system_user": _("系统用户"),
    "reason": _("原因"),
    "until": _("直到"),
    "way": _("方式"),
    "template": _("模板"),
    "left": _("剩余"),
}

# Values that are words of the product, as the auditor reads them.
VALUES: dict[str, Label] = {
    "draft answer": _("答复"),
    "draft summary": _("摘要"),
    "added": _("新增"),
    "changed": _("修改"),
    "removed": _("删除"),
    "revoked": _("停用"),
    "revoke_chosen": _("停用"),
    "audit": _("审计记录"),
    "password": _("密码"),
    "second factor": _("二次验证"),
    "single sign-on": _("统一身份认证"),
    "command": _("服务器上的命令"),
    "load_rules": _("时限规则"),
    "load_divisions": _("区划"),
    "load_people": _("单位和人员"),
    "load_codes": _("二维码"),
    "load_services": _("服务目录"),
    "load_legal_flows": _("法律引导流程"),
    "signed": _("签署"),
    "published": _("公开"),
    "returned": _("退回"),
    "looked": _("查看电话"),
    "sign-ins of a username": _("同一用户名失败太多"),
    "sign-ins of an address": _("同一地址失败太多"),
    "second factors of a username": _("二次验证失败太多"),
}


def choices() -> Iterator[tuple[Label, list[tuple[str, Label]]]]:
    """The kinds by group, for a select."""
    for group, kinds in GROUPS.items():
        yield group, list(kinds.items())
