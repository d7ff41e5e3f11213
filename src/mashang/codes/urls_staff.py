"""The pages of signs."""

from django.urls import path

from mashang.codes.views_staff import printing

HERE = "desk/codes"

urlpatterns = [
    path(f"{HERE}/batches", printing.batches, name="codes_batches"),
    path(f"{HERE}/batches/<int:key>", printing.batch, name="codes_batch"),
    path(f"{HERE}/batches/<int:key>/print", printing.ordered, name="codes_print"),
    path(f"{HERE}/prints/<int:key>", printing.run, name="codes_run"),
    path(f"{HERE}/prints/<int:key>/change", printing.change_run, name="codes_run_change"),
    path(f"{HERE}/prints/<int:key>/files/<int:number>", printing.file, name="codes_file"),
]
