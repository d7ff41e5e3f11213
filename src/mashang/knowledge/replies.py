"""What may be weak about an answer, told to whoever is about to send it: a hint, never a refusal.

Rules over words and not a model: each flag says what it looked for, so that a person can tell at
once whether it is right. docs/knowledge.md has how often each is.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from mashang.cases.similar import Rarity, letters, pairs


class Flag(StrEnum):
    BESIDE = "beside"  # does not address the matter
    EMPTY = "empty"  # no action, no finding and no date
    FORWARDED = "forwarded"  # only says who was told
    COPIED = "copied"  # of another answer


SAID = {
    Flag.BESIDE: _("没有说到反映的事：答复里找不到诉求里的人、地、事。"),
    Flag.EMPTY: _("没有说办了什么、查明了什么，也没有说什么时候办。"),
    Flag.FORWARDED: _("只说转给了别的单位，没有说结果，也没有说谁在什么时候给答复。"),
    Flag.COPIED: _("和另一件的答复几乎一样，请确认说的是这件事。"),
}

FORWARDED = re.compile(
    r"(已|将|现)?(转|移|交)(交|给|送|办|达|至|请|由|到)[^，。；]{0,30}(处理|办理|核实|研究|调查|阅|"
    r"部门|单位|局|委|办|街道|镇|区|县|市|政府|公司|落实|回复|关注)|已(转|移交|交办|批转|呈报)|"
    r"转[^，。；]{0,16}(部门|单位|局|办|区|县|市|公司)|交(由)?(有关|相关)(单位|部门)|"
    r"(属|由|归)[^，。；]{0,20}(管辖|负责)[^。]{0,12}(建议|请)您?向"
)
# Somebody did, found or explained something, or says by which rule it is so.
ACTION = re.compile(
    r"经[^，。；]{0,20}(核实|调查|了解|查|核查|勘查|研究|协调|检查)|现场|上门|约谈|整改|修复|维修|修好|清理|"
    r"拆除|处罚|罚款|立案|已查处|依法查处|安装|更换|疏通|施工|完工|竣工|动工|启动|开展|组织|安排人|派人|责令|督促|"
    r"要求[^，。；]{1,20}(整改|停|加强|做好|公示)|已(完成|办|解决|发放|退|联系|恢复|开通|纳入|列入|协调|约|签|报|"
    r"下达|签订|制定|明确|落实到)|根据|依据|按照|规定|政策|办法|通知|文件|条例|标准|材料|窗口|流程|计划|规划|"
    r"目前|由于|因为|原因|情况属实|不属实|不存在|符合|不符合|可以|可由|不能|不予|需要|属于|范围|元|％|%|"
    r"到[^，。；]{2,30}(办理|咨询|申请)|已收集|持[^，。；]{0,20}证"
)
DATE = re.compile(
    r"\d{1,4}\s*年|\d{1,2}\s*月|\d{1,2}\s*(日|号)(前|内|起|至|完)|(今|明|本|下|年|月|周|季度|近)(天|日|年|月|周|底|"
    r"内)|\d+\s*(个)?(工作日|天|小时|日)内|前(完成|答复|解决|开工)"
)
SIGNED = re.compile(
    r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*$|\d{4}[.\-/]\d{1,2}[.\-/]\d{1,2}\s*$"
)
POLITE = re.compile(
    r"网友[“\"‘']?[^”\"’，。：:]{0,16}[”\"’]?|您?好[！!，。]?|尊敬的[^，。：:]{0,16}|您的(留言|来信|诉求|问题)"
    r"[^，。]{0,10}(收悉|收到|已阅)|(感谢|谢谢)[^，。！!：:]{0,40}|(现将)?[^，。]{0,12}回复如下[：:]?|祝您[^。！!]*[。！!]?|"
    r"特此回复|此复"
)
SHORT = 60  # letters; a longer answer explains at least something
LEAST_IN_COMMON = 2  # rare pairs
COPIED_FROM = 0.85
LEAST_TO_COPY = 40  # letters; short answers are alike by nature


def bare(answer: str) -> str:
    """The answer without greetings, thanks and the date below it."""
    return POLITE.sub("", SIGNED.sub("", answer.strip()))


def flags(matter: str, answer: str, others: Iterable[str] = ()) -> list[Flag]:
    """What may be weak about an answer to `matter`; `others` are answers to other matters."""
    core = bare(answer)
    if not letters(answer):
        return []
    found = []
    does = ACTION.search(core) is not None
    if FORWARDED.search(core) and not does and len(letters(core)) < 2 * SHORT:
        found.append(Flag.FORWARDED)
    elif not does and not DATE.search(core) and len(letters(core)) < SHORT:
        found.append(Flag.EMPTY)
    if not found and _is_beside(matter, core):
        found.append(Flag.BESIDE)
    if _is_copied(core, [bare(other) for other in others]):
        found.append(Flag.COPIED)
    return found


# Pairs that stand in any matter and any answer.
COMMON = pairs(
    "我们你们他们问题情况反映有关部门相关单位进行工作目前现在希望领导政府回复解决处理要求可以没有这个"
    "一个已经以及由于根据关于为了通过但是因为所以如果社区街道小区居民群众市民请问咨询谢谢"
)


def _is_beside(matter: str, core: str) -> bool:
    """Hardly anything of the matter's own words stands in the answer."""
    asked, said = pairs(matter) - COMMON, pairs(core) - COMMON
    is_short = len(letters(core)) < 2 * SHORT  # a long one explains, in words of its own
    return is_short and len(asked) >= 20 and len(asked & said) < LEAST_IN_COMMON


def _is_copied(core: str, others: Sequence[str]) -> bool:
    mine = pairs(core)
    if len(letters(core)) < LEAST_TO_COPY:
        return False
    every = [pairs(other) for other in others]
    rarity = Rarity([mine, *every])
    return any(rarity.likeness(mine, other) >= COPIED_FROM for other in every)
