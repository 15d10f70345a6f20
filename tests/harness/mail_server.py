"""Owns the mail server of the tests: aiosmtpd's, which keeps every mail, but for the addresses that it is told to refuse.
Refuses to know who writes and why.
Invariant: what is refused is refused for good, before a mail is taken over."""

import os

from aiosmtpd.handlers import Mailbox


class Refusing(Mailbox):
    """Keeps what it takes; the addresses in the file that WARIFU_REFUSED names have no mailbox here."""

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        try:
            with open(os.environ["WARIFU_REFUSED"], encoding="utf-8") as file:
                refused = file.read().split()
        except FileNotFoundError:
            refused = []
        if address in refused:
            return "550 5.1.1 there is no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"
