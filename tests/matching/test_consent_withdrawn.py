"""A company that took its agreement back: no page and no file of the group's shows what it had sent."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Presentation
from matching import apply, introduce
from matching.models import Message, Partner, Sponsor
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    MatchFactory,
    OpportunityFactory,
    group_user,
    sme_user,
)

MARKS = [
    "Vannes secrètes depuis vingt ans", "plaquette-demo.pdf", "Apport du partenaire", "Appui de la chambre",
    "Réponse dans le fil", "pompes immergées", "%PDF-1.7 plaquette",
]  # fmt: skip


@pytest.fixture
def group(client):
    user = group_user()
    client.force_login(user)
    return user


def brochure(company):
    return Presentation.objects.create(
        company=company, name="plaquette-demo.pdf", type="pdf", size=18, content=b"%PDF-1.7 plaquette", state="clean"
    )


@pytest.fixture
def opportunity(group):
    return OpportunityFactory(published=True, owner=group.organisation, created_by=group)


def full(opportunity, **traits):
    """With everything that a group can read of it: file, brochure, partner, recommendation, thread, fit."""
    given = {"profile": {"products": MARKS[0]}, "company": {}, "pitch": MARKS[0]}
    one = ApplicationFactory(sent=True, opportunity=opportunity, pitch=MARKS[0], snapshot=given, **traits)
    parts = [("text", "met", 5, 10, {"words": ["pompes immergées"]})]
    MatchFactory(opportunity=opportunity, company=one.company, parts=parts)
    partner = Partner.objects.create(
        application=one, opportunity=opportunity, company=sme_user().organisation, state="joined", brings=MARKS[2],
        consent_at=timezone.now(), snapshot=given,
    )  # fmt: skip
    brochure(one.company)
    brochure(partner.company)
    Sponsor.objects.create(
        application=one, name="Dominique", email="d@example.com", body="cci", text=MARKS[3], written_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=30),
    )  # fmt: skip
    Message.objects.create(application=one, side="sme", author=one.contact, text=MARKS[4])
    return one


def read(client, *applications):
    """Every address at which a group reads an application, as it answers."""
    one = applications[0]
    opportunity = one.opportunity_id
    ticked = "?" + "&".join(f"c={each.pk}" for each in applications)
    at = lambda name, *args: reverse(f"matching:{name}", args=args)  # noqa: E731
    pages = [
        at("application_review", one.pk),
        at("applicants", opportunity),
        at("compare", opportunity) + ticked,
        at("export", opportunity),
        at("outcome_received", one.pk),
        at("application_accept", one.pk),
        at("application_decline", one.pk),
        at("application_ask", one.pk),
        at("application_reexamine", one.pk),
        *[at("decide_together", opportunity, act) + ticked for act in ("preselectionner", "accepter", "decliner")],
        at("kept"),
        at("kept_for", opportunity),
        at("group_dashboard"),
    ]
    answers = [client.get(page, follow=True) for page in pages]
    files = at("presentation", one.pk), at("presentation_of_partner", one.partners.get().pk)
    answers += [answer for file in files for answer in (client.get(file), client.post(file))]
    answers.append(client.post(at("export", opportunity), {"format": "csv"}))
    return "\n".join(str(dict(answer.headers)) + answer.content.decode() for answer in answers)


def secrets(*applications):
    people = [word for one in applications for word in (one.contact.email, one.contact.phone)]
    return [word for word in [*MARKS, *people] if word]


def test_before_it_withdraws_all_of_it_is_read(client, opportunity):
    rows = [full(opportunity, state="accepted") for _ in range(2)]
    for row in rows:
        IntroductionFactory(application=row)

    said = read(client, *rows)

    assert [word for word in secrets(rows[0]) if word not in said] == []


def test_once_its_agreement_is_taken_back_after_the_introduction_no_address_of_the_groups_shows_it(
    client, opportunity
):
    rows = [full(opportunity, state="accepted", contact__phone="0102030405") for _ in range(2)]
    for row in rows:
        IntroductionFactory(application=row)
        introduce.withdraw_consent(row, by=row.contact)

    said = read(client, *rows)

    assert [word for word in secrets(*rows) if word in said] == []
    assert "a retiré son accord" in said


def test_nor_when_it_is_taken_back_before_the_mail_left(client, opportunity, group):
    rows = [full(opportunity) for _ in range(2)]
    for row in rows:
        introduction = introduce.accept(row, by=group)
        assert introduction.state == "pending"
        introduce.withdraw_consent(row, by=row.contact)

    said = read(client, *rows)

    assert [word for word in secrets(*rows) if word in said] == []


def test_nor_once_the_application_is_withdrawn(client, opportunity):
    rows = [full(opportunity) for _ in range(2)]
    for row in rows:
        apply.withdraw(row, by=row.contact)

    said = read(client, *rows)

    assert [word for word in secrets(*rows) if word in said] == []


def test_the_others_stay_readable_and_the_export_counts_them_alone(client, opportunity):
    gone, stays, other = (full(opportunity, state="accepted") for _ in range(3))
    for row in (gone, stays, other):
        IntroductionFactory(application=row)
    introduce.withdraw_consent(gone, by=gone.contact)

    export = reverse("matching:export", args=[opportunity.pk])
    page, file = client.get(export), client.post(export, {"format": "csv"}).content.decode()
    compared = client.get(reverse("matching:compare", args=[opportunity.pk]), {"c": [gone.pk, stays.pk, other.pk]})

    assert page.context["count"] == 2
    assert stays.contact.email in file
    assert gone.company.name not in file
    assert {one for one, _fit in compared.context["columns"]} == {stays, other}
