"""Reports as real mail servers write them, with our own addresses filled in.

`%(verp)s`: the return address of the mail; `%(to)s`: its recipient; `%(id)s`: its Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass

from guests.models import Fate

RETURNED = """\
Return-Path: <%(verp)s>
Received: by mail.party.example.org; Mon, 24 May 2027 11:00:02 +0000
Subject: JJ turns 6, and Mia can come?
From: "Dee (Full Table)" <hello@party.example.org>
To: "Anna" <%(to)s>
Date: Mon, 24 May 2027 11:00:00 +0000
Message-ID: %(id)s
Auto-Submitted: auto-generated
"""

POSTFIX = """\
Return-Path: <>
X-Original-To: %(verp)s
Delivered-To: %(verp)s
Received: by mx.example.net (Postfix) id 4F1C2D; Mon, 24 May 2027 11:00:09 +0000 (UTC)
Date: Mon, 24 May 2027 11:00:09 +0000 (UTC)
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: %(verp)s
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4D1B20.1811/mx.example.net"
Message-Id: <20270524110009.4F1C2D@mx.example.net>

This is a MIME-encapsulated message.

--4D1B20.1811/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

--4D1B20.1811/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4D1B20
X-Postfix-Sender: rfc822; %(verp)s
Arrival-Date: Mon, 24 May 2027 11:00:08 +0000 (UTC)

Final-Recipient: rfc822; %(to)s
Original-Recipient: rfc822;%(to)s
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: {said}

--4D1B20.1811/mx.example.net
Content-Description: Undelivered Message
Content-Type: message/rfc822

{returned}
Dear Anna
--4D1B20.1811/mx.example.net--
"""

EXIM = """\
Return-path: <>
Envelope-to: %(verp)s
Delivery-date: Mon, 24 May 2027 12:00:04 +0100
Received: from Debian-exim by mx.example.net with local (Exim 4.96)
\tid 1ovQ5c-0004Yb-1x; Mon, 24 May 2027 12:00:04 +0100
X-Failed-Recipients: %(to)s
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: %(verp)s
References: %(id)s
Content-Type: multipart/report; report-type=delivery-status; boundary=1684926004-eximdsn-804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1ovQ5c-0004Yb-1x@mx.example.net>
Date: Mon, 24 May 2027 12:00:04 +0100

--1684926004-eximdsn-804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1684926004-eximdsn-804289383
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Action: failed
Final-Recipient: rfc822;%(to)s
Status: 5.0.0
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; {said}

--1684926004-eximdsn-804289383
Content-type: message/rfc822

{returned}
--1684926004-eximdsn-804289383--
"""

OLD_EXIM = """\
Return-path: <>
Envelope-to: %(verp)s
X-Failed-Recipients: %(to)s
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: %(verp)s
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1XiRb9-0002Wn-Ju@mx.example.net>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  %(to)s
    SMTP error from remote mail server after RCPT TO:<%(to)s>:
    host mail.example.com [192.0.2.7]: 550 No such user here

------ This is a copy of the message, including all the headers. ------

{returned}
"""

EXCHANGE = """\
From: Microsoft Outlook
 <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.onmicrosoft.com>
To: <%(verp)s>
Date: Mon, 24 May 2027 11:00:11 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="e4dd5c0a-6c6e-4b44-a4f8-6e9c5f3a2a11"
Content-Language: de-DE
Message-ID: <7f2f01ae-3b1d-4cba-9d7d-4b7d9f7c2b0e@EUR05.prod.outlook.com>
In-Reply-To: %(id)s
References: %(id)s
Thread-Topic: JJ turns 6
Subject: =?utf-8?B?VW56dXN0ZWxsYmFyOiBKSiB0dXJucyA2?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--e4dd5c0a-6c6e-4b44-a4f8-6e9c5f3a2a11
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="inner-1"

--inner-1
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

SWhyZSBOYWNocmljaHQga29ubnRlIG5pY2h0IHp1Z2VzdGVsbHQgd2VyZGVuLg==

--inner-1
Content-Type: text/html; charset="utf-8"

<html><body>Ihre Nachricht</body></html>

--inner-1--

--e4dd5c0a-6c6e-4b44-a4f8-6e9c5f3a2a11
Content-Type: message/delivery-status

Reporting-MTA: dns;AM9PR05MB1234.eurprd05.prod.outlook.com
Received-From-MTA: dns;mail.party.example.org
Arrival-Date: Mon, 24 May 2027 11:00:09 +0000

Final-Recipient: rfc822;%(to)s
Action: failed
Status: {status}
Diagnostic-Code: smtp;{said}

--e4dd5c0a-6c6e-4b44-a4f8-6e9c5f3a2a11
Content-Type: message/rfc822

{returned}
--e4dd5c0a-6c6e-4b44-a4f8-6e9c5f3a2a11--
"""

GMAIL = """\
Delivered-To: %(verp)s
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: %(verp)s
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: %(id)s
In-Reply-To: %(id)s
Message-ID: <64a1b2c3.050a0220.1f5a.GMR@mx.google.com>
Date: Mon, 24 May 2027 04:00:13 -0700 (PDT)
Content-Type: multipart/report; boundary="000000000000c0ffee"; report-type=delivery-status

