"""A table handed in on a page: checked first, then loaded as it was checked.

Between the two the file travels in the page itself, so that nothing waits on the server and the
second step needs no new choosing.
"""

import base64
import binascii
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.configuration.actions import recorded
from mashang.configuration.changing import ChangeForm, Preview
from mashang.configuration.loading import Loaded
from mashang.core.errors import Refused
from mashang.core.tables import BadTable
from mashang.people.actors import Staff

MOST_BYTES = 150 * 1024  # larger ones by the command: a page takes 256 KB in all
MOST_SHOWN = 200
SUFFIXES = (".csv", ".xlsx", ".xls")
Read = Callable[..., Loaded]


class ImportForm(ChangeForm):
    """`read` loads a file: `read(path, dry_run=, by=)`; `kind` is that of the register."""

    file = forms.FileField(
        label=gettext_lazy("表格"),
        required=False,
        help_text=gettext_lazy("CSV 或 Excel（.xlsx），第一行是表头。"),
        widget=forms.FileInput({"accept": ".csv,.xlsx"}),
    )
    name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    content = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        read: Read,
        kind: str,
    ) -> None:
        super().__init__(data, files=files)
        self.read, self.kind = read, kind
        self.table_faults: list[str] = []

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [*super().faults, *(("id_file", fault) for fault in self.table_faults)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file = given.pop("file", None)
        if file is not None:
            if file.size > MOST_BYTES:
                self.add_error("file", _("文件太大（最多 150 KB），请用命令导入或分成几个。"))
                return given
            given["name"] = Path(file.name).name
            given["content"] = base64.b64encode(file.read()).decode()
        if not given.get("content"):
            self.add_error("file", _("请选择要导入的表格。"))
        elif Path(given.get("name", "")).suffix.lower() not in SUFFIXES:
            self.add_error("file", _("只能导入 .csv 或 .xlsx 文件。"))
        # What is shown again, file and all, is what was read.
        self.data = {**self.data.dict(), **{name: given.get(name, "") for name in KEPT}}
        return given

    def _load(self, *, dry_run: bool, by: models.Model | None) -> Loaded:
        try:
            content = base64.b64decode(self.cleaned_data["content"], validate=True)
        except binascii.Error as error:
            raise Refused(_("文件没有传完整，请重新选择。")) from error
        suffix = Path(self.cleaned_data["name"]).suffix.lower()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table{suffix}"
            path.write_bytes(content)
            try:
                return self.read(path, dry_run=dry_run, by=by)
            except BadTable as bad:
                self.table_faults = [str(fault) for fault in bad.faults[:MOST_SHOWN]]
                raise Refused(
                    _("表格有 {count} 处要改，什么都没有写入。").format(count=len(bad.faults))
                ) from bad

    def preview(self) -> Preview:
        with transaction.atomic():
            loaded = self._load(dry_run=True, by=None)
        notes = [_("文件 {name}：{tally}。").format(name=self.data["name"], tally=loaded.tally)]
        if len(loaded.changes) > MOST_SHOWN:
            notes.append(_("改动太多，只列出前 {count} 条。").format(count=MOST_SHOWN))
        return Preview(loaded.changes[:MOST_SHOWN], notes=notes)

    def make(self, actor: Staff) -> str:
        loaded = self._load(dry_run=False, by=actor.account)
        recorded(
            self.kind,
            by=actor,
            what=_("导入 {name}：{tally}").format(name=self.data["name"], tally=loaded.tally),
            changes=loaded.changes[:MOST_SHOWN],
            reason=self.cleaned_data["reason"],
        )
        return _("已导入：{tally}。").format(tally=loaded.tally)


KEPT = ("name", "content")
