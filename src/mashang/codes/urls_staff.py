"""The pages of signs."""

from django.urls import path

from mashang.codes.views_staff import batches, printing, signs

HERE = "desk/codes"

urlpatterns = [
    path(HERE, signs.listed, name="codes"),
    path(f"{HERE}/places", signs.places, name="codes_places"),
    path(f"{HERE}/posting", signs.posting, name="codes_posting"),
    path(f"{HERE}/of/<slug:code>", signs.one, name="codes_sign"),
    path(f"{HERE}/of/<slug:code>/<slug:do>", signs.act, name="codes_act"),
    path(f"{HERE}/batches", batches.listed, name="codes_batches"),
    path(f"{HERE}/batches/new", batches.planned, name="codes_batch_new"),
    path(f"{HERE}/batches/plans/<int:key>", batches.draft, name="codes_draft"),
    path(f"{HERE}/batches/<int:key>", batches.one, name="codes_batch"),
    path(f"{HERE}/batches/<int:key>/table", batches.table, name="codes_batch_table"),
    path(f"{HERE}/batches/<int:key>/print", printing.ordered, name="codes_print"),
    path(f"{HERE}/prints/<int:key>", printing.run, name="codes_run"),
    path(f"{HERE}/prints/<int:key>/change", printing.change_run, name="codes_run_change"),
    path(f"{HERE}/prints/<int:key>/files/<int:number>", printing.file, name="codes_file"),
]