--000000000000c0ffee
Content-Type: multipart/related; boundary="000000000000decade"

--000000000000decade
Content-Type: text/html; charset="UTF-8"

<html><p>Address not found</p></html>
--000000000000decade--
--000000000000c0ffee
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Mon, 24 May 2027 04:00:12 -0700 (PDT)
X-Original-Message-ID: %(id)s

Final-Recipient: rfc822; %(to)s
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}
Last-Attempt-Date: Mon, 24 May 2027 04:00:13 -0700 (PDT)

--000000000000c0ffee
Content-Type: message/rfc822

{returned}
--000000000000c0ffee--
"""

SENDMAIL = """\
Return-Path: <MAILER-DAEMON>
Received: from localhost (localhost) by mx.example.net (8.17.1/8.17.1) id 34OB0Axx012345;
\tMon, 24 May 2027 11:00:10 GMT
Date: Mon, 24 May 2027 11:00:10 GMT
From: Mail Delivery Subsystem <MAILER-DAEMON>
Message-Id: <202705241100.34OB0Axx012345@mx.example.net>
To: <%(verp)s>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="34OB0Axx012345.1684926010/mx.example.net"
Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)

This is a MIME-encapsulated message

--34OB0Axx012345.1684926010/mx.example.net

   ----- The following addresses had {heading} -----
<%(to)s>

--34OB0Axx012345.1684926010/mx.example.net
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Received-From-MTA: DNS; mail.party.example.org
Arrival-Date: Mon, 24 May 2027 11:00:09 GMT

Final-Recipient: RFC822; %(to)s
Action: {action}
Status: {status}
Remote-MTA: DNS; mail.example.com
Diagnostic-Code: SMTP; {said}
Last-Attempt-Date: Mon, 24 May 2027 11:00:10 GMT
Will-Retry-Until: Sat, 29 May 2027 11:00:09 GMT

--34OB0Axx012345.1684926010/mx.example.net
Content-Type: text/rfc822-headers

{returned}
--34OB0Axx012345.1684926010/mx.example.net--
"""

ARF = """\
From: <staff@hotmail.example>
To: <{complaints_to}>
Date: Mon, 24 May 2027 12:00:00 +0000
Subject: complaint about message from 192.0.2.1
Message-ID: <{number}@fbl.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54"

--part1_13d.2e68ed54
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP 192.0.2.1.

--part1_13d.2e68ed54
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeGenerator/1.0
Version: 1
{more}Received-Date: Mon, 24 May 2027 11:00:00 +0000
Source-IP: 192.0.2.1

--part1_13d.2e68ed54
Content-Type: message/rfc822
Content-Disposition: inline

{returned}
Dear Anna

