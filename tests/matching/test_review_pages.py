import pytest
from django.urls import reverse

from accounts.models import Email, Membership
from matching import apply
from matching.models import Application, Introduction
from matching.together import Act
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

State = Application.State
ASKED = ["application_accept", "application_decline"]


@pytest.fixture
def application():
    draft = ApplicationFactory(opportunity__secret=True)
    apply.send(draft, by=draft.contact, consented=True)
    Email.objects.all().delete()
    return draft


@pytest.fixture
def decider(application, client):
    user = MembershipFactory(organisation=application.opportunity.owner).user
    client.force_login(user)
    return user


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def applicants(opportunity, query=""):
    return reverse("matching:applicants", args=[opportunity.pk]) + query


def told(response):
    return [str(message) for message in response.context["messages"]]


def test_the_file_shows_what_was_sent_and_why_but_nobody_to_write_to(client, application, decider):
    MatchFactory(opportunity=application.opportunity, company=application.company)

    response = client.get(url("application_review", application))

    page = response.content.decode()
    assert application.pitch in page
    assert response.context["fit"].band == "good"
    for hidden in (application.contact.email, application.contact.last_name):
        assert hidden not in page


def test_opening_the_file_is_the_seen_receipt(client, application, decider):
    client.get(url("application_review", application))
    application.refresh_from_db()
    first = application.seen_at
    client.get(url("application_review", application))

    application.refresh_from_db()
    assert first is not None
    assert application.seen_at == first


def test_accepting_shows_the_exact_mail_then_sends_it_once(client, application, decider):
    shown = client.get(url("application_accept", application))
    assert not Introduction.objects.exists()
    form = shown.context["form"].initial

    done = client.post(url("application_accept", application), form | {"confirm": ""}, follow=True)
    again = client.post(url("application_accept", application), form | {"confirm": ""}, follow=True)

    email = Email.objects.get()
    assert (email.state, email.subject) == ("sent", shown.context["preview"]["subject"])
    assert told(done) == [f"La mise en relation avec {application.company} part à l'instant."]
    assert told(again) == ["Cette candidature est déjà dans l'état «\xa0acceptée\xa0»\xa0: rien de plus n'est parti."]


def test_a_word_changed_after_the_preview_is_shown_again_before_it_leaves(client, application, decider):
    address = url("application_accept", application)
    first = client.get(address).context["form"].initial

    unseen = client.post(
        address, {"message": "À mardi ?\r\nDominique", "previewed": first["previewed"], "confirm": ""}
    )
    assert not Email.objects.exists()
    assert "À mardi ?\nDominique" in unseen.context["preview"]["text"]
    assert unseen.context["reread"]
    client.post(address, unseen.context["form"].initial | {"confirm": ""})

    assert "À mardi ?\nDominique" in Email.objects.get().text


def test_beyond_the_capacity_the_page_says_that_it_waits_and_so_it_does(client, application, decider):
    Opportunity.objects.update(capacity=1)
    ApplicationFactory(sent=True, opportunity=application.opportunity, state="accepted")

    shown = client.get(url("application_accept", application))
    client.post(url("application_accept", application), shown.context["form"].initial | {"confirm": ""})

    application.refresh_from_db()
    assert shown.context["full"]
    assert "liste d&#x27;attente" in shown.content.decode()
    assert (application.state, Introduction.objects.count()) == ("waitlisted", 0)
    assert [mail.template for mail in Email.objects.all()] == ["application_waitlisted"]


def test_accepting_a_confidential_one_says_that_the_name_is_disclosed(client, application, decider):
    response = client.get(url("application_accept", application))

    assert "Votre nom sera révélé" in response.content.decode()


