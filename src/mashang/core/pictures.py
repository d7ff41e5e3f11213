"""Pictures that are drawn on the server."""

import segno


def qr_picture(address: str) -> str:
    """A QR code of an address, in SVG without styles or scripts, for a page or for paper."""
    return segno.make(address, micro=False, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