--part1_13d.2e68ed54--
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One report, and what follows from it."""

    text: str
    fate: Fate
    status: str
    final: bool = True

    def filled(self, *, verp: str, to: str, message_id: str) -> bytes:
        return (self.text % {"verp": verp, "to": to, "id": message_id}).encode()


def _postfix(action: str, status: str, said: str) -> str:
    return POSTFIX.format(action=action, status=status, said=said, returned=RETURNED)


def _exim(said: str) -> str:
    return EXIM.format(said=said, returned=RETURNED)


def _exchange(status: str, said: str) -> str:
    return EXCHANGE.format(status=status, said=said, returned=RETURNED)


def _gmail(action: str, status: str, said: str) -> str:
    return GMAIL.format(action=action, status=status, said=said, returned=RETURNED)


def _sendmail(action: str, status: str, said: str, heading: str = "permanent fatal errors") -> str:
    return SENDMAIL.format(
        action=action, status=status, said=said, heading=heading, returned=RETURNED
    )


REPORTS = {
    "Postfix, nobody of that name": Sample(
        _postfix(
            "failed",
            "5.1.1",
            "smtp; 550 5.1.1 <%(to)s>: Recipient address rejected: User\n    unknown in virtual"
            " mailbox table",
        ),
        Fate.HARD,
        "5.1.1",
    ),
    "Postfix, no such domain": Sample(
        _postfix(
            "failed",
            "5.4.4",
            "X-Postfix; Host or domain name not found. Name service error for name=gmial.example"
            " type=AAAA: Host not found",
        ),
        Fate.HARD,
        "5.4.4",
    ),
    "Postfix, the domain takes no mail": Sample(
        _postfix("failed", "5.1.0", "X-Postfix; Domain example.com does not accept mail (nullMX)"),
        Fate.HARD,
        "5.1.0",
    ),
    "Postfix, delayed": Sample(
        _postfix(
            "delayed",
            "4.4.1",
            "X-Postfix; connect to mail.example.com[192.0.2.7]:25: Connection timed out",
        ),
        Fate.SOFT,
        "4.4.1",
        final=False,
    ),
    "Postfix, given up after five days": Sample(
        _postfix(
            "failed", "4.4.1", "X-Postfix; connect to mail.example.com[192.0.2.7]:25: refused"
        ),
        Fate.SOFT,
        "4.4.1",
    ),
    "Postfix, mailbox full": Sample(
        _postfix("failed", "5.2.2", "smtp; 552 5.2.2 <%(to)s>: user is over quota"),
        Fate.SOFT,
        "5.2.2",
    ),
    "Postfix, on a blacklist": Sample(
        _postfix(
            "failed",
            "5.7.1",
            "smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using"
            " zen.spamhaus.org",
        ),
        Fate.POLICY,
        "5.7.1",
    ),
    "Postfix, relayed to a server without reports": Sample(
        _postfix("relayed", "2.0.0", "smtp; 250 2.0.0 Ok: queued as 7B2"), Fate.DELIVERED, "2.0.0"
    ),
    "Postfix, delivered": Sample(
        _postfix("delivered", "2.0.0", "smtp; 250 2.0.0 OK"), Fate.DELIVERED, "2.0.0"
    ),
    "Exim, the code is in the words": Sample(
        _exim("550 5.1.1 <%(to)s>: Recipient address rejected: User unknown"), Fate.HARD, "5.0.0"
    ),
    "Exim, no code at all": Sample(_exim("550 Unrouteable address"), Fate.HARD, "5.0.0"),
    "Exim, we are not wanted": Sample(
        _exim("550 Message rejected because of spam content"), Fate.POLICY, "5.0.0"
    ),
    "Exim, of before there were reports": Sample(OLD_EXIM.format(returned=RETURNED), Fate.HARD, ""),
    "Exchange, recipient not found": Sample(
        _exchange(
            "5.1.10",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient %(to)s not found by SMTP"
            " address lookup",
        ),
        Fate.HARD,
        "5.1.10",
    ),
    "Exchange, rejected at the edge": Sample(
        _exchange(
            "5.4.1",
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"
            " [DB5EUR02FT123.eop-EUR02.prod.protection.outlook.com]",
        ),
        Fate.HARD,
        "5.4.1",
    ),
    "Outlook.com, mailbox unavailable": Sample(
        _exchange("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable"),
        Fate.HARD,
        "5.5.0",
    ),
    "Exchange, quota": Sample(
        _exchange(
            "5.2.2",
            "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        ),
        Fate.SOFT,
        "5.2.2",
    ),
    "Gmail, no such account": Sample(
        _gmail(
            "failed",
            "5.1.1",
            "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
            " 550-5.1.1 double-checking the recipient's email address for typos or\n"
            " 550 5.1.1 unnecessary spaces. For more information, go to\n"
            " 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser x1-gsmtp",
        ),
        Fate.HARD,
        "5.1.1",
    ),
    "Gmail, disabled": Sample(
        _gmail(
            "failed", "5.2.1", "550 5.2.1 The email account that you tried to reach is inactive."
        ),
        Fate.HARD,
        "5.2.1",
    ),
    "Gmail, delayed": Sample(
        _gmail("delayed", "4.4.1", "The recipient server did not accept our requests to connect."),
        Fate.SOFT,
        "4.4.1",
        final=False,
    ),
    "Gmail, not authenticated": Sample(
        _gmail("failed", "5.7.26", "550-5.7.26 This mail has been blocked: unauthenticated sender"),
        Fate.POLICY,
        "5.7.26",
    ),
    "sendmail, user unknown": Sample(
        _sendmail("failed", "5.1.1", "550 5.1.1 User unknown"), Fate.HARD, "5.1.1"
    ),
    "sendmail, will be tried until": Sample(
        _sendmail("delayed", "4.2.0", "451 4.3.0 Try again later", "transient non-fatal errors"),
        Fate.SOFT,
        "4.2.0",
        final=False,
    ),
    "sendmail, delivered where no reports are made": Sample(
        _sendmail("relayed (to non-DSN-aware mailer)", "2.0.0", "250 ok", "successful delivery"),
        Fate.DELIVERED,
        "2.0.0",
    ),
}

OUT_OF_OFFICE = """\
From: %(to)s
To: %(verp)s
Subject: Out of office: JJ turns 6
Auto-Submitted: auto-replied
X-Autoreply: yes
In-Reply-To: %(id)s
References: %(id)s
Message-ID: <ooo-1@example.com>
Content-Type: text/plain; charset=utf-8

I am away until Monday. 550 5.1.1 is not what this is.
"""


def complaint(
    *,
    feedback: str = "abuse",
    more: str = "Original-Rcpt-To: <%(to)s>\n",
    complaints_to: str = "abuse@party.example.org",
    returned: str = RETURNED,
    number: int = 1,
) -> str:
    """A complaint of a reader (ARF), to be filled in like the others."""
    return ARF.format(
        feedback=feedback,
        more=more,
        complaints_to=complaints_to,
        returned=returned,
        number=number,
    )
