"""Wishes are for things and help, never for money: words of money are refused, kindly."""

import re

from django import forms
from django.utils.translation import gettext as _

# An amount (三百元, 500 块钱, 2万) or a way in which money goes from hand to hand.
MONEY = re.compile(
    r"[0-9０-９一二三四五六七八九十百千万两几]\s*(?:元(?![旦宵])|块钱|万(?![事一家里能个])|千块|百块)"
    r"|现金|现款|人民币|转账|打款|汇款|打钱|给钱|要钱|借钱|借款|贷款|还债|还钱|欠款|捐款|善款|资助款"
    r"|红包|微信收款|收款码|支付宝|银行卡|银行账户|账号|购物卡|充值卡|话费|礼金|慰问金|生活费|医药费|学费"
    r"|\bcash\b|\bmoney\b|\byuan\b|¥|￥",
    re.IGNORECASE,
)


def speaks_of_money(text: str) -> bool:
    return bool(MONEY.search(text))


def without_money(text: str) -> str:
    """`text` itself; a refusal that says what to do instead where it speaks of money."""
    if speaks_of_money(text):
        raise forms.ValidationError(
            _(
                "微心愿只帮具体的东西和事情，不收钱也不给钱，这样大家都放心。"
                "请写需要什么、做什么，不写钱。生活有困难，可以到社区问临时救助。"
            )
        )
    return text
