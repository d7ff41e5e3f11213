"""What invented residents write: sentences built from parts, as long as real messages are.

Nobody wrote any of it. Half of real messages have 204 characters or less, nine tenths 776 or less
(domain.md), which is what a log-normal distribution of these two values gives.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, product
from math import log
from random import Random

MEDIAN, NINE_TENTHS = 204, 776
SHORTEST, LONGEST = 12, 1990
SPREAD = log(NINE_TENTHS / MEDIAN) / 1.2816  # the normal distribution's 90th percentile


@dataclass(frozen=True)
class Theme:
    """What a report is about: `openings` say where `things` have `faults`, `details` go on.

    `sorted_as` is a part of what a city may call the category that it belongs to.
    """

    sorted_as: str
    places: tuple[str, ...]
    things: tuple[str, ...]
    faults: tuple[str, ...]
    details: tuple[str, ...]
    weight: int = 10

    @cached_property
    def openings(self) -> list[str]:
        return [
            f"{place}的{thing}{fault}。"
            for place, thing, fault in product(self.places, self.things, self.faults)
        ]


BLOCK = ("小区南门口", "3号楼2单元", "小区北侧", "东区6号楼下", "物业门前", "老家属院里")
VILLAGE = ("村口", "村北头", "三社", "通村路上", "村小学旁边", "五社的巷道里")
THEMES: dict[str, Theme] = {
    "lighting": Theme(
        "路灯",
        (*BLOCK, *VILLAGE), ("路灯", "两盏路灯", "楼道灯", "太阳能路灯"),
        ("坏了快半个月", "一直不亮", "时亮时灭", "天黑以后都不亮"),
        ("晚上什么也看不见，老人出门要打手电。", "前天有人在台阶上踩空，崴了脚。",
         "孩子下晚自习也走这条路，家里很担心。", "灯杆下面的盖板也掉了，电线露在外面。"),
        14,
    ),
    "road": Theme(
        "路面",
        (*BLOCK, *VILLAGE), ("路面", "水泥路", "人行道", "井盖周围的路"),
        ("塌下去一大块", "坑坑洼洼没法走", "挖开以后没有填平", "裂开了很长的口子"),
        ("一下雨就积水，自行车和三轮车过不去。", "过车的时候泥水溅到两边人家墙上。",
         "上个月有骑电动车的人在这里摔倒。", "施工的人走了以后再也没有来过。"),
        14,
    ),
    "water": Theme(
        "停水",
        (*BLOCK, *VILLAGE), ("自来水", "供水管道", "水表井", "水压"),
        ("这几天总是停", "一直往外漏水", "到晚上就没有水", "出来的水是浑的"),
        ("做饭洗衣服都要到别处提水。", "家里有刚满月的孩子，用水实在不方便。",
         "漏出来的水把墙根都泡软了。", "物业说是水厂的事，水厂说是物业的事。"),
        10,
    ),
    "heating": Theme(
        "暖气",
        BLOCK, ("暖气", "供热管道", "楼上的暖气管", "换热站"),
        ("一直不热", "漏水了", "到半夜就凉", "声音很大，整夜响"),
        ("屋里只有十四五度，老人坐着都要盖被子。", "测温的人来过一次，说记下了就没有下文。",
         "热费早就交齐了，收据还在。", "同一栋楼别的单元都热，就我们这边不热。"),
        9,
    ),
    "garbage": Theme(
        "垃圾",
        (*BLOCK, *VILLAGE), ("垃圾", "垃圾箱", "建筑垃圾", "污水"),
        ("好多天没有人清运", "堆得满地都是", "没有地方倒", "散发臭味"),
        ("天一热苍蝇成群，窗户都不敢开。", "野狗把袋子扯开，弄得满街都是。",
         "有人夜里偷着把装修的砖头瓦块倒在这里。", "原来一天一清，现在三四天才来一趟。"),
        11,
    ),
    "noise": Theme(
        "噪声",
        BLOCK, ("楼下商铺的音响", "对面工地", "烧烤摊", "广场舞的音箱"),
        ("半夜还在响", "从早吵到晚", "吵得人睡不着", "一开就是几个小时"),
        ("家里有准备高考的孩子，没有办法学习。", "跟他们说过，当面答应，第二天照旧。",
         "油烟也往楼上飘，衣服晾出去都是味道。", "夜里两点多还在卸料，车灯直照窗户。"),
        9,
    ),
    "property": Theme(
        "物业服务",
        BLOCK, ("电梯", "单元门", "消防通道", "停车位"),
        ("经常出毛病", "坏了没有人修", "被占了出不去", "谁也不管"),
        ("物业费一年不少交，叫他们来总说人手不够。", "上次电梯停在五楼，里面的人等了四十分钟。",
         "业主群里问过多次，没有人回话。", "维修基金怎么用的，从来没有公示过。"),
        11,
    ),
    "allowance": Theme(
        "补贴",
        VILLAGE, ("养老补贴", "低保申请", "粮食补贴", "残疾人补贴"),
        ("一直没有到账", "交了材料没有回音", "比别人家少", "不知道该找谁办"),
        ("材料交了三个多月，问过两次都说在走程序。", "家里老人八十一岁，腿脚不好，跑不动。",
         "卡号核对过，没有错。", "想知道还缺什么材料，该到哪个窗口去。"),
        9,
    ),
    "land": Theme(
        "土地",
        VILLAGE, ("承包地的地界", "机耕路", "灌溉渠", "排洪沟"),
        ("被占了", "堵住了", "年久失修", "和邻社说不清"),
        ("眼看就要浇水，渠里的泥有半人深。", "去年下大雨，水漫到了院子里。",
         "有确权证，图上写得清楚。", "希望有人到地里看一看，量一量。"),
        8,
    ),
    "transport": Theme(
        "公交",
        (*BLOCK, *VILLAGE), ("公交车", "班车", "斑马线", "红绿灯"),
        ("等一个小时也不来", "不按点走", "磨得看不见了", "时间太短过不去"),
        ("老人去医院要走两公里到大路上等车。", "学校门口早晚车多，孩子过路很危险。",
         "站牌上写的时间和实际不一样。", "司机说线路改了，站上没有贴通知。"),
        7,
    ),
    "question": Theme(
        "咨询",
        (*BLOCK, *VILLAGE), ("医保缴费", "孩子上学报名", "房产证", "户口迁移"),
        ("怎么办理", "需要什么材料", "在哪里办", "什么时候开始"),
        ("网上看了说法不一样，想问个准话。", "打过电话，一直占线。",
         "家里人在外地，能不能别人代办？", "以前办过一次，不知道现在变了没有。"),
        8,
    ),
}  # fmt: skip
DANGER = Theme(
    "危房",
    (*BLOCK, *VILLAGE), ("电线", "围墙", "燃气管子", "房檐"),
    ("掉下来了", "快要塌了", "有很大的味道", "往下掉砖块"),
    ("下面就是人走的路，请赶快来人。", "已经让孩子们绕开走，没有东西能围起来。",
     "怕出人命，等不得。", "刚才又掉了一块。"),
)  # fmt: skip
OUTAGE = Theme(
    "停电",
    (*BLOCK, *VILLAGE), ("整栋楼", "半个村子", "我们单元", "这一片"),
    ("停电了", "停水一天了", "没有燃气了", "暖气全停了"),
    ("没有人通知，也不知道什么时候来。", "冰箱里的东西都化了。", "家里有卧床的老人。",
     "打抢修电话说已经登记，一直没有见人。"),
)  # fmt: skip
ACCUSED = Theme(
    "窗口服务",
    VILLAGE, ("村里的账目", "低保名额", "工程款", "集体的地"),
    ("从来不公示", "给了自己亲戚", "说不清去了哪里", "没有开会就包出去了"),
    ("问的时候说没有义务告诉我们。", "村民签过字要求公开，没有下文。",
     "希望上级派人来查一查。", "怕被报复，请不要把我的名字告诉他们。"),
)  # fmt: skip

COMMON = (
    "这个情况已经有{n}天了。", "前后打过{n}次电话，没有见人来。", "左邻右舍都能作证。",
    "去年也反映过一次，当时修了，没有管多久。", "住在这里的大多是老人和孩子。",
    "不是什么大事，可是天天碰上，心里着急。", "希望能给个准信，什么时候能办。",
    "如果不归你们管，请告诉我该找哪个部门。", "白天家里一直有人，随时可以来看。",
    "我们也愿意出一份力，只是不知道怎么办。", "附近有{n}户人家都受影响。",
    "社区的同志来看过，说要往上报。", "下雨天尤其严重。", "现在天冷了，更是等不起。",
    "照片已经拍了，一看就明白。", "前天又出了一次，比原来还厉害。",
    "家里老人七十多岁，出门一趟很不容易。", "我是租住在这里的，房东说让我直接反映。",
    "请理解我们的难处，谢谢。", "孩子每天上学都要从这里过。",
)  # fmt: skip
ENDINGS = (
    "请尽快派人来看一看。", "盼望早日解决，谢谢！", "麻烦你们了。", "请给个答复。",
    "希望领导重视。", "辛苦了。", "请帮忙协调一下。", "谢谢你们！",
)  # fmt: skip
WORK = (
    "到现场看过，情况属实。", "已联系维修人员，约好明天上门。", "已和物业当面说好，三天内处理。",
    "和诉求人一起到现场核实。", "配件已经到货，今天安装。", "已报街道协调。",
    "走访了周围几户，了解情况。",
)  # fmt: skip
ANSWERS = (
    "您好，您反映的问题我们已到现场处理完毕。如果再出现，请随时联系我们。",
    "您好，经现场核实，情况属实，维修人员已于当天修好。给您带来不便，请谅解。",
    "您好，这件事已和有关单位商定，本月内施工，施工期间请您绕行。感谢您的反映。",
    "您好，您问的事项可以到镇便民服务大厅办理，带身份证和户口本即可，不收费。",
    "您好，我们已清理干净，并改为每天清运一次，请您监督。",
    "您好，经核对，补贴已于本月发放到您的卡上，请查收。有疑问可以随时联系我们。",
)  # fmt: skip
CALLED = ("已通话，约好上门看。", "电话里说清楚了情况。", "已联系，情况属实。", "")
SCOLDS = ("还是老样子。", "只看了一眼就走了。", "说修了，其实没有修。", "答非所问。")
PRAISES = ("处理得快，谢谢。", "干部很负责。", "", "", "")


class Writer:
    """Writes reports; the same ones again for the same `chance`."""

    def __init__(self, chance: Random):
        self._chance = chance
        self._names = list(THEMES)
        self._weights = [theme.weight for theme in THEMES.values()]

    def theme(self) -> str:
        return self._chance.choices(self._names, self._weights)[0]

    def report(self, theme: Theme) -> str:
        """A report about `theme`, its length drawn as those of real ones."""
        chance = self._chance
        wanted = min(max(chance.lognormvariate(log(MEDIAN), SPREAD), SHORTEST), LONGEST)
        lines = [chance.choice(theme.openings)]
        length = len(lines[0])
        more = cycle((*chance.sample(theme.details, len(theme.details)), *self._remarks()))
        while length < wanted:
            lines.append(next(more))
            length += len(lines[-1])
        if length > wanted and len(lines) > 2:
            lines[-1] = chance.choice(ENDINGS)
        return "".join(lines)[: LONGEST + 8]

    def _remarks(self) -> list[str]:
        """What fits to anything, in another order each time."""
        number = self._chance.choice((3, 5, 8, 12, 20))
        return [line.format(n=number) for line in self._chance.sample(COMMON, len(COMMON))]

    def again(self, text: str) -> str:
        """The same matter, as a neighbour tells it."""
        opening, stop, _more = text.partition("。")
        lines = [opening + stop, *self._remarks()[: self._chance.randint(1, 6)]]
        return "".join(lines)