def test_declining_takes_a_reason_a_preview_and_a_confirmation(client, application, decider):
    address, words = url("application_decline", application), {"reason": "size", "text": "Grandissez un peu."}

    nothing = client.post(address, {"text": "Non."})
    shown = client.post(address, words | {"confirm": ""})
    assert nothing.context["form"].errors.keys() == {"reason"}
    assert "Grandissez un peu." in shown.context["preview"]["text"]
    assert application.contact.last_name not in shown.context["preview"]["text"]
    assert not Email.objects.exists()
    done = client.post(address, shown.context["form"].initial | {"confirm": ""}, follow=True)
    again = client.post(address, shown.context["form"].initial | {"confirm": ""}, follow=True)

    application.refresh_from_db()
    assert (application.state, Email.objects.get().template) == (State.DECLINED, "application_declined")
    assert told(done) == [f"La réponse part à {application.company}."]
    assert "rien de plus n'est parti" in told(again)[0]


def test_shortlisting_shows_the_exact_mail_then_sends_it_once(client, application, decider):
    address = reverse("matching:decide_together", args=[application.opportunity_id, Act.SHORTLIST])
    address += f"?c={application.pk}"
    assert address in client.get(url("application_review", application)).text

    shown = client.get(address)
    assert "second examen" in shown.context["preview"]["text"]
    assert not Email.objects.exists()
    said = {"c": application.pk, "previewed": shown.context["form"]["previewed"].value(), "confirm": ""}
    done = client.post(address, said, follow=True)
    again = client.post(address, said, follow=True)

    application.refresh_from_db()
    email = Email.objects.get()
    assert (application.state, email.subject) == (State.SHORTLISTED, shown.context["preview"]["subject"])
    assert told(done) == ["1 candidature présélectionnée."]
    assert "Elle est déjà dans l'état «\xa0présélectionnée\xa0»" in told(again)[0]


def test_a_colleague_who_was_faster_is_told_about(client, application, decider):
    shown = client.get(url("application_accept", application))
    apply.decline(Application.objects.get(), by=colleague(decider), reason="size")

    response = client.post(
        url("application_accept", application), shown.context["form"].initial | {"confirm": ""}, follow=True
    )

    assert told(response) == [
        "Cette candidature est déjà dans l'état «\xa0déclinée\xa0»\xa0: rien de plus n'est parti."
    ]
    assert not Introduction.objects.exists()


@pytest.mark.parametrize("page", ["application_review", *ASKED])
def test_others_find_nothing_and_smes_are_refused(client, application, page):
    address = url(page, application)

    assert client.get(address).url == f"{reverse('account_login')}?next={address}"
    users = [(group_user(), 404), (sme_user(), 403), (application.contact, 403), (UserFactory(), 403)]
    for user, status in [*users, (group_user(waiting=True), 403)]:
        client.force_login(user)
        assert client.get(address).status_code == status


@pytest.mark.parametrize("page", ASKED)
def test_a_reader_reads_and_does_not_answer(client, application, decider, page):
    client.force_login(colleague(decider, role=Membership.Role.READER))

    response = client.get(url("application_review", application))

    assert not response.context["may_decide"]
    assert client.post(url(page, application), {"confirm": "", "reason": "size"}).status_code == 403


def test_a_draft_is_not_there_for_the_group(client, application, decider):
    draft = ApplicationFactory(opportunity=application.opportunity)

    response = client.get(applicants(application.opportunity))

    assert [row["application"] for row in response.context["rows"]] == [application]
    assert client.get(url("application_review", draft)).status_code == 404


def test_one_decides_nothing_on_a_suspended_opportunity(client, application, decider):
    application.opportunity.suspend(by=None, reason="x")

    form = client.get(url("application_accept", application)).context["form"].initial
    response = client.post(url("application_accept", application), form | {"confirm": ""}, follow=True)

    assert "ses candidatures ne bougent plus" in told(response)[0]
    assert not Introduction.objects.exists()


def test_a_decline_that_names_a_confidential_group_does_not_leave(client, application, decider):
    Opportunity.objects.update(confidential=True, alias="Groupe du secteur de l'eau")
    type(decider.organisation).objects.filter(pk=decider.organisation.pk).update(name="DÉMO Zéphyrine")
    address = url("application_decline", application)

    shown = client.post(address, {"reason": "size", "text": "L'équipe Zéphyrine vous remercie.", "confirm": ""})

    assert shown.context["form"].errors.keys() == {"text"}
    assert not Email.objects.exists()
