from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "mashang.places"
    verbose_name = "区划与地点"
