"""The contract that an SME may deliver, from its profile to what a group asks, and what both read of it."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Email
from accounts.taxonomy import bands
from matching import changes, explain, refresh, snapshot
from matching.models import Application, Match
from matching.views.audience import said
from opportunities import amendments
from opportunities.amounts import Amount
from opportunities.models import Amendment, Criterion, Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    group_user,
    sme_user,
)
from tests.matching.test_audience import counted

NO_LINES = {"form-TOTAL_FORMS": 0, "form-INITIAL_FORMS": 0}
ASKED = "Contrat livrable d'au moins\xa0: 250\u202f000 € à 1 M€"


def plain(text):
    return text.replace("&#x27;", "'").replace("\xa0", " ").replace("\u202f", " ")


def said_of(side, *, volume, must):
    """(eligible, the line about the volume) as a side reads them."""
    company = OrganisationFactory(profile__volume=volume, profile__sectors=["eau"])
    opportunity = OpportunityFactory(published=True, sectors=["eau"])
    opportunity.criteria.create(kind="volume", code="250k-1m", must=must)
    refresh.refresh_due()
    match = Match.objects.get(company=company, opportunity=opportunity)
    line = next(row for row in explain.rows(match, side) if row.code == "volume")
    return match.eligible, line.answer, plain(line.question or line.evidence)


def test_an_sme_says_it_in_its_profile_which_shows_it_and_remembers_the_change(client):
    user = sme_user()
    client.force_login(user)
    section = reverse("accounts:profile_section", args=["capacites"])
    page = client.get(section)

    client.post(section, {"languages": ["fr"], "headcount": "", "turnover": "", "volume": "1m-5m", **NO_LINES})

    assert "Quel montant de contrat pouvez-vous livrer" in plain(page.text)
    user.organisation.sme_profile.refresh_from_db()
    assert user.organisation.sme_profile.volume == "1m-5m"
    assert "1 à 5 M€" in plain(client.get(reverse("accounts:profile")).text)
    assert user.organisation.history.latest("pk").changes["volume"] == ["", "1m-5m"]
    assert ("Montant de contrat livrable", "1 à 5 M€") in snapshot.shown(snapshot.of_company(user.organisation))[
        "facts"
    ]


@pytest.mark.parametrize("must", [False, True])
@pytest.mark.parametrize(
    ("volume", "answer", "to_sme", "to_group"),
    [
        ("", "unknown", "Quel montant de contrat pouvez-vous livrer ?",
         "Le montant de contrat que l'entreprise peut livrer n'est pas encore indiqué."),
        ("50k-250k", "missing", "Le montant que vous pouvez livrer est inférieur ",
         "Le montant que l'entreprise peut livrer est inférieur "),
        ("250k-1m", "met", "Vous pouvez livrer un contrat de ce montant.",
         "L'entreprise peut livrer un contrat de ce montant."),
        ("5m+", "met", "Vous pouvez livrer un contrat de ce montant.",
         "L'entreprise peut livrer un contrat de ce montant."),
    ],
)  # fmt: skip
def test_only_what_is_known_to_be_too_small_is_excluded_and_only_by_a_must(volume, answer, to_sme, to_group, must):
    ends = "" if answer != "missing" else "au minimum exigé." if must else "à celui souhaité."

    for side, text in (("sme", to_sme), ("group", to_group)):
        eligible = not (must and answer == "missing")
        assert said_of(side, volume=volume, must=must) == (eligible, answer, text + ends)


def test_english_readers_read_it_in_english():
    with translation.override("en"):
        assert said_of("sme", volume="50k-250k", must=True)[2] == (
            "The contract you can deliver is smaller than the minimum required."
        )


def test_the_audience_says_whom_the_must_excludes_and_who_meets_the_wish():
    for volume in ["0-50k", "50k-250k", "250k-1m", "5m+", ""]:
        OrganisationFactory(profile__volume=volume)

    exacted = counted(Opportunity(title="vannes"), ("volume", "250k-1m", True))
    wished = counted(Opportunity(title="vannes"), ("volume", "250k-1m", False))

    assert (exacted["eligible"], wished["eligible"]) == (3, 5)
    assert exacted["excluded"] == [{"kind": "volume", "code": "", "companies": 2}]
    assert wished["having"] == [{"kind": "volume", "code": "", "companies": 2}]
    asked = [Criterion(kind="volume", code="250k-1m", must=True)]
    assert [(plain(text), count) for text, count in said(exacted, asked)["excluded"]] == [(plain(ASKED), 2)]


@pytest.fixture
def author(client):
    author = group_user()
    client.force_login(author)
    return author


@pytest.mark.parametrize(("ticked", "must"), [({}, False), ({"volume_must": "on"}, True)])
def test_a_group_asks_for_it_and_smes_read_it_on_the_page(client, author, ticked, must):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author)
    step = reverse("opportunities:edit_step", args=[opportunity.pk, "criteres"])

    client.post(step, {"experience": "", "volume": "250k-1m", "revision": opportunity.revision, **ticked})

    form = client.get(step).context["form"]
    assert list(opportunity.criteria.values_list("kind", "code", "must")) == [("volume", "250k-1m", must)]
    assert (form["volume"].value(), form["volume_must"].value()) == ("250k-1m", must)
    assert "0-50k" not in dict(form.fields["volume"].choices)  # everybody may
    Opportunity.objects.filter(pk=opportunity.pk).update(state="published", published_at=timezone.now())
    client.force_login(sme_user())
    opportunity.refresh_from_db()
    assert plain(ASKED) in plain(client.get(opportunity.get_absolute_url()).text)


def test_a_must_added_afterwards_is_told_field_by_field_and_turns_no_applicant_away(author):
    opportunity = OpportunityFactory(published=True, owner=author.organisation, sectors=["eau"], places=["MA"])
    sme = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"], profile__volume="0-50k")
    application = ApplicationFactory(sent=True, opportunity=opportunity, contact=sme)

    changes.amend(opportunity, {"criteria": [[], [["volume", "250k-1m", True]]]}, by=author)
    amendments.accept(Amendment.objects.get(), by=UserFactory(staff=True))
    changes.announce_due()
    refresh.refresh_due()

    application.refresh_from_db()
    assert application.state == Application.State.SENT
    assert Match.objects.get(company=sme.organisation).eligible is False
    mail = Email.objects.get(template="application_changed")
    assert f"{plain(ASKED)} (exigé)" in " ".join(plain(mail.text).split())
    assert not Email.objects.filter(template="application_declined").exists()


def test_what_it_would_bring_stands_among_the_next_best_answers_where_opportunities_ask(client):
    user = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])
    client.force_login(user)
    labels = [str(one.label) for one in client.get("/pme/").context["unlocks"]]
    trade = ("text", "met", 30.0, 40.0)
    MatchFactory(company=user.organisation, score=25.0, band="possible",
                 parts=(trade, ("volume", "unknown", 6.0, 12.0)))  # fmt: skip

    first = client.get("/pme/").context["unlocks"][0]

    assert "le montant de contrat que vous pouvez livrer" not in labels  # nobody asks for it
    assert str(first.label) == "le montant de contrat que vous pouvez livrer"
    assert (first.asked, first.gained) == (1, 1)


def test_its_bands_are_those_of_an_opportunity_s_amount():
    for language in ("fr", "en"):
        with translation.override(language):
            told = {code: str(label) for code, label in Amount.choices if code != Amount.UNDISCLOSED}
            assert {code: plain(band.label()) for code, band in bands.VOLUME.items()} == {
                code: plain(label) for code, label in told.items()
            }


def test_the_database_keeps_it_to_known_bands_and_one_to_an_opportunity():
    profile = OrganisationFactory().sme_profile
    opportunity = OpportunityFactory()
    opportunity.criteria.create(kind="volume", code="1m-5m")

    def refused(change):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()

    refused(lambda: type(profile).objects.filter(pk=profile.pk).update(volume="mille"))
    refused(lambda: opportunity.criteria.create(kind="volume", code="5m+"))
    refused(lambda: OpportunityFactory().criteria.create(kind="volume", code="mille"))
    refused(lambda: opportunity.criteria.create(kind="couleur", code="bleu"))
