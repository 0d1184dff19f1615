"""What becomes of an application's partners when it leaves, ends or is answered; in the transaction of that change."""

from django.db import transaction

from accounts.models import Organisation, User
from matching import partner_letters, snapshot
from matching.models import Application, Partner

State = Partner.State


def joined(application: Application) -> list[Partner]:
    """Those that agreed, in the order of their invitation."""
    return list(application.partners.filter(state=State.JOINED).select_related("company", "contact"))


def seal(application: Application, *, by: User) -> None:
    """It leaves: who agreed is in it, profile frozen; who has not answered yet, or may not act any more, is not."""
    with transaction.atomic():
        for partner in _held(application):
            company = partner.company
            if partner.state == State.JOINED and company is not None and company.is_active:
                partner.snapshot = snapshot.of_company(company)
                partner.save(update_fields=["snapshot"])
                partner_letters.news(partner, "sent")
            else:
                partner.move(State.LAPSED, by=by)


def release(application: Application, *, by: User | None, what: str) -> None:
    """It ends before any answer: each company is free to apply again, and told."""
    for partner in _held(application):
        was_in = partner.state == State.JOINED
        partner.move(State.LAPSED, by=by)
        if was_in:
            partner_letters.news(partner, what)


def tell(application: Application, what: str) -> None:
    """Its answer, to those that are in it."""
    for partner in joined(application):
        partner_letters.news(partner, what)


def company_of(siren: str) -> Organisation | None:
    return Organisation.objects.taking_part().filter(siren=siren).first()


def _held(application: Application) -> list[Partner]:
    rows = application.partners.filter(state__in=[State.INVITED, State.JOINED]).order_by("pk")
    return list(rows.select_for_update(of=("self",)).select_related("company", "contact", "application__opportunity"))
