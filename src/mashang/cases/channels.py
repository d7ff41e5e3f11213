"""Where to turn with what cannot be handled here: the usual lawful channels, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class LawfulChannel:
    """Its name in the list, and what the resident reads."""

    name: Callable[[], str]
    text: Callable[[], str]


CHANNELS: dict[str, LawfulChannel] = {
    "emergency": LawfulChannel(
        lambda: _("报警、火警、急救"),
        lambda: _("遇到危险请马上拨打：报警 110，火警 119，急救 120，交通事故 122。"),
    ),
    "litigation": LawfulChannel(
        lambda: _("诉讼"),
        lambda: _("这类纠纷由法院依法判决。请带上材料到法院立案，也可以先拨打 12368 咨询。"),
    ),
    "arbitration": LawfulChannel(
        lambda: _("仲裁"),
        lambda: _("这类争议要先申请仲裁。请带上合同等材料，到有管辖权的仲裁委员会申请。"),
    ),
    "reconsideration": LawfulChannel(
        lambda: _("行政复议"),
        lambda: _("对行政机关的决定不服，可以依法申请行政复议，请留意决定书上写的期限。"),
    ),
    "discipline": LawfulChannel(
        lambda: _("纪检监察"),
        lambda: _("反映党员、干部违纪违法，请向纪检监察机关举报，可以拨打 12388。"),
    ),
    "petition": LawfulChannel(
        lambda: _("信访"),
        lambda: _("这件事已进入信访程序，请向受理的信访部门了解办理结果。"),
    ),
    "mediation": LawfulChannel(
        lambda: _("人民调解"),
        lambda: _("邻里、家庭等纠纷，可以请当地人民调解委员会调解，不收费。"),
    ),
    "legal_aid": LawfulChannel(
        lambda: _("法律援助"),
        lambda: _("需要法律帮助，请拨打 12348，或者到公共法律服务中心咨询。"),
    ),
}
