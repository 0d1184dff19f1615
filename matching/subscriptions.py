"""What a person asked to hear of, and how they say no more: by a signed link that needs no sign-in."""

from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Organisation, User
from matching import hours
from matching.models import AlertSettings, Follow, Frequency, Notification, Recipient, SavedSearch
from opportunities.models import Opportunity

SALT = "matching.subscriptions"
POINTED_OUT = ("opportunity_proposed", "opportunity_pointed_out", "opportunity_reposted")  # by somebody, at any hour


def about(user: User) -> str:
    """What an alert's mail is about: all of a person's are found by it."""
    return f"alert:{user.pk}"


def unsubscribe_url(user: User) -> str:
    return _signed("matching:unsubscribe", {"user": user.pk})


def useful_url(user: User, key: str) -> str:
    return _signed("matching:usefulness", {"user": user.pk, "mail": key})


def read(token: str) -> dict[str, object]:
    """What a link of ours says; signing.BadSignature for any other."""
    found: dict[str, object] = signing.loads(token, salt=SALT)
    return found


def unsubscribe(user: User) -> None:
    """No more alerts nor reminders, from the next one on: what waits to leave is held back too. Twice is once."""
    with transaction.atomic():
        settings_of(user)
        never = {"frequency": Frequency.NONE, "next_at": None}
        AlertSettings.objects.filter(user=user).update(**never, reminders=False)
        SavedSearch.objects.filter(user=user).update(**never)
        hold_back(Email.objects.filter(about=about(user)))


def no_proposals(user: User) -> None:
    """What waits to tell them of an opportunity is held back; reminders of what they follow are another choice."""
    hold_back(Email.objects.filter(about=about(user)).exclude(template="closing_soon"))


def hold_back_over() -> None:
    """What was pointed out to someone out of hours, and closed before offices open."""
    waiting = Email.objects.filter(state=Email.State.QUEUED, template__in=POINTED_OUT, try_at__gt=timezone.now())
    readers = dict(waiting.values_list("key", "about"))
    people = {int(whose.partition(":")[2]) for whose in readers.values()}
    told = Notification.objects.filter(user__in=people, mail__in=readers, kind=Notification.Kind.PROPOSAL)
    over = told.exclude(opportunity__in=Opportunity.objects.open())
    hold_back(Email.objects.filter(key__in=over.values_list("mail", flat=True)))


def hold_back(emails: QuerySet[Email]) -> None:
    """Those that have not left yet never do."""
    emails.filter(state=Email.State.QUEUED).update(state=Email.State.CANCELLED)


def choose(company: Organisation, people: Iterable[User]) -> None:
    """Who of the company hears of what fits it: these, whoever chose others at the same moment."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=company.pk)
        Recipient.objects.filter(organisation=company).delete()
        Recipient.objects.bulk_create(Recipient(organisation=company, user=person) for person in people)


def settings_of(user: User) -> AlertSettings:
    """This person's, locked for the transaction."""
    first = hours.next_look(Frequency.WEEKLY, timezone.now())
    AlertSettings.objects.get_or_create(user=user, defaults={"next_at": first})
    return AlertSettings.objects.select_for_update().get(user=user)


def follow(user: User, opportunity: Opportunity) -> None:
    with transaction.atomic():
        settings_of(user)
        Follow.objects.get_or_create(user=user, opportunity=opportunity)


def unfollow(user: User, opportunity: Opportunity) -> None:
    Follow.objects.filter(user=user, opportunity=opportunity).delete()


def _signed(name: str, says: dict[str, object]) -> str:
    return settings.SITE_URL + reverse(name, args=[signing.dumps(says, salt=SALT)])
