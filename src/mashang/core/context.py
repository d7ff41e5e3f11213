"""What every page may show."""

from django.conf import settings
from django.http import HttpRequest

LARGE_TYPE_COOKIE = "large"


def page(request: HttpRequest) -> dict[str, object]:
    return {
        "city": settings.CITY_NAME,
        "hotline": settings.CITY_HOTLINE,
        "is_demo": settings.MODE == "demo",
        "large_type": request.COOKIES.get(LARGE_TYPE_COOKIE) == "1",
    }
