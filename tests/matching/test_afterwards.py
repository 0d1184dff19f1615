"""After publication: what a group changes, extends, closes or takes back, and who is told what."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import apply, changes
from matching.models import Application
from opportunities import amendments, moderation
from opportunities.models import Amendment, Opportunity
from pacte.days import date_format
from pacte.states import StateError
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, UserFactory, group_user, sme_user

State = Opportunity.State
PARIS = timezone.get_default_timezone()
TO_SMES = ["application_changed", "application_closed", "application_cancelled"]


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(owner=author.organisation, created_by=author, published=True)


@pytest.fixture
def moderator():
    return UserFactory(staff=True)


def url(name, opportunity):
    return reverse(f"matching:{name}", args=[opportunity.pk])


def day(days):
    return timezone.localdate() + timedelta(days=days)


def typed(client, opportunity, query="", **changes):
    form = client.get(url("amend", opportunity) + query).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    shown = {name: ", ".join(value) if name.endswith("_codes") else value for name, value in shown.items()}
    return {name: value for name, value in shown.items() if value not in (None, False)} | changes


def amended(client, opportunity, query="", **changes):
    """Typed, shown, confirmed."""
    form, address = typed(client, opportunity, query, **changes), url("amend", opportunity) + query
    page = client.post(address, form)
    if page.status_code == 302:
        return page
    return client.post(address, form | {"previewed": page.context["previewed"]})


def told(template=None):
    rows = Email.objects.filter(template__in=[template] if template else TO_SMES)
    return sorted(address for row in rows for address in row.to)


def test_a_word_that_changes_nothing_for_applicants_is_public_at_once_and_silent(client, opportunity):
    ApplicationFactory(sent=True, opportunity=opportunity)

    amended(client, opportunity, title="Des vannes pour le désert")

    opportunity.refresh_from_db()
    assert opportunity.title == "Des vannes pour le désert"
    assert opportunity.history.get().changes["title"][1] == "Des vannes pour le désert"
    assert not Amendment.objects.exists()
    assert told() == []


def test_a_material_change_waits_for_staff_then_tells_both_applicants_field_by_field(client, opportunity, moderator):
    applicants = ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
    over = ApplicationFactory(opportunity=opportunity)
    over.move(Application.State.WITHDRAWN, by=None)

    amended(client, opportunity, places=["TN"], languages_must=["en"], title="Des vannes à Tunis")

    opportunity.refresh_from_db()
    assert (opportunity.places, opportunity.state, told()) == (["MA"], State.PUBLISHED, [])
    amendments.accept(Amendment.objects.get(), by=moderator)
    changes.announce_due()
    changes.announce_due()
    opportunity.refresh_from_db()
    assert (opportunity.places, opportunity.title) == (["TN"], "Des vannes à Tunis")
    assert opportunity.criteria.get().must is True
    assert told("application_changed") == sorted(one.contact.email for one in applicants)
    text = Email.objects.filter(template="application_changed").first().text
    assert "Pays" in text
    assert "Maroc" in text
    assert "Tunisie" in text
    assert "anglais (exigé)" in text
    assert Application.objects.filter(state="sent").count() == 2  # a new must turns nobody away
    assert Email.objects.filter(template="opportunity_amended").exists()


def test_an_edit_made_meanwhile_is_not_undone_unknowingly(client, opportunity):
    form = typed(client, opportunity, title="La seconde")
    amended(client, opportunity, teaser="Changé par une collègue.")

    late = client.post(url("amend", opportunity), form)
    again = client.post(url("amend", opportunity), form | {"seen": late.context["form"]["seen"].value()})

    assert (late.status_code, again.status_code) == (409, 302)
    assert 'value="La seconde"' in late.text
    assert Opportunity.objects.get().title == "La seconde"


def test_the_page_says_who_and_shows_the_text_before_anything_leaves(client, opportunity):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    ApplicationFactory(opportunity=opportunity)

    page = client.post(url("amend", opportunity), typed(client, opportunity, places=["TN"]))

    assert page.context["told"] == [application.company.name, "1 PME qui prépare sa candidature"]
    assert "Tunisie" in page.context["preview"]["text"]
    assert application.contact.email not in page.text
    assert not Amendment.objects.exists()


def test_what_is_inside_the_group_is_not_in_the_mail(client, opportunity, moderator):
    ApplicationFactory(sent=True, opportunity=opportunity)

    amended(client, opportunity, places=["TN"], contact_email="autre@example.com", capacity="9", amount="5m+")
    amendments.accept(Amendment.objects.get(), by=moderator)
    changes.announce_due()

    mailed = Email.objects.get(template="application_changed").text
    assert mailed.count("Maintenant") == 1
    assert "autre@example.com" not in mailed


def test_a_refused_change_leaves_all_as_it_was_and_says_why(client, opportunity, moderator):
    ApplicationFactory(sent=True, opportunity=opportunity)
    amended(client, opportunity, places=["TN"])

    amendments.refuse(Amendment.objects.get(), by=moderator, reason="Autre projet : déposez-le à part.")
    changes.announce_due()

    opportunity.refresh_from_db()
    assert opportunity.places == ["MA"]
    assert told() == []
    assert "déposez-le à part" in Email.objects.get(template="opportunity_amended").text


def test_a_second_request_takes_the_place_of_the_first(client, opportunity):
    amended(client, opportunity, places=["TN"])
    amended(client, opportunity, places=["DZ"])

    assert list(Amendment.objects.values_list("state", flat=True)) == ["pending", "replaced"]


def test_only_staff_decide_and_once(opportunity, author, moderator):
    amendment = Amendment.objects.create(opportunity=opportunity, changes={"places": [["MA"], ["TN"]]})

    with pytest.raises(PermissionDenied):
        amendments.accept(amendment, by=author)
    amendments.accept(amendment, by=moderator)
    with pytest.raises(StateError):
        amendments.refuse(Amendment.objects.get(), by=moderator, reason="Trop tard")


def test_a_change_that_staff_accept_too_late_is_refused_with_the_reason(opportunity, moderator):
    late = {"apply_by": [None, day(-1).isoformat()], "places": [["MA"], ["TN"]]}
    amendment = Amendment.objects.create(opportunity=opportunity, changes=late)

    with pytest.raises(StateError, match="passée"):
        amendments.accept(amendment, by=moderator)

    assert Amendment.objects.get().state == "pending"
    assert Opportunity.objects.get().places == ["MA"]


def test_another_kind_is_asked_for_with_its_own_questions(client, opportunity, moderator):
    amended(client, opportunity, "?type=portage", details_support=["market"])

    amendment = Amendment.objects.get()
    assert amendment.changes["kind"] == ["co_export", "portage"]
    amendments.accept(amendment, by=moderator)
    opportunity.refresh_from_db()
    assert (opportunity.kind, opportunity.details) == ("portage", {"support": ["market"]})


def test_what_could_not_be_submitted_is_not_published_either(client, opportunity):
    page = client.post(url("amend", opportunity), typed(client, opportunity, teaser=""))

    assert set(page.context["form"].errors) == {"teaser"}
    assert Opportunity.objects.get().teaser


def test_a_confidential_one_does_not_name_its_group_by_a_later_edit(client):
    author = group_user(name="DÉMO Zéphyrion")
    client.force_login(author)
    secret = OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)

    page = client.post(url("amend", secret), typed(client, secret, benefits="Entrer chez Zephyrion"))

    assert set(page.context["form"].errors) == {"benefits"}


def test_whoever_extends_reads_the_dates_that_stand(client, opportunity):
    page = client.get(url("extend", opportunity)).content.decode()

    for standing in (opportunity.apply_by, opportunity.answer_by):
        assert f"Annoncé : {date_format(standing, 'j F Y')}." in page.replace("\xa0", " ")


def test_later_dates_are_public_at_once_and_told(client, opportunity):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    dates = {"apply_by": day(60).isoformat(), "answer_by": day(75).isoformat()}

    page = client.post(url("extend", opportunity), dates)
    previewed = page.context["form"]["previewed"].value()
    answers = [
        client.post(url("extend", opportunity), dates | {"previewed": previewed, "confirm": "1"}) for _ in range(2)
    ]

    opportunity.refresh_from_db()
    assert {answer.status_code for answer in answers} <= {200, 302}
    assert (opportunity.apply_by, opportunity.answer_by) == (day(60), day(75))
    assert told("application_changed") == [application.contact.email]


def test_one_that_closes_between_the_preview_and_the_button_is_asked_about_again(client, opportunity):
    dates = {"apply_by": day(60).isoformat(), "answer_by": day(75).isoformat()}
    previewed = client.post(url("extend", opportunity), dates).context["form"]["previewed"].value()
    moderation.close(opportunity, by=None)

    page = client.post(url("extend", opportunity), dates | {"previewed": previewed, "confirm": "1"})

    assert page.context["closed"]
    assert "Notre équipe confirme la réouverture" in page.text
    assert not Amendment.objects.exists()


@pytest.mark.parametrize(
    ("apply_by", "answer_by", "wrong"),
    [
        (30, 45, {"apply_by"}),
        (29, 45, {"apply_by"}),
        (31, 30, {"answer_by"}),
        (31, 31, set()),
        (31, 121, set()),
        (31, 122, {"answer_by"}),  # nobody waits longer than 90 days once applications are over
    ],
)
def test_an_extension_is_later_than_what_stands(client, opportunity, apply_by, answer_by, wrong):
    page = client.post(url("extend", opportunity), {"apply_by": day(apply_by), "answer_by": day(answer_by)})

    assert set(page.context["form"].errors) == wrong


def test_a_closed_one_opens_again_with_staff_and_a_new_date(client, author, moderator):
    closed = OpportunityFactory(owner=author.organisation, created_by=author, closed=True, apply_by=day(-2))
    ApplicationFactory(sent=True, opportunity=closed)
    dates = {"apply_by": day(20).isoformat(), "answer_by": day(50).isoformat()}
    previewed = client.post(url("extend", closed), dates).context["form"]["previewed"].value()

    client.post(url("extend", closed), dates | {"previewed": previewed, "confirm": "1"})

    closed.refresh_from_db()
    assert closed.state == State.CLOSED
    amendments.accept(Amendment.objects.get(), by=moderator)
    changes.announce_due()
    closed.refresh_from_db()
    assert (closed.state, closed.apply_by) == (State.PUBLISHED, day(20))
    assert len(told("application_changed")) == 1


@pytest.mark.parametrize(
    ("outcome", "why"), [("filled", "a trouvé"), ("given_up", "ne se fait pas"), ("enough", "assez de candidatures")]
)
def test_closing_early_tells_those_still_writing_and_those_who_wait_why_and_by_when(client, opportunity, outcome, why):
    drafting = ApplicationFactory(opportunity=opportunity)
    waiting = ApplicationFactory(sent=True, opportunity=opportunity)
    declined = ApplicationFactory(sent=True, opportunity=opportunity, state="declined", decline_reason="size")
    form = {"outcome": outcome, "text": "Entre nous."}

    page = client.post(url("close", opportunity), form)
    client.post(
        url("close", opportunity), form | {"previewed": page.context["form"]["previewed"].value(), "confirm": "1"}
    )

    assert Opportunity.objects.get().state == State.CLOSED
    assert page.context["waiting"] == 1
    assert page.context["told"] == [waiting.company.name, "1 PME qui prépare sa candidature"]
    late, goes_on = Email.objects.get(template="application_closed"), Email.objects.get(template="application_goes_on")
    assert (late.to, goes_on.to) == ([drafting.contact.email], [waiting.contact.email])
    for mail in (late, goes_on):
        assert all(why in body and "Entre nous" not in body for body in (mail.text, mail.html))
    assert date_format(opportunity.answer_by, "j F Y") in goes_on.text
    assert not Email.objects.filter(to=[declined.contact.email]).exists()


@pytest.mark.parametrize(("late", "word"), [(True, "avait promis"), (None, "doit encore y répondre")])
def test_closing_early_says_so_when_the_answer_is_late_or_was_never_promised(author, opportunity, late, word):
    ApplicationFactory(sent=True, opportunity=opportunity)
    Opportunity.objects.update(apply_by=None, answer_by=day(-2) if late else None)

    changes.close(Opportunity.objects.get(), by=author, reason="Nous avons trouvé")

    assert word in Email.objects.get(template="application_goes_on").text


def test_what_is_open_again_before_the_morning_is_not_told_as_closed(opportunity, time_machine):
    ApplicationFactory(opportunity=opportunity)
    time_machine.move_to(datetime(2027, 3, 2, tzinfo=PARIS))
    moderation.close(opportunity, by=None)
    opportunity.publish(by=UserFactory(staff=True))
    time_machine.move_to(datetime(2027, 3, 2, 9, tzinfo=PARIS))

    changes.announce_due()

    assert told() == []


@pytest.mark.parametrize("ended", ["application_closed", "application_cancelled", "application_declined"])
def test_every_end_leads_to_three_similar_opportunities(author, opportunity, ended):
    application = ApplicationFactory(
        sent=ended == "application_declined", opportunity=opportunity, company=sme_user().organisation
    )
    alike = [MatchFactory(company=application.company, score=90 - n).opportunity for n in range(4)]
    if ended == "application_closed":
        changes.close(opportunity, by=author, reason="Nous avons trouvé")
    elif ended == "application_cancelled":
        changes.withdraw(opportunity, by=author, reason="Le client a renoncé.")
    else:
        apply.decline(application, by=author, reason="size")

    mail = Email.objects.get(template=ended)

    for number, one in enumerate(alike):
        assert (one.get_absolute_url() in mail.text) is (number < 3)
        assert (f'{one.get_absolute_url()}" style' in mail.html) is (number < 3)


@pytest.mark.parametrize(
    ("closed", "not_yet", "then"),
    [
        ("2027-03-02 00:00", ["2027-03-02 00:01", "2027-03-02 00:16", "2027-03-02 07:59"], "2027-03-02 08:00"),
        ("2027-03-02 10:00", ["2027-03-02 10:14"], "2027-03-02 10:16"),  # after a stop: no draft may leave any more
        ("2027-03-27 00:00", ["2027-03-27 10:00", "2027-03-29 10:00"], "2027-03-30 08:00"),  # Easter
    ],
)
def test_a_closing_by_the_clock_is_told_to_drafts_when_offices_are_open(
    opportunity, time_machine, closed, not_yet, then
):
    def at(moment):
        time_machine.move_to(datetime.fromisoformat(moment).replace(tzinfo=PARIS), tick=False)

    drafting = ApplicationFactory(opportunity=opportunity)
    at(closed)
    moderation.close(opportunity, by=None)

    for moment in not_yet:
        at(moment)
        changes.announce_due()
        assert told() == []
    at(then)
    changes.announce_due()

    assert told("application_closed") == [drafting.contact.email]


def test_withdrawing_with_five_applicants_tells_all_and_ends_their_applications(client, opportunity):
    waiting = ApplicationFactory.create_batch(3, sent=True, opportunity=opportunity)
    waiting[0].move(Application.State.SHORTLISTED, by=None)
    drafts = ApplicationFactory.create_batch(2, opportunity=opportunity)
    accepted = ApplicationFactory(sent=True, opportunity=opportunity)
    accepted.move(Application.State.ACCEPTED, by=None)

    asked = client.get(url("withdraw", opportunity))
    unexplained = client.post(url("withdraw", opportunity), {"reason": " "})
    shown = client.post(url("withdraw", opportunity), {"reason": "Le client a renoncé."})
    form = {"reason": "Le client a renoncé.", "previewed": shown.context["form"]["previewed"].value(), "confirm": "1"}
    for _ in range(2):
        client.post(url("withdraw", opportunity), form)

    assert asked.context["count"] == 5
    assert set(unexplained.context["form"].errors) == {"reason"}
    assert "Le client a renoncé." in shown.context["preview"]["text"]
    assert told() == sorted(one.contact.email for one in [*waiting, *drafts])
    assert "Le client a renoncé." in Email.objects.filter(template="application_cancelled").first().text
    assert Application.objects.filter(state="cancelled").count() == 5
    accepted.refresh_from_db()
    assert accepted.state == "accepted"


def test_the_reason_does_not_name_a_confidential_group(client):
    author = group_user(name="DÉMO Zéphyrion")
    client.force_login(author)
    secret = OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)

    page = client.post(url("withdraw", secret), {"reason": "Zéphyrion a changé d'avis"})

    assert set(page.context["form"].errors) == {"reason"}


def test_the_staff_s_reason_is_for_the_group_alone(opportunity, moderator):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    moderation.withdraw(opportunity, by=moderator, reason="Litige commercial")

    from matching import apply

    apply.cancel_withdrawn()

    application.refresh_from_db()
    assert application.state == "cancelled"
    assert "Litige" not in Email.objects.get(template="application_cancelled").text


@pytest.mark.parametrize("name", ["amend", "extend", "close", "withdraw"])
def test_what_can_be_done_no_more_leads_back_to_its_page(client, author, name):
    gone = OpportunityFactory(owner=author.organisation, state=State.WITHDRAWN)

    assert client.get(url(name, gone)).url == reverse("opportunities:manage", args=[gone.pk])


@pytest.mark.parametrize("count", [1, 3])
def test_the_confirmation_takes_a_fixed_number_of_queries(client, opportunity, count, django_assert_num_queries):
    ApplicationFactory.create_batch(count, sent=True, opportunity=opportunity)
    client.get(url("withdraw", opportunity))

    with django_assert_num_queries(13):
        client.post(url("withdraw", opportunity), {"reason": "Abandon"})
