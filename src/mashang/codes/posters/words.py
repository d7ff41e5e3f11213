"""What signs say: the words of an order, and what one sign says of itself."""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Words:
    """What all signs of one order say; second_… are in the city's second script."""

    title: str = "有事扫码说"
    promise: str = "半小时内，干部给您回电话"
    step_one: str = "扫一扫"
    step_two: str = "写下来或说出来"
    step_three: str = "点一次提交"
    by_hand: str = "扫不了？手机打开 {host}，填上编码"
    phone_label: str = "也可以打电话"
    hotline: str = ""
    emergency: str = "着火、受伤、有危险，直接打 119  120  110"
    second_title: str = ""
    host: str = ""

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Words":
        known = {field.name for field in fields(cls)}
        return cls(**{name: str(value) for name, value in data.items() if name in known})

    def own(self) -> str:
        """All Chinese words, for the font."""
        return "".join(v for name, v in self.as_data().items() if not name.startswith("second_"))

    def second(self) -> str:
        """All words of the second script."""
        return "".join(v for name, v in self.as_data().items() if name.startswith("second_"))

    @property
    def by_hand_said(self) -> str:
        return self.by_hand.replace("{host}", self.host)


@dataclass(frozen=True)
class Sign:
    """What one sign says of itself."""

    code: str
    address: str
    above: str  # 白银区工农路街道
    place: str  # 颐和社区
    spot: str = ""
    second: str = ""  # the place in the second script

    @property
    def name(self) -> str:
        return f"{self.place} {self.spot}".strip()
