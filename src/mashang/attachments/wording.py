"""Sentences that more than one place says to the person who sent a file."""

from django.conf import settings
from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024


def photo_too_large() -> str:
    return _("照片超过 %(limit)d MB，太大了。请在相册里打开它截一张屏，再发截屏。") % {
        "limit": settings.PHOTO_LIMIT // MEGABYTE
    }


def voice_too_long() -> str:
    return _("录音太长了。请录一分钟以内的。")


def one_voice_only() -> str:
    return _("只能有一段录音。要换一段，请先删掉原来的。")


def no_space() -> str:
    return _("存储空间满了，文件没有存下。您写的文字不受影响，可以先提交，以后再补。")
