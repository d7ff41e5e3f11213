"""What a newcomer should find besides the SMS: reminders on other channels, a platform that puts
calls through. Each is a provider with the option `demo`, which sends nothing and rings nobody."""

from mashang.demo.staffing import SHOWN_COMMUNITY
from mashang.messaging.models import Address, Channel, Provider, ProviderKind
from mashang.people.models import Account, Unit

DEMO = {"demo": True}
PROVIDERS = (
    (ProviderKind.SMTP, "mail", "电子邮件（演示）"),
    (ProviderKind.WECOM_GROUP, "wecom-group", "企业微信群（演示）"),
    (ProviderKind.WECOM_APP, "wecom", "企业微信（演示）"),
    (ProviderKind.CALL_GATEWAY, "calls", "点击拨打（演示，不真打电话）"),
)
REMINDED = ("yihe", "township", "county")  # who has set one up


def fill() -> None:
    people = Account.objects.filter(username__in=REMINDED)
    if Provider.objects.exists() or not people:
        return
    Provider.objects.bulk_create(
        Provider(code=code, name=name, kind=kind, options=DEMO) for kind, code, name in PROVIDERS
    )
    addresses = [
        Address(
            channel=Channel.WECOM_APP,
            account=person,
            fields={"user": person.username},
            digest=person.username,
        )
        for person in people
    ]
    for unit in Unit.objects.filter(place=SHOWN_COMMUNITY, posts__account__username="yihe")[:1]:
        fields = {"key": "demo"}
        addresses.append(
            Address(channel=Channel.WECOM_GROUP, unit=unit, fields=fields, digest="demo")
        )
    Address.objects.bulk_create(addresses)
