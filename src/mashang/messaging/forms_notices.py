"""Writing a notice: what it says, and to whom it goes."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.tables import BadTable, Column, Faults, read_table
from mashang.core.text import clean_line, clean_text
from mashang.messaging.notices import Listed, posts_of, sort_out
from mashang.people.actors import Staff
from mashang.people.models import Post, Role
from mashang.places.models import Place

MOST_BYTES = 2 * 1024 * 1024
SUFFIXES = (".csv", ".xlsx")
COLUMNS = (Column("phone", ("手机", "手机号", "手机号码", "电话", "联系电话"), is_required=True),)
BETWEEN = re.compile(r"[\s,，;；、]+")
MOST_FAULTS = 20
NUMBERS, TABLE, STAFF = "numbers", "table", "staff"
# A post of the running of the system is no office that notices are written to.
OFFICES = [
    (role.value, role.label)
    for role in (Role.HANDLER, Role.DISPATCHER, Role.LEADER, Role.INSPECTOR, Role.PUBLISHER)
]


class NoticeForm(forms.Form):
    """`listed` and `audience` are whom it goes to, once it is valid."""

    title = forms.CharField(
        label=gettext_lazy("事由"),
        max_length=20,
        help_text=gettext_lazy("最多 20 个字，会写在短信里，比如“明早8点到12点停水”"),
        error_messages={
            "required": gettext_lazy("请写事由。"),
            "max_length": gettext_lazy("事由最多 20 个字。"),
        },
    )
    body = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=2000,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy(
            "点开短信里的链接看到的就是这些。不要写任何人的姓名、电话、身份证号。"
        ),
        error_messages={
            "required": gettext_lazy("请写正文。"),
            "max_length": gettext_lazy("正文最多 2000 个字。"),
        },
    )
    post = forms.ChoiceField(label=gettext_lazy("署名单位"))
    to = forms.ChoiceField(
        label=gettext_lazy("发给谁"),
        choices=[
            (NUMBERS, gettext_lazy("下面写的手机号")),
            (TABLE, gettext_lazy("表格里的手机号")),
            (STAFF, gettext_lazy("一个地方的工作人员")),
        ],
        initial=NUMBERS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选发给谁。")},
    )
    numbers = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        help_text=gettext_lazy("一行一个，或用逗号、空格隔开"),
    )
    table = forms.FileField(
        label=gettext_lazy("表格"),
        required=False,
        help_text=gettext_lazy("CSV 或 Excel（.xlsx），第一行是表头，只要“手机号”这一列"),
        widget=forms.FileInput({"accept": ".csv,.xlsx"}),
    )
    place = forms.ChoiceField(label=gettext_lazy("地方"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("哪些人"),
        required=False,
        choices=[("", gettext_lazy("全部工作人员")), *OFFICES],
    )
    per_minute = forms.IntegerField(
        label=gettext_lazy("每分钟最多发几条"),
        min_value=10,
        max_value=3000,
        initial=300,
        help_text=gettext_lazy("10 到 3000；发得慢，发现写错了还来得及停"),
        error_messages={
            "required": gettext_lazy("请写 10 到 3000 的数。"),
            "invalid": gettext_lazy("请写 10 到 3000 的数。"),
            "min_value": gettext_lazy("请写 10 到 3000 的数。"),
            "max_value": gettext_lazy("请写 10 到 3000 的数。"),
        },
    )

    listed: Listed
    audience: str

    def __init__(
        self, data: Mapping[str, Any] | None = None, files: Any = None, *, actor: Staff
    ) -> None:
        super().__init__(data, files)
        self._posts = {str(post.pk): post for post in posts_of(actor)}
        self.fields["post"].choices = [  # type: ignore[attr-defined]
            (key, f"{post.unit.name}（{post.place.name}）") for key, post in self._posts.items()
        ]
        self._places = {place.code: place for place in self._reachable()}
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            (code, place.name) for code, place in self._places.items()
        ]

    def _reachable(self) -> list[Place]:
        """The places of the writer's posts and those right below."""
        codes = [post.place_id for post in self._posts.values()]
        return list(Place.objects.filter(Q(code__in=codes) | Q(parent__in=codes)).order_by("code"))

    @property
    def chosen_post(self) -> Post:
        return self._posts[self.cleaned_data["post"]]

    def clean_title(self) -> str:
        return clean_line(self.cleaned_data["title"]).rstrip("。.")

    def clean_body(self) -> str:
        return clean_text(self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        to = given.get("to")
        if to == NUMBERS:
            if not (given.get("numbers") or "").strip():
                self.add_error("numbers", _("请写手机号。"))
            self.listed = sort_out(BETWEEN.split(given.get("numbers") or ""))
            self.audience = _("手写的号码")
        elif to == TABLE:
            self.listed, self.audience = sort_out(self._read(given.get("table"))), _("表格里的号码")
        elif to == STAFF:
            self._choose_staff(given)
        return given

    def _read(self, file: Any) -> list[str]:
        if file is None:
            self.add_error("table", _("请选择表格。文件不会留在页面里，改了别处要重新选。"))
            return []
        suffix = Path(file.name).suffix.lower()
        if suffix not in SUFFIXES:
            self.add_error("table", _("只能用 .csv 或 .xlsx 文件。"))
            return []
        if file.size > MOST_BYTES:
            self.add_error("table", _("文件太大（最多 2 MB），请分成几个。"))
            return []
        faults = Faults()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table{suffix}"
            path.write_bytes(file.read())
            try:
                rows = read_table(path, COLUMNS, faults)
                faults.stop_if_any()
            except BadTable as bad:
                for fault in bad.faults[:MOST_FAULTS]:
                    self.add_error("table", str(fault))
                return []
        return [row.cells.get("phone", "") for row in rows]

    def _choose_staff(self, given: dict[str, Any]) -> None:
        place = self._places.get(given.get("place") or "")
        if place is None:
            self.add_error("place", _("请选择地方。"))
            return
        posts = Post.objects.current().filter(place__code__startswith=place.code)
        roles = [given["role"]] if given.get("role") else [value for value, _label in OFFICES]
        found = posts.filter(role__in=roles).select_related("account")
        phones = {post.account_id: post.account.phone or "" for post in found}
        self.listed = sort_out(phones.values())
        who = dict(OFFICES).get(given.get("role", ""), _("全部工作人员"))
        self.audience = _("{place}的工作人员（{who}）").format(place=place.name, who=who)
