"""Codes that exist already, as a table; all else about signs is at /desk/codes."""

from functools import partial
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from mashang.codes.loading import COLUMNS, load_codes
from mashang.configuration.access import change_page
from mashang.configuration.changing import change
from mashang.configuration.forms.importing import ImportForm
from mashang.configuration.loading import Loaded
from mashang.people.actors import Staff
from mashang.people.models import Account

LIST = "codes_batches"


def _read(path: Path, *, dry_run: bool, by: Account | None) -> Loaded:
    """The table of `mashang load-codes`; it tells how many, and each sign's history which."""
    return Loaded(load_codes(path, dry_run=dry_run, by=by))


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def imported(request: HttpRequest, actor: Staff) -> HttpResponse:
    make = partial(ImportForm, read=_read, kind="code")
    form = make(request.POST, request.FILES) if request.method == "POST" else make()
    context = {"columns": COLUMNS, "example": EXAMPLE, "back": LIST}
    return change(
        request, actor, form, template="configuration/import.html", context=context, back=LIST
    )


EXAMPLE = "地点代码,楼栋或位置,批次,批次类别\n620402004007,5号楼,2026年秋季楼栋,居民楼\n"
