import re
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from stdnum.fr import siren

from accounts import taxonomy
from accounts.models import Email, Organisation, OrganisationMove, Presentation, Reference, SmeProfile, User
from accounts.taxonomy import certifications, codes, languages, places, sectors
from matching import outcome_words
from matching.models import (
    Application,
    ApplicationState,
    Asking,
    Follow,
    Introduction,
    Keeping,
    Match,
    Notification,
    Partner,
    PartnerSearch,
    SavedSearch,
    Sponsor,
    Standing,
)
from opportunities.kinds import KINDS
from opportunities.models import Opportunity, State
from pacte import pdf as read_pdf
from pacte.demo import load, words


def run(*arguments):
    out = StringIO()
    call_command("demo", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def development(settings):
    settings.DEBUG = True


@pytest.fixture(scope="class")
def loaded(django_db_setup, django_db_blocker):
    """The whole demonstration, once for its class; each test sees it and may spoil it for itself only."""
    with django_db_blocker.unblock(), transaction.atomic():
        load.load(300, 60)
        yield
        transaction.set_rollback(True)


def test_it_refuses_to_run_in_production(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="development only"):
        run()

    assert not Organisation.objects.exists()


def test_it_comes_in_the_size_asked_for_and_scored(development):
    said = run("--smes", "12", "--opportunities", "4")

    assert "12 groups, 12 SMEs, 4 opportunities" in said
    assert "pme@demo.example" in said
    assert Organisation.objects.smes().count() == 12
    assert Opportunity.objects.count() == 4
    assert Match.objects.filter(company__memberships__user__email="pme@demo.example").exists()


def test_a_second_run_changes_nothing(development):
    run("--smes", "3", "--opportunities", "2", "--no-matches")
    before = list(Organisation.objects.order_by("pk").values())

    said = run("--smes", "9", "--opportunities", "9", "--no-matches")

    assert "already there" in said
    assert list(Organisation.objects.order_by("pk").values()) == before
    assert Opportunity.objects.count() == 2


def test_it_is_the_same_every_time_and_a_larger_one_begins_alike():
    def contents(smes, opportunities):
        load.load(smes, opportunities)
        profiles = SmeProfile.objects.order_by("pk").values_list(
            "organisation__name", "organisation__siren", "products", "wanted_places", "languages"
        )
        references = Reference.objects.order_by("pk").values_list("title", "place", "year")
        return list(profiles), list(references)

    with transaction.atomic():
        profiles, references = contents(6, 2)
        transaction.set_rollback(True)
    more_profiles, more_references = contents(9, 3)

    assert more_profiles[:6] == profiles
    assert more_references[: len(references)] == references


@pytest.mark.usefixtures("loaded")
class TestDefault:
    def test_every_kind_and_every_state_is_there(self):
        assert Organisation.objects.groups().count() == 12
        assert Organisation.objects.smes().count() == 300
        assert Opportunity.objects.count() == 60
        assert set(Opportunity.objects.values_list("kind", flat=True)) == set(KINDS)
        assert set(Opportunity.objects.values_list("state", flat=True)) == set(State.values)
        assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState.values)
        assert set(Introduction.objects.values_list("state", flat=True)) == set(Introduction.State.values)
        assert set(Organisation.objects.values_list("state", flat=True)) == set(Organisation.State.values)

    def test_every_organisation_says_that_it_is_invented(self):
        for name, number in Organisation.objects.values_list("name", "siren"):
            assert name.startswith("DÉMO ")
            assert siren.is_valid(number)
            assert number.startswith("00")
        assert all(email.endswith("@demo.example") for email in User.objects.values_list("email", flat=True))

    def test_every_code_is_one_of_ours(self):
        for profile in SmeProfile.objects.all():
            assert set(profile.sectors) <= set(sectors.SECTORS)
            assert set(profile.languages) <= set(languages.LANGUAGES)
            assert set(profile.wanted_places) <= set(places.COUNTRIES)
            assert len(profile.wanted_places) <= 5
        for opportunity in Opportunity.objects.all():
            assert set(opportunity.places) <= set(places.COUNTRIES)
            assert set(opportunity.sectors) <= set(sectors.SECTORS)
        for reference in Reference.objects.all():
            assert reference.place in places.PLACES
            assert all(code in codes.DIVISIONS[scheme] or codes.parse(scheme, code) == code
                       for scheme, code in map(codes.split, reference.codes))  # fmt: skip
        for department in Organisation.objects.values_list("department", flat=True):
            assert department in places.DEPARTMENTS

    def test_no_confidential_group_is_named_in_its_announcement(self):
        secret = Opportunity.objects.filter(confidential=True).select_related("owner")
        assert secret.count() >= 5
        for opportunity in secret:
            name = opportunity.owner.name.removeprefix("DÉMO ").casefold()
            words_shown = " ".join(
                [opportunity.title, opportunity.teaser, opportunity.description, opportunity.benefits,
                 opportunity.slug, opportunity.search_text, opportunity.alias, str(opportunity.details)]
            )  # fmt: skip
            assert name not in words_shown.casefold()

    def test_no_french_mark_may_stand_alone_at_the_end_of_a_line(self):
        shown = [text for pair in Opportunity.objects.values_list("title", "teaser") for text in pair]

        assert any("«\xa0" in text for text in shown)
        assert [text for text in shown if re.search(r"« | [»:]", text)] == []

    def test_people_follow_hide_save_and_are_told_of_what_is_open_in_their_trade(self):
        star = User.objects.get(email="pme@demo.example")
        for rows in (Follow.objects, Notification.objects, SavedSearch.objects, Standing.objects.dismissed()):
            assert rows.exists()
        assert star.follows.exists()
        for one in Follow.objects.select_related("opportunity", "user"):
            assert one.opportunity.is_open
            assert set(one.opportunity.sectors) & set(one.user.organisation.sme_profile.sectors)
        hidden = set(Standing.objects.dismissed().values_list("company", "opportunity"))
        assert not hidden & set(Application.objects.values_list("company", "opportunity"))
        for person in User.objects.filter(notifications__isnull=False).distinct():
            assert person.unread == person.notifications.filter(read_at=None).count()

    def test_what_was_submitted_was_complete(self):
        for opportunity in Opportunity.objects.exclude(state__in=[State.DRAFT]):
            assert opportunity.missing() == []
            opportunity.full_clean()

    def test_the_past_is_past_and_the_future_open(self):
        now = timezone.now()

        assert Opportunity.objects.open().count() >= 30
        assert not Opportunity.objects.filter(published_at__gt=now).exists()
        assert not OrganisationMove.objects.filter(at__gt=now).exists()
        assert not Application.objects.filter(sent_at__gt=now).exists()
        for application in Application.objects.exclude(sent_at=None).select_related("opportunity"):
            assert application.opportunity.published_at < application.sent_at
            assert application.decided_at is None or application.decided_at > application.sent_at

    def test_histories_lead_to_the_states_and_by_allowed_moves_only(self):
        for model in (Organisation, Opportunity, Application, Introduction, Partner):
            first = {Organisation: "to_verify", Introduction: "pending", Partner: "invited"}.get(model, "draft")
            for row in model.objects.prefetch_related("history"):
                state = first
                for move in row.history.all():
                    assert move.before == state
                    assert move.after in model.MOVES[state]
                    state = move.after
                assert state == row.state

    def test_no_mail_leaves_now(self):
        assert Email.objects.filter(state=Email.State.SENT).count() >= 5
        assert not Email.objects.due().exists()
        assert not Email.objects.filter(try_at__lt=timezone.now() + timedelta(hours=12), state="queued").exists()

    @pytest.mark.parametrize(
        ("email", "kind"),
        [("pme@demo.example", "sme"), ("groupe@demo.example", "group"), ("moderation@demo.example", "")],
    )
    def test_the_sign_ins_work(self, client, email, kind):
        user = User.objects.get(email=email)

        signed_in = client.login(email=email, password="demo-pacte")

        assert signed_in
        assert EmailAddress.objects.get(user=user).verified
        assert (user.organisation.kind if user.organisation else "") == kind
        assert not kind or user.membership.is_admin

    def test_the_moderator_has_a_second_factor(self):
        moderator = User.objects.get(email="moderation@demo.example")

        assert moderator.is_staff
        assert moderator.is_superuser
        assert Authenticator.objects.filter(user=moderator, type=Authenticator.Type.TOTP).exists()

    def test_the_sme_has_something_to_look_at(self):
        company = User.objects.get(email="pme@demo.example").organisation
        states = set(company.applications.values_list("state", flat=True))

        assert {"draft", "sent", "shortlisted", "accepted", "declined"} <= states
        met = Introduction.objects.filter(application__company=company)
        assert set(met.values_list("state", flat=True)) == {Introduction.State.SENT}
        assert [outcome_words.to_confirm(one) for one in met].count(True) == 1
        assert company.sme_profile.references.count() >= 8

    def test_the_group_has_answers_to_give(self):
        user = User.objects.get(email="groupe@demo.example")

        assert Application.objects.received_by(user).waiting().count() >= 5
        assert set(Opportunity.objects.owned_by(user).values_list("state", flat=True)) >= {
            "draft", "submitted", "changes_requested", "published", "closed",
        }  # fmt: skip

    def test_introductions_of_months_ago_led_somewhere(self):
        assert Introduction.objects.won().born_here().count() >= 5
        assert Introduction.objects.disputed().exists()
        assert Introduction.objects.to_call().exists()
        assert not Asking.objects.filter(at__gt=timezone.now()).exists()

    def test_partners_recommendations_and_kept_files_are_there_to_look_at(self):
        sme, group = (User.objects.get(email=f"{who}@demo.example") for who in ("pme", "groupe"))

        assert set(Partner.objects.filter(application__company=sme.organisation).values_list("state", flat=True)) == {
            "joined", "invited",
        }  # fmt: skip
        assert Partner.objects.of_company(sme).filter(state="invited").exists()
        assert Sponsor.objects.filter(application__company=sme.organisation).exclude(text="").exists()
        assert Keeping.objects.kept_by(group).exists()
        assert PartnerSearch.objects.shown().exclude(company=sme.organisation).exists()

    def test_an_announcement_opens_in_a_browser(self, client):
        opportunity = Opportunity.objects.open().order_by("pk").first()

        response = client.get(opportunity.get_absolute_url())

        assert response.status_code == 200
        assert opportunity.title in response.content.decode().replace("&#x27;", "'")


