import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching.models import Application, Introduction
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    EmailFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

State = Application.State
PAGES = ["application_status", "application_edit", "application_send", "application_withdraw"]


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def told(response):
    return [str(message) for message in response.context["messages"]]


def test_from_the_button_to_the_sending(client):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    client.force_login(user)
    start = reverse("matching:application_start", args=[opportunity.pk])

    assert client.get(start).status_code == 200
    assert not Application.objects.exists()
    draft = client.post(start, follow=True)
    application = Application.objects.get()
    assert draft.request["PATH_INFO"] == url("application_edit", application)
    words = {"pitch": "Nous faisons\r\nces vannes.", "contact": user.pk}
    preview = client.post(url("application_edit", application), words | {"next": ""}, follow=True)
    assert preview.request["PATH_INFO"] == url("application_send", application)
    assert preview.context["shown"]["pitch"] == "Nous faisons\nces vannes."
    assert preview.context["form"].initial == {}  # the box is not ticked
    done = client.post(url("application_send", application), {"consent": "on"}, follow=True)

    application.refresh_from_db()
    assert application.state == State.SENT
    assert done.request["PATH_INFO"] == url("application_status", application)
    assert told(done) == ["Votre candidature est partie. Un accusé de réception vous est envoyé."]
    assert {email.state for email in Email.objects.all()} == {"sent"}


def test_without_the_agreement_nothing_leaves(client):
    application = ApplicationFactory()
    client.force_login(application.contact)

    response = client.post(url("application_send", application))

    assert response.context["form"].errors == {"consent": ["Sans votre accord, rien n'est transmis."]}
    assert not Email.objects.exists()


def test_a_second_click_on_send_says_nothing_new(client):
    application = ApplicationFactory()
    client.force_login(application.contact)
    client.post(url("application_send", application), {"consent": "on"})

    response = client.post(url("application_send", application), {"consent": "on"})

    assert response.url == url("application_status", application)
    assert Email.objects.count() == 2


def test_a_draft_may_be_saved_half_written_and_not_sent(client):
    application = ApplicationFactory(pitch="")
    client.force_login(application.contact)

    saved = client.post(url("application_edit", application), {"pitch": "", "contact": "", "draft": ""})
    refused = client.post(url("application_edit", application), {"pitch": "", "contact": "", "next": ""})

    assert saved.url == url("application_edit", application)
    assert set(refused.context["form"].errors) == {"pitch", "contact"}
    assert client.get(url("application_send", application)).url == url("application_edit", application)


@pytest.mark.parametrize(
    ("pitch", "code"),
    [
        ("x" * 1101, "max_length"),
        ("Écrivez-moi : moi@example.com", "coordinates"),
        ("Appelez le 06 12 34 56 78", "coordinates"),
        ("Appelez le +33 6 12 34 56 78", "coordinates"),
    ],
)
def test_a_pitch_is_short_and_holds_no_coordinates(client, pitch, code):
    application = ApplicationFactory()
    client.force_login(application.contact)

    response = client.post(url("application_edit", application), {"pitch": pitch, "contact": application.contact_id})

    form = response.context["form"]
    assert [error.code for error in form.errors["pitch"].as_data()] == [code]
    assert form["pitch"].value() == pitch


def test_eleven_hundred_characters_count_line_breaks_once(client):
    application = ApplicationFactory()
    client.force_login(application.contact)
    pitch = "x\r\n" * 366 + "xy"

    client.post(url("application_edit", application), {"pitch": pitch, "contact": application.contact_id, "next": ""})

    application.refresh_from_db()
    assert application.pitch == pitch.replace("\r\n", "\n")


def test_html_in_a_pitch_is_shown_as_text(client):
    application = ApplicationFactory(pitch="<script>alert(1)</script>")
    client.force_login(application.contact)

    response = client.get(url("application_send", application))

    assert b"<script>alert" not in response.content
    assert b"&lt;script&gt;alert(1)" in response.content


def test_the_contact_is_a_colleague_and_nobody_else(client):
    application = ApplicationFactory()
    mate, stranger = colleague(application.contact), sme_user()
    client.force_login(application.contact)

    form = client.get(url("application_edit", application)).context["form"]
    refused = client.post(url("application_edit", application), {"pitch": "x", "contact": stranger.pk})

    assert set(form.fields["contact"].queryset) == {application.contact, mate}
    assert "contact" in refused.context["form"].errors


def test_the_second_colleague_takes_over_the_draft_with_a_notice(client):
    application = ApplicationFactory()
    client.force_login(colleague(application.contact))

    response = client.post(reverse("matching:application_start", args=[application.opportunity_id]), follow=True)

    assert told(response) == [
        f"{application.contact} a déjà commencé cette candidature : la voici, vous pouvez la continuer."
    ]
    assert Application.objects.count() == 1


