"""Printed pages as a telephone sees them: few pixels, aslant, out of focus, in poor light."""

from io import BytesIO
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

MM_PER_INCH = 25.4


def page_images(pdf: Path | BytesIO, *, pixels_per_mm: float) -> list[Image.Image]:
    """Each page as grey pixels."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        scale = pixels_per_mm * MM_PER_INCH / 72
        return [page.render(scale=scale).to_pil().convert("L") for page in document]
    finally:
        document.close()


def words_on(pdf: Path | BytesIO) -> list[str]:
    """The text of each page, as a program that searches the file finds it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def photographed(
    page: Image.Image, *, degrees: float, blur: float, slant: float = 0.06
) -> Image.Image:
    """The page photographed by hand: turned, seen from the side, blurred, in a dim stairwell."""
    turned = page.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=190)
    width, height = turned.size
    off = slant * width
    seen = turned.transform(
        (width, height),
        Image.Transform.QUAD,
        (-off, 0, 0, height, width, height, width + off, 0),
        Image.Resampling.BILINEAR,
        fillcolor=190,
    )
    dim = seen.filter(ImageFilter.GaussianBlur(blur)).point(lambda value: 45 + value * 0.5)
    noise = Image.effect_noise(dim.size, 14)
    return Image.blend(dim, noise, 0.08)


def torn(page: Image.Image, *, side: float, at: tuple[float, float]) -> Image.Image:
    """The page with a square scratched off, in shares of its width."""
    copy = page.copy()
    x, y, size = at[0] * page.width, at[1] * page.width, side * page.width
    ImageDraw.Draw(copy).rectangle((x, y, x + size, y + size), fill=235)
    return copy


def decoded(image: Image.Image) -> list[zxingcpp.Barcode]:
    """All QR codes that an independent decoder finds."""
    return list(zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode))
