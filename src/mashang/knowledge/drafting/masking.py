"""Words without what tells who somebody is, before they leave the city's server.

Two nets. What the case itself holds about the requester is replaced wherever it stands. Then what
looks like an identity by its form: numbers of any length from four digits, plates, addresses of
mail and web, account names, houses and rooms, names after words that announce one or before a
title. Rather too much than too little: a date may go as well. A name that nothing announces is not
found, which is why a person looks at the words before they are sent.
"""

import re
from collections.abc import Iterable

NAME, NUMBER, MAIL, LINK, PLATE, ACCOUNT, HOUSE = (
    "[姓名]", "[号码]", "[邮箱]", "[网址]", "[车牌]", "[账号]", "[门牌]",
)  # fmt: skip
PLACEHOLDERS = (NAME, NUMBER, MAIL, LINK, PLATE, ACCOUNT, HOUSE)

# The commonest family names, which nearly everybody bears.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘"
    "于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹"
    "薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍"
    "庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍"
    "涂成苗谷曲盛翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉"
    "缪简车项连芦麦"
)
_TITLES = (
    "先生|女士|小姐|同志|师傅|老师|大爷|大妈|大叔|阿姨|大娘|奶奶|爷爷|叔叔|书记|主任|"
    "经理|队长|医生|大夫|警官|律师|校长|园长|所长|科长|局长|镇长|乡长|村长|站长|组长|"
    "老板|某"
)
_TWO_CHARACTERS = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒"
_KIN = "孩子|儿子|女儿|老公|丈夫|妻子|老婆|父亲|母亲|爸爸|妈妈"
_ROLES = "当事人|户主|业主|邻居|租客|房东|村民|居民|住户|学生"
_SAYS_A_NAME = "姓名|联系人|户主|户名|收款人|名叫|叫做"
_ACCOUNTS = "微信号?|QQ号?|抖音号?|快手号?|支付宝|账号|用户名|密码|验证码|口令|车架号|护照号?"
_DIGITS = "0-9零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖"
_COUNTED = "A-Za-z0-9零〇一二三四五六七八九十百"
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云渝藏陕甘青宁新"
_HOUSES, _ROOMS = "号楼|栋|幢|座|单元|号院|室|门牌|弄", "号楼|栋|幢|座|单元|层|楼|室|房|号|门"
_HAN = "\\u4e00-\\u9fff"
_GAP = r"[ \t\u3000\-－—~～_.·()（）*]*"
_ENDS = r"(?=[\s,，。、；;:：（(]|说|和|跟|家|也|把|$)"
# Full-width letters, digits and @ as narrow ones; marks of punctuation stay as they are.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_NARROW |= {ord("＠"): "@", ord("．"): "."}

# In this order: what is longer or surer comes first.
_SHAPES: tuple[tuple[str, str], ...] = (
    (r"[A-Za-z0-9_.+-]+\s?@\s?[A-Za-z0-9_-]+(?:\s?\.\s?[A-Za-z0-9_-]+)+", MAIL),
    (r"(?:https?://|www\.)[^\s，。；、）)]+", LINK),
    (rf"((?:{_ACCOUNTS})(?:[是为叫]|[\s:：])*)[A-Za-z0-9][A-Za-z0-9_.@-]{{3,}}", rf"\1{ACCOUNT}"),
    (
        rf"[{_PROVINCES}]\s?[A-Za-z]\s?[·•.\-]?\s?(?:[A-Za-z0-9]\s?){{4,5}}"
        r"[A-Za-z0-9挂学警港澳领]",
        PLATE,
    ),
    # A card's groups of four, a phone with blanks, 17 digits and an X, or read out in words.
    (rf"(?<![A-Za-z0-9])[+]?(?:[{_DIGITS}]{_GAP}){{6,}}[{_DIGITS}Xx]", NUMBER),
    # Any other number of four digits or more that is no year.
    (r"[A-Za-z]{1,4}-?[0-9]{5,}[A-Za-z0-9]*|(?!(?:19|20)[0-9]{2}\s?年)[0-9]{4,}[Xx]?", NUMBER),
    (
        rf"[{_COUNTED}甲乙丙丁东西南北]{{1,6}}\s?[#＃号]?\s?(?:{_HOUSES})"
        rf"(?:\s?[{_COUNTED}东西]{{1,5}}\s?(?:{_ROOMS})?)*",
        HOUSE,
    ),
    (r"[A-Za-z0-9]{1,4}\s?[-－]\s?[0-9]{1,4}\s?[-－]\s?[0-9]{2,4}", HOUSE),
    (rf"(?<=[路街巷道组社])\s?[{_COUNTED}]{{1,5}}\s?号", HOUSE),
    # 我叫…, 我儿子是…: not 我是康复小学的家长.
    (
        rf"((?:我|本人|他|她|{_KIN}|{_ROLES})(?:名字)?(?:叫做?|名叫|是|为|[:：])\s?)"
        rf"[{_SURNAMES}][{_HAN}·]{{1,2}}(?![{_HAN}]*[区路街小学院厂店])",
        rf"\1{NAME}",
    ),
    (rf"((?:{_SAYS_A_NAME})\s?[:：是为]?\s?)(?:[{_HAN}·]\s?){{2,4}}", rf"\1{NAME}"),
    (rf"((?:{_ROLES}|{_KIN})\s?)[{_SURNAMES}][{_HAN}]{{1,2}}{_ENDS}", rf"\1{NAME}"),
    (rf"(?:{_TWO_CHARACTERS}|[{_SURNAMES}])[{_HAN}]{{0,2}}?(?={_TITLES})", NAME),
    (rf"[老小阿][{_SURNAMES}](?=[\s,，。、；:：和跟说在家的])", NAME),
    (rf"[{_SURNAMES}][{_HAN}]{{1,2}}(?={_GAP}\[号码\])", NAME),
)
_PATTERNS = [(re.compile(shape, re.I), placeholder) for shape, placeholder in _SHAPES]
_AGAIN = re.compile(rf"({'|'.join(map(re.escape, PLACEHOLDERS))})(?:{_GAP}\1)+")


def masked(text: str, *, known: Iterable[str] = ()) -> str:
    """`text` with placeholders for what tells who somebody is; `known` are such words of this case
    (name, phone, spot, answers), replaced wherever they stand, whatever blanks are between."""
    plain = text.translate(_NARROW)
    words = {each.translate(_NARROW).strip() for each in known}
    for word in sorted(words, key=len, reverse=True):
        letters = [re.escape(char) for char in word if not char.isspace()]
        if len(letters) >= 2:
            pattern = re.compile(_GAP.join(letters), re.I)
            plain = pattern.sub(NUMBER if word.isdigit() else _kind(word), plain)
    for pattern, placeholder in _PATTERNS:
        plain = pattern.sub(placeholder, plain)
    return _AGAIN.sub(r"\1", plain)


def _kind(word: str) -> str:
    return HOUSE if any(char.isdigit() for char in word) else NAME
