"""Where one is reminded besides the SMS: one's own page, and the group of the unit one heads."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mashang.messaging import nudging
from mashang.messaging.forms import FORMS, AddressForm
from mashang.messaging.models import OF_A_GROUP, Address, Channel
from mashang.people.actors import Staff, signed_in
from mashang.people.models import Unit


@dataclass(frozen=True)
class Way:
    """A channel as the page offers it, to a person or to a unit's group."""

    channel: Channel
    unit: Unit | None
    kept: list[Address]
    form: AddressForm

    @property
    def is_push(self) -> bool:
        return self.channel == Channel.PUSH


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def reminders(request: HttpRequest, actor: Staff) -> HttpResponse:
    """POST keeps an address: `channel`, `unit` for a group, and the form's own fields."""
    units = nudging.leads(actor)
    typed, asked = None, (request.POST.get("channel", ""), request.POST.get("unit", ""))
    if request.method == "POST":
        typed, unit = _typed(request, units)
        if typed.is_valid():
            row = nudging.keep_address(typed.channel, typed.kept(), by=actor, unit=unit)
            nudging.try_address(row.pk, by=actor)
            messages.success(request, _("已存好，马上试发一条。收到了就说明设置好了。"))
            return redirect("reminders")
    rows, ways = nudging.visible_to(actor), []
    for channel in map(Channel, nudging.channels_in_use()):
        for unit in units if channel in OF_A_GROUP else [None]:
            key = unit.pk if unit else None
            form = typed if asked == (channel, str(key or "")) and typed else FORMS[channel]()
            kept = [row for row in rows if (row.channel, row.unit_id) == (channel, key)]
            ways.append(Way(channel, unit, kept, form))
    lane = nudging.push_lane()
    context = {"ways": ways, "push_key": lane.sender.public if lane else ""}
    status = 422 if request.method == "POST" else 200
    return render(request, "messaging/reminders.html", context, status=status)


def _typed(request: HttpRequest, units: list[Unit]) -> tuple[AddressForm, Unit | None]:
    """The form that was sent, and the unit that it is for. 404 for what the page does not offer."""
    channel = request.POST.get("channel", "")
    if channel not in nudging.channels_in_use():
        raise Http404
    unit = next((each for each in units if str(each.pk) == request.POST.get("unit")), None)
    if (channel in OF_A_GROUP) != (unit is not None):
        raise Http404
    return FORMS[channel](request.POST), unit


@require_POST
@signed_in
def act(request: HttpRequest, actor: Staff, key: int, action: str) -> HttpResponse:
    """Try an address, or remind nobody there any more."""
    if action not in ("try", "drop"):
        raise BadRequest
    done = nudging.try_address if action == "try" else nudging.drop_address
    if not done(key, by=actor):
        raise Http404
    said = _("已试发一条，一分钟内最多一条。") if action == "try" else _("已停用，也不再保存。")
    messages.success(request, said)
    return redirect("reminders")