def test_every_trade_speaks_of_codes_that_exist():
    for trade in words.trades().values():
        assert set(trade.sectors) <= set(sectors.SECTORS), trade.code
        assert set(trade.certs) <= set(certifications.CERTIFICATIONS), trade.code
        assert codes.parse("naf", trade.naf) == trade.naf
        assert all(codes.parse("cpv", code) == code for code in trade.cpv)
        assert set(trade.hs) <= set(codes.HS)
        assert len(trade.needs) >= 2
    for country in words.countries().values():
        assert taxonomy.label("place", country.code) != country.code
        assert set(country.languages) <= set(languages.LANGUAGES), country.code


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.of("vannes"), "de vannes"),
        (words.of("équipements"), "d'équipements"),
        (words.of("Le Caire"), "du Caire"),
        (words.at("Le Mans"), "au Mans"),
        (words.at("La Rochelle"), "à La Rochelle"),
        (words.enumeration(["a", "b", "c"]), "a, b et c"),
        (words.enumeration(["a"]), "a"),
        (words.fitting(8, "far too long", "short"), "short"),
        (words.fitting(8, "one two three"), "one two…"),
    ],
)
def test_the_little_grammar(said, expected):
    assert said == expected


def test_home_lists_what_the_demonstration_brings(client):
    load.load(5, 3)

    assert client.get(reverse("home")).status_code == 200


def test_its_brochures_are_files_that_open():
    load.load(5, 3)

    found = Presentation.objects.first()

    assert found.company.name in read_pdf.text(bytes(found.content), pages=1, longest=1000)
    assert found.size == len(found.content)
