"""Names and phone numbers that belong to nobody, the same at every run.

No block of mobile numbers is set aside for fiction in China. All of these lie in one block,
199 0000 0000 to 199 0000 9999, so that anybody can tell them at sight, and the demonstration
sends nothing: its messages are only shown.
"""

import random
from itertools import count

PHONE_BLOCK = "1990000"
SEED = 6204

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
FIRST = "建国志文玉秀春海明永世晓丽雪红桂凤金德兴学庆立宏俊淑彩慧振宝万天成有生长光新彦"
SECOND = "军平华英兰芳强伟霞梅林峰琴涛龙娟东斌萍辉玲艳福祥云山仁义忠安贵荣礼刚鹏莲芬清泉亮"


class Invention:
    """Hands out names and phone numbers in a fixed order, no number twice; `first` is where the
    numbers begin, so that two inventions share none."""

    def __init__(self, *, first: int = 1) -> None:
        self.random = random.Random(SEED + first)  # noqa: S311 - to repeat itself, no secret
        self._numbers = count(first)

    def name(self) -> str:
        """A family name and one or two characters."""
        choose = self.random.choice
        second = choose(SECOND)
        first = choose(FIRST) if self.random.random() < 0.8 else ""
        return choose(SURNAMES) + first + second

    def phone(self) -> str:
        number = next(self._numbers)
        if number > 9999:
            raise ValueError("the block of invented numbers is used up")
        return f"{PHONE_BLOCK}{number:04d}"
