"""Whether scores tell anything, and who is put forward: literal numbers over made-up decisions."""

import json

import pytest
from django.core.management import call_command

from accounts.models import Reference
from matching import market, quality
from matching.models import Action, Usefulness
from tests.factories import MatchFactory, OpportunityFactory, OrganisationFactory, UserFactory, sign_in_staff


def decide(scores, *, band="good"):
    """One decision a score: kept where the second of the pair says so."""
    opportunity, company = OpportunityFactory(published=True), OrganisationFactory()
    for score, kept in scores:
        Action.objects.create(
            opportunity=OpportunityFactory(published=True, owner=opportunity.owner),
            company=company,
            kind="accepted" if kept else "declined",
            score=score,
            band=band,
        )


def test_acceptance_by_decile_has_its_uncertainty():
    decide([(score, score > 10) for score in range(1, 21)])

    found = quality.monitor()

    assert [(rate.decisions, rate.kept) for rate in found.deciles] == [(2, 0)] * 5 + [(2, 2)] * 5
    assert found.deciles[0].span == (1.0, 2.0)
    assert found.deciles[9].interval == pytest.approx((0.342, 1.0), abs=1e-3)  # Wilson's, two of two


def test_the_last_word_on_a_pair_counts_alone():
    opportunity, company = OpportunityFactory(published=True), OrganisationFactory()
    for kind in ("shortlisted", "declined"):
        Action.objects.create(opportunity=opportunity, company=company, kind=kind, score=50, band="good")

    assert [(rate.decisions, rate.kept) for rate in quality.monitor().bands] == [(1, 0)]


@pytest.mark.parametrize(
    ("count", "kept", "flat"),
    [
        (60, lambda number: number % 2 == 0, True),
        (60, lambda number: number > 30, False),
        (59, lambda number: number % 2 == 0, False),  # too few to say so
    ],
)
def test_an_alert_when_the_best_scores_are_kept_no_more_often(client, count, kept, flat):
    decide([(number, kept(number)) for number in range(count)])
    sign_in_staff(client)

    text = client.get("/admin/matching/action/").content.decode()

    assert quality.monitor().is_flat is flat
    assert ("Le score ne dit rien en ce moment" in text) is flat


def say(answers, *, yes):
    """What people answered when they were asked whether a mail was of use."""
    rows = [Usefulness(user=UserFactory(), mail=f"alert:{n}", useful=n < yes) for n in range(answers)]
    Usefulness.objects.bulk_create(rows)


@pytest.mark.parametrize(
    ("answers", "said"),
    [(60, "Part de oui : 0,75 (entre 0,63 et 0,84), sur 60 avis."), (59, "59 avis : trop peu pour conclure")],
)
def test_the_monitor_says_how_many_found_the_mails_useful_once_enough_have_said(client, answers, said):
    say(answers, yes=45)
    sign_in_staff(client)

    text = client.get("/admin/matching/action/").content.decode().replace("\xa0", " ")

    assert said in text
    assert quality.report()["useful"] == {"answers": answers, "yes": 0.75 if answers == 60 else None}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_monitor_takes_two_queries(rows, django_assert_num_queries):
    decide([(number, True) for number in range(rows)])

    with django_assert_num_queries(2):
        quality.monitor()


def test_the_report_says_who_is_put_forward(tmp_path, capsys):
    opportunity = OpportunityFactory(published=True)
    some = [MatchFactory(opportunity=opportunity, score=90 - place).company for place in range(12)]
    Reference.objects.create(profile=some[0].sme_profile, title="Vannes", year=2024)
    market.current()  # the companies that take part are counted where they are kept
    decide([(50, True)], band="strong")
    say(quality.ENOUGH, yes=45)

    call_command("matching_report", json=tmp_path / "report.json")

    found = json.loads((tmp_path / "report.json").read_text())
    assert (found["companies"], found["in_top_10"], found["coverage"]) == (12, 10, 0.8333)
    assert found["places_of_top_1_percent"] == 0.1
    assert found["with_one_reference"] == 0.1
    assert found["kinds"] == {"co_export": {"opportunities": 1, "best_score": 90.0, "with_a_strong_one": 1}}
    assert found["bands"] == {"strong": {"decisions": 1, "kept": 1.0}}
    assert found["useful"] == {"answers": 60, "yes": 0.75}
    out = capsys.readouterr().out
    assert "60 answers, 75% yes" in out
    assert "coverage" in out
