"""E-mail by the mail server that reports go by (MASHANG_SMTP_URL), or by one of the provider's
own: options `host`, `port`, `from`, `tls` (false: STARTTLS), its user and password as secrets.

SMTP has nobody to ask what became of a mail. After the text was handed over a lost answer is
unknown, and the mail is not sent again.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid

from django.conf import settings

from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    AddressGone,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
)

# The mailbox is not there, or takes nothing (RFC 5321 4.2.3, RFC 3463).
NO_MAILBOX = frozenset({550, 551, 553})


class Smtp:
    """One mail over one connection; `parcel.address["email"]` is where it goes."""

    uses_network = True

    def __init__(self, account: Account):
        own = account.option("host")
        self._host = own or settings.EMAIL_HOST
        self._port = int(account.option("port", "465")) if own else settings.EMAIL_PORT
        self._user = account.key if own else settings.EMAIL_HOST_USER
        self._password = account.secret if own else settings.EMAIL_HOST_PASSWORD
        self._is_tls = account.options.get("tls", True) if own else settings.EMAIL_USE_SSL
        self._is_open = bool(own and account.option("protocol").lower() == "smtp")
        self._from = account.option("from") or settings.MAIL_FROM
        self._seconds = account.seconds
        if not self._from:
            raise ValueError("no sender: set MASHANG_MAIL_FROM, or the option from")

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self._is_tls and not self._is_open:
            server = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._seconds, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._seconds)
        try:
            if not self._is_tls and not self._is_open:
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def send(self, parcel: Parcel) -> str:
        to = parcel.address.get("email", "")
        mail = EmailMessage()
        mail["From"], mail["To"] = self._from, to
        mail["Subject"] = parcel.text
        mail["Message-ID"] = make_msgid(domain=self._from.rpartition("@")[2].rstrip(">") or None)
        mail.set_content(parcel.text + "\n")
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            # A server's answer to signing in may quote the user, and goes no further.
            raise TemporaryFailure(f"no connection ({type(error).__name__})") from None
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, _told = next(iter(error.recipients.values()), (0, b""))
            raise _refusal(code, at_recipient=True) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            raise OutcomeUnknown(f"no answer ({type(error).__name__})") from None
        finally:
            server.close()
        return str(mail["Message-ID"])[:80]

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN


def _refusal(code: int, *, at_recipient: bool = False) -> Exception:
    """Servers quote the address in a refusal; the code says enough."""
    words = f"SMTP {code}"
    if 400 <= code < 500 or code in (530, 535):
        return TemporaryFailure(words)
    if at_recipient and code in NO_MAILBOX:
        return AddressGone(words)
    return PermanentFailure(words)
