"""Papers made from a template: a demand letter, an application to mediation or arbitration.

What is filled in goes into the file and nowhere else. Libraries are loaded by whoever makes one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext_lazy

from mashang.legal.flows import Paper

# reportlab knows fonts by their name alone: two threads would draw with each other's characters.
_font_at_work = Lock()
LINE, LONG = "line", "long"
BLANK = "＿＿＿＿＿＿＿＿"


@dataclass(frozen=True)
class Blank:
    """One thing to fill in; what stays empty is printed as a line to write on."""

    name: str
    label: object
    kind: str = LINE
    help: object = ""


@dataclass(frozen=True)
class Template:
    """A paper: what is filled in, and its paragraphs with the blanks in braces. `to` is whom it is
    handed to, at its end. It is in Chinese whatever the page's language: Chinese offices read it.
    """

    title: str
    blanks: tuple[Blank, ...]
    paragraphs: tuple[str, ...]
    to: str = ""


ME = (
    Blank("me", gettext_lazy("您的姓名")),
    Blank("my_phone", gettext_lazy("您的电话")),
    Blank("my_address", gettext_lazy("您的住址")),
)
OTHER = (
    Blank("other", gettext_lazy("对方的姓名或名称")),
    Blank("other_address", gettext_lazy("对方的住址和电话")),
)
FACTS = Blank(
    "facts", gettext_lazy("事情经过"), LONG,
    gettext_lazy("哪年哪月哪日、在哪里、谁和谁、什么事、多少钱，一件一件写。"),
)  # fmt: skip
WANTS = Blank(
    "wants", gettext_lazy("您要求什么"), LONG, gettext_lazy("一行一条，例如：付清工资 8000 元。")
)
PARTIES = (
    "申请人：{me}　电话：{my_phone}　住址：{my_address}",
    "被申请人：{other}　住址和电话：{other_address}",
)
TEMPLATES: dict[Paper, Template] = {
    Paper.DEMAND: Template(
        "催告函",
        (
            *ME, *OTHER, FACTS, WANTS,
            Blank("days", gettext_lazy("请对方几天之内办"), LINE, gettext_lazy("例如：15")),
        ),
        (
            "{other}：",
            "事情经过如下。",
            "{facts}",
            "现请您在收到本函之日起 {days} 日内：",
            "{wants}",
            "到期没有办，我将依法申请调解、仲裁或者向人民法院起诉。",
            "我的联系方式：{my_phone}，{my_address}。",
        ),
    ),
    Paper.MEDIATION: Template(
        "人民调解申请书",
        (*ME, *OTHER, FACTS, WANTS),
        (
            *PARTIES,
            "纠纷简要情况：",
            "{facts}",
            "申请事项：",
            "{wants}",
            "我已经知道：人民调解自愿、不收费，任何时候都可以不再调解，也可以去起诉。",
        ),
        "人民调解委员会",
    ),
    Paper.LABOUR: Template(
        "劳动人事争议仲裁申请书",
        (
            *ME, Blank("my_card", gettext_lazy("您的身份证号码")), *OTHER,
            Blank("boss", gettext_lazy("单位负责人的姓名和职务")), WANTS, FACTS,
        ),
        (
            "申请人：{me}　身份证号码：{my_card}　电话：{my_phone}　住址：{my_address}",
            "被申请人：{other}　住所和电话：{other_address}　负责人：{boss}",
            "仲裁请求：",
            "{wants}",
            "事实和理由：",
            "{facts}",
            "证据和证据来源、证人姓名和住所：＿＿＿＿＿＿＿＿",
        ),
        "劳动人事争议仲裁委员会",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A paper with everything filled in."""

    title: str
    paragraphs: list[str]
    to: str
    closing: list[str]

    @property
    def characters(self) -> set[str]:
        return set("".join((self.title, self.to, *self.paragraphs, *self.closing)))


def written(paper: Paper, given: Mapping[str, str], *, today: date) -> Written:
    """The paper's words; a blank that was left empty stays a line to write on."""
    template = TEMPLATES[paper]
    filled = {blank.name: given.get(blank.name, "").strip() or BLANK for blank in template.blanks}
    paragraphs = [
        line for text in template.paragraphs for line in text.format(**filled).splitlines()
    ]
    signer = "申请人（签名、按手印）：" if template.to else "签名："
    return Written(
        template.title,
        paragraphs,
        f"此致　{template.to}" if template.to else "",
        [f"{signer}{BLANK}", f"{today.year}年{today.month}月{today.day}日"],
    )


def word(text: Written) -> bytes:
    """The paper as a Word document that can be edited further."""
    from docx import Document  # noqa: PLC0415
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Cm, Pt  # noqa: PLC0415

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "SimSun", Pt(14)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "SimSun")
    document.core_properties.title, document.core_properties.author = text.title, ""
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(text.title)
    run.bold, run.font.size = True, Pt(20)
    for line in text.paragraphs:
        document.add_paragraph(line).paragraph_format.line_spacing = 1.5
    if text.to:
        document.add_paragraph(text.to)
    for line in text.closing:
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def pdf(text: Written) -> bytes:
    """The paper on A4, fonts embedded. Raises Refused where this machine's font lacks a sign."""
    from mashang.codes.posters import fonts  # noqa: PLC0415 (fonts take memory)

    with _font_at_work:
        return _drawn(text, fonts.embedded("LegalFont", fonts.regular(), text.characters))


def _drawn(text: Written, font: str) -> bytes:
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415

    def style(size: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            "s", fontName=font, fontSize=size, leading=size * 1.8, wordWrap="CJK", **more
        )

    body = style(13)
    story: list[Any] = [
        Paragraph(escape(text.title), style(20, alignment=1, spaceAfter=14)),
        *(Paragraph(escape(line), body) for line in text.paragraphs),
        Spacer(1, 10),
    ]
    if text.to:
        story.append(Paragraph(escape(text.to), body))
    story += [Paragraph(escape(line), style(13, alignment=2)) for line in text.closing]
    file = BytesIO()
    paper = SimpleDocTemplate(
        file, pagesize=A4, title=text.title, author="",
        leftMargin=26 * mm, rightMargin=26 * mm, topMargin=26 * mm, bottomMargin=24 * mm,
    )  # fmt: skip
    paper.build(story)
    return file.getvalue()


MAKERS = {"docx": word, "pdf": pdf}
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