@pytest.mark.parametrize("page", PAGES)
def test_another_company_finds_nothing_and_a_group_is_refused(client, page):
    application = ApplicationFactory()
    address = url(page, application)

    assert client.get(address).url == f"{reverse('account_login')}?next={address}"
    for user, status in [(sme_user(), 404), (group_user(), 403), (UserFactory(), 403)]:
        client.force_login(user)
        assert client.get(address).status_code == status
        if page != "application_status":
            assert client.post(address, {"consent": "on"}).status_code == status
    application.refresh_from_db()
    assert application.state == State.DRAFT


def test_a_reader_follows_but_changes_nothing(client):
    application = ApplicationFactory()
    client.force_login(colleague(application.contact, role=Membership.Role.READER))

    statuses = [client.get(url(page, application)).status_code for page in PAGES]

    assert statuses == [200, 403, 403, 403]


@pytest.mark.parametrize("state", ["draft", "submitted", "rejected"])
def test_what_is_not_public_cannot_be_applied_to(client, state):
    opportunity = OpportunityFactory(state=state)
    client.force_login(sme_user())

    assert client.post(reverse("matching:application_start", args=[opportunity.pk])).status_code == 404


def test_a_closed_opportunity_takes_nobody_new_and_keeps_the_draft(client):
    opportunity = OpportunityFactory(closed=True)
    application = ApplicationFactory(opportunity=OpportunityFactory(closed=True))
    client.force_login(application.contact)

    refused = client.post(reverse("matching:application_start", args=[opportunity.pk]), follow=True)
    kept = client.post(url("application_send", application), {"consent": "on"}, follow=True)

    assert "ne reçoit plus de candidatures" in told(refused)[0]
    assert Application.objects.get() == application
    assert "ne reçoit plus de candidatures" in kept.context["next_step"]


@pytest.mark.parametrize("state", State.values)
def test_the_status_page_says_what_comes_next_in_every_state(client, state):
    application = ApplicationFactory(sent=True, decline_reason="size", decided_at=timezone.now())
    Application.objects.update(state=state)
    client.force_login(application.contact)

    response = client.get(url("application_status", application))

    assert response.context["next_step"]
    assert [step.label for step in response.context["steps"] if not step.label] == []
    assert {step.status for step in response.context["steps"]} & {"now", "next", "stopped"}


@pytest.mark.parametrize("state", Introduction.State.values)
def test_the_status_page_follows_the_introduction(client, state):
    application = ApplicationFactory(sent=True, opportunity__secret=True, opportunity__owner__name="DÉMO Nom caché")
    Application.objects.update(state="accepted")
    Introduction.objects.create(application=application, email=EmailFactory(), state=state, sent_at=timezone.now())
    client.force_login(application.contact)

    response = client.get(url("application_status", application))

    assert response.context["next_step"]
    assert ("Nom caché" in response.content.decode()) == (state == "sent")
    assert response.context["may_withdraw"] == (state in {"pending", "held"})


def test_the_seen_receipt_shows(client):
    application = ApplicationFactory(sent=True, seen_at=timezone.now())
    client.force_login(application.contact)

    response = client.get(url("application_status", application))

    assert "Consultée par le groupe" in response.content.decode()


def test_withdrawing_asks_first_and_twice_is_once(client):
    application = ApplicationFactory(sent=True)
    client.force_login(application.contact)

    client.get(url("application_withdraw", application))
    application.refresh_from_db()
    assert application.state == State.SENT
    client.post(url("application_withdraw", application), {"reason": "Plus le temps"})
    client.post(url("application_withdraw", application))

    application.refresh_from_db()
    email = Email.objects.get()
    assert (application.state, email.template) == (State.WITHDRAWN, "application_withdrawn")
    assert "Plus le temps" not in email.text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_counts_its_queries_not_its_rows(client, rows, django_assert_num_queries):
    user = sme_user()
    applications = [ApplicationFactory(contact=user, sent=True) for _ in range(rows)]
    ApplicationFactory(sent=True)  # another company's must not show
    client.force_login(user)

    with django_assert_num_queries(7):  # user, membership, count, page, introductions, savepoint and its release
        response = client.get(reverse("matching:applications"))

    assert {row["application"] for row in response.context["rows"]} == set(applications)


def test_the_list_puts_drafts_first_then_the_nearest_answer(client):
    user = sme_user()
    over = ApplicationFactory(contact=user, sent=True, state="declined", decline_reason="size")
    late = ApplicationFactory(contact=user, sent=True, opportunity__answer_by="2030-02-01")
    soon = ApplicationFactory(contact=user, sent=True, opportunity__answer_by="2030-01-01")
    Opportunity.objects.update(apply_by=None)
    draft = ApplicationFactory(contact=user)
    client.force_login(user)

    response = client.get(reverse("matching:applications"))

    assert [row["application"] for row in response.context["rows"]] == [draft, soon, late, over]


def test_the_empty_list_says_where_to_begin(client):
    client.force_login(sme_user())

    response = client.get(reverse("matching:applications"))

    assert "Aucune candidature pour l'instant" in response.content.decode().replace("&#x27;", "'")
