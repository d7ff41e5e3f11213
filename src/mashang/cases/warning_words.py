"""Words that make a text sound like an emergency or like a complaint about a cadre.

Only a hint: for an emergency the phone numbers are shown first, for a complaint the resident is
asked whether it shall be sealed. Nothing is decided, refused or hidden by these lists.
"""

import re

EMERGENCY = re.compile(
    r"着火|起火|失火|火灾|冒烟|爆炸|煤气泄漏|燃气泄漏|漏煤气|漏燃气|煤气中毒|一氧化碳|触电|电线掉|"
    r"溺水|落水|掉进|坠楼|跳楼|轻生|自杀|喝农药|割腕|不想活|昏迷|晕倒|没有呼吸|没气了|大出血|"
    r"心梗|中风|抢劫|持刀|砍人|杀人|打死|绑架|拐卖|家暴|正在打|被困|塌了|塌方|倒塌|滑坡|泥石流|洪水|车祸|撞人"
)
OFFICIAL = (
    r"(?:村支书|支书|书记|村主任|主任|村长|社长|村干部|社区干部|干部|镇长|乡长|县长|局长|所长|站长|科长|"
    r"村委会|居委会|村两委|镇政府|乡政府|街道办|派出所|工作人员|领导|公务员|网格员)"
)
MISCONDUCT = (
    r"(?:贪污|受贿|行贿|索贿|吃拿卡要|收钱|要钱|回扣|挪用|私吞|克扣|冒领|截留|优亲厚友|徇私|打击报复|"
    r"报复|欺压|打人|骂人|辱骂|不作为|乱作为|推诿|刁难|滥用职权|以权谋私|虚报|套取|作风|腐败)"
)
ACCUSATION = re.compile(
    rf"{OFFICIAL}.{{0,40}}?{MISCONDUCT}|{MISCONDUCT}.{{0,40}}?{OFFICIAL}|(?:实名)?举报.{{0,30}}?{OFFICIAL}",
    re.DOTALL,
)


def sounds_like_emergency(text: str) -> bool:
    return EMERGENCY.search(text) is not None


def sounds_like_accusation(text: str) -> bool:
    return ACCUSATION.search(text) is not None
