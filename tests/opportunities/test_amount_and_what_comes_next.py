"""How much an opportunity is worth, shown with its group's consent alone; and what follows an application."""

import pytest
from django.urls import reverse

from opportunities import amendments, checks, drafting, facts, hints
from opportunities.kinds import KINDS
from opportunities.models import Opportunity
from tests.factories import OpportunityFactory, group_user, sme_user

BAND = "50 000 à 250 000"


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


def posted(author, **fields):
    return OpportunityFactory(owner=author.organisation, created_by=author, **fields)


@pytest.mark.parametrize("kind", KINDS)
def test_an_amount_is_asked_for_where_money_goes_to_the_sme(client, author, kind):
    opportunity = posted(author, kind=kind, amount="", stage="")

    page = client.get(reverse("opportunities:edit_step", args=[opportunity.pk, "confidentialite"]))

    asked = kind in {"co_export", "sourcing", "tender", "joint_bid"}
    assert ("amount" in checks.problems(opportunity)) is asked
    assert ("amount" in page.context["form"].fields) is asked
    assert ('id="montant"' in page.text) is asked


@pytest.mark.parametrize(
    ("reason", "problems"), [("", {"amount_reason"}), (" ", {"amount_reason"}), ("Secret.", set())]
)
def test_an_amount_that_is_not_told_takes_its_reason(author, reason, problems):
    opportunity = posted(author, amount="undisclosed", amount_reason=reason)

    assert checks.problems(opportunity).keys() == problems


def test_one_that_was_published_without_an_amount_may_still_be_changed(author):
    opportunity = posted(author, published=True, amount="")

    amendments.amend(opportunity, {"title": [opportunity.title, "Vannes et pompes"]}, by=author)

    assert Opportunity.objects.get().title == "Vannes et pompes"


def test_a_kind_that_asks_for_no_amount_keeps_none(author):
    opportunity = posted(author, amount="50k-250k", amount_shared=True)

    drafting.change_kind(opportunity, Opportunity.Kind.EVENT, by=author)

    kept = Opportunity.objects.get()
    assert (kept.amount, kept.amount_shared) == ("", False)
    assert kept.history.get().changes["amount"] == ["50k-250k", ""]


@pytest.mark.parametrize("shared", [False, True])
def test_a_band_is_read_outside_the_group_with_its_consent_alone(client, shared):
    opportunity = OpportunityFactory(
        published=True, amount="50k-250k", amount_shared=shared, amount_reason="Rien à dire."
    )
    read = []
    for signed_in in (False, True):
        if signed_in:
            client.force_login(sme_user())
        read.append(client.get(opportunity.get_absolute_url()).text)
    others = [
        client.get(reverse(name, args=args)).text
        for name, args in [
            ("matching:opportunity_list", []),
            ("matching:feed", []),
            ("matching:structured", [opportunity.pk]),
        ]
    ]

    plain = [text.replace("\xa0", " ").replace("\u202f", " ") for text in [*read, *others]]
    assert [BAND in text for text in plain] == [shared, shared, False, False, False]
    assert not any("Rien à dire." in text for text in plain)
    assert bool(facts.amount(opportunity)) is shared


WORDS = {"next_step": "Un appel, puis <b>une visite</b>.", "decided_by": "La direction des achats & l'export."}
SHOWN = ["Un appel, puis &lt;b&gt;une visite&lt;/b&gt;.", "La direction des achats &amp; l&#x27;export."]


def test_an_sme_reads_the_next_step_and_who_decides_as_the_group_wrote_them(client, author):
    draft = posted(author, **WORDS)
    published = posted(author, published=True, **WORDS)
    without = posted(author, published=True)

    preview = client.get(reverse("opportunities:preview", args=[draft.pk])).text
    client.force_login(sme_user())
    page, silent = (client.get(one.get_absolute_url()).text for one in (published, without))

    for text in SHOWN:
        assert text in preview
        assert text in page
    assert 'id="suite"' in page
    assert 'id="suite"' not in silent


@pytest.mark.parametrize("name", WORDS)
def test_neither_gives_a_confidential_group_away_nor_coordinates(name):
    owner = group_user(name="DÉMO Onde Noire").organisation
    opportunity = OpportunityFactory(owner=owner, secret=True, **{name: "Onde Noire, ou a@demo.example"})

    assert checks.problems(opportunity).keys() == {name}
    assert any("coordonnées" in hint.text for hint in hints.of(opportunity))


def test_a_change_of_either_is_done_at_once_told_of_to_nobody_and_kept_in_the_history(client, author):
    opportunity = posted(author, published=True, next_step="Un appel.")

    effect = amendments.amend(opportunity, {"next_step": ["Un appel.", "Une visite."]}, by=author)
    page = client.get(reverse("opportunities:manage", args=[opportunity.pk]))

    assert effect == amendments.Effect.SILENT
    assert amendments.public(opportunity.history.get().changes) == {"next_step": ["Un appel.", "Une visite."]}
    assert [(one.before, one.after) for one in page.context["lines"][0].changes] == [("Un appel.", "Une visite.")]


def test_a_copy_keeps_both(author):
    copy = drafting.duplicate(posted(author, **WORDS), by=author, token=None)

    assert {name: getattr(copy, name) for name in WORDS} == WORDS
