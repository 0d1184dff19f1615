"""Whether the official notices that opportunities lead to still answer: looked at once a week, told to staff.

Addresses are typed by people: nothing inside our own network is ever asked, whatever a name or a redirection says.
"""

import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opportunities import amendments, moderation
from opportunities.models import NoticeLink, Opportunity
from opportunities.models.link import CERTAIN

EVERY, BATCH = timedelta(days=7), 20  # an hour: three thousand a week
SECONDS, HOPS = 5.0, 4
GONE = {404, 410}  # others say that somebody is there: 403 and 429 are for robots, 5xx for a bad day
NOT_BY_HEAD = {400, 403, 404, 405, 501}
REDIRECTIONS = {301, 302, 303, 307, 308}
RESERVED = (".example", ".example.com", ".test", ".invalid")  # invented addresses
PORTS = {"http": 80, "https": 443}


def due() -> QuerySet[Opportunity]:
    """Open ones whose notice was not looked at for a week; two days when it failed."""
    now = timezone.now()
    link = Q(notice_link=None) | Q(notice_link__failing_since=None, notice_link__checked_at__lt=now - EVERY)
    link |= Q(notice_link__failing_since__isnull=False, notice_link__checked_at__lt=now - CERTAIN)
    rows = Opportunity.objects.open().filter(link, details__has_key="notice_url").exclude(details__notice_url="")
    return rows.order_by(F("notice_link__checked_at").asc(nulls_first=True), "pk")


def look(ask: "Callable[[str], str] | None" = None) -> int:
    """Ask a batch, each outside any transaction; how many did not answer."""
    failed = 0
    for pk, url in list(due().values_list("pk", "details__notice_url")[:BATCH]):
        problem = (ask or problem_of)(url)
        failed += bool(problem)
        _note(pk, url, problem)
    return failed


def correct(opportunity: Opportunity, url: str, *, by: User) -> None:
    """Staff put the right address, which the group told them; it is looked at within the hour."""
    with transaction.atomic():
        moderation.lock(opportunity)
        before = opportunity.details.get("notice_url")
        if before == url:
            return
        opportunity.details = {**opportunity.details, "notice_url": url}
        opportunity.save()
        amendments.edited(opportunity, {"details.notice_url": [before, url]}, by=by)
        its = {"url": url, "checked_at": timezone.now() - EVERY, "problem": "", "failing_since": None}
        NoticeLink.objects.filter(opportunity=opportunity).update(**its)


@transaction.atomic
def _note(pk: int, url: str, problem: str) -> None:
    if not Opportunity.objects.select_for_update(no_key=True).filter(pk=pk).exists():
        return
    now = timezone.now()
    before = NoticeLink.objects.filter(opportunity=pk, url=url).first()
    since = (before.failing_since if before else None) or now
    its = {"url": url, "checked_at": now, "problem": problem, "failing_since": since if problem else None}
    NoticeLink.objects.update_or_create(opportunity_id=pk, defaults=its)


def said(problem: str) -> str:
    """What `problem_of` answered, for people."""
    if problem in {str(status) for status in GONE}:
        return _("La page n'existe plus (réponse %(status)s).") % {"status": problem}
    if problem == "TooManyRedirects":
        return _("Elle renvoie sans fin d'une adresse à l'autre.")
    if "SSL" in problem or "Certificate" in problem:
        return _("Son certificat de sécurité n'est pas valable.")
    if problem == "gaierror":
        return _("Ce nom de site n'existe pas.")
    return _("Le site ne répond pas.") if problem else ""


def is_public(address: str) -> bool:
    return ip_address(address).is_global


def problem_of(url: str, *, may_reach: Callable[[str], bool] = is_public) -> str:
    """Why nobody finds anything there, in a word; empty when somebody answers."""
    if (urlsplit(url).hostname or "").endswith(RESERVED):
        return ""
    try:
        for _hop in range(HOPS):
            status, onward = _answer("HEAD", url, may_reach)
            if status in NOT_BY_HEAD:
                status, onward = _answer("GET", url, may_reach)
            if status not in REDIRECTIONS or not onward:
                return str(status) if status in GONE else ""
            url = urljoin(url, onward)
    except (OSError, HTTPException, ValueError) as error:
        return type(error).__name__[:60]
    return "TooManyRedirects"


def _answer(method: str, url: str, may_reach: Callable[[str], bool]) -> tuple[int, str]:
    """The status, and where it leads on. The address that was judged is the one that is asked."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(url)
    port = parts.port or PORTS[parts.scheme]
    family, kind, protocol, _name, address = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)[0]
    if not may_reach(str(address[0])):
        raise ValueError(f"{address[0]} is not public")
    connection = HTTPConnection(parts.hostname, port, timeout=SECONDS)
    with socket.socket(family, kind, protocol) as bare:
        bare.settimeout(SECONDS)
        bare.connect(address)
        secure = parts.scheme == "https"
        connection.sock = (
            ssl.create_default_context().wrap_socket(bare, server_hostname=parts.hostname) if secure else bare
        )
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, headers={"User-Agent": "Pacte International (liens)", "Accept": "*/*"})
            response = connection.getresponse()
            return response.status, response.getheader("Location") or ""
        finally:
            connection.close()
