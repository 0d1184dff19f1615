from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, introduce
from matching.models import Application
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

State = Application.State
PITCH = "Nous fabriquons ces vannes depuis vingt ans."
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


def test_the_first_words_begin_the_application_in_one_go(client):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    client.force_login(user)
    start = reverse("matching:application_start", args=[opportunity.pk])

    page = client.get(start)
    nothing_yet = Application.objects.exists()
    done = client.post(start, {"pitch": PITCH, "contact": user.pk, "next": ""}, follow=True)
    again = client.post(start, {"pitch": PITCH, "contact": user.pk, "next": ""}, follow=True)

    application = Application.objects.get()
    assert (page.context["action"], nothing_yet) == (start, False)
    assert {one.request["PATH_INFO"] for one in (done, again)} == {url("application_send", application)}
    assert (application.pitch, application.state) == (PITCH, State.DRAFT)


def test_words_that_cannot_begin_it_stay_on_the_page(client):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    client.force_login(user)
    start = reverse("matching:application_start", args=[opportunity.pk])
    wrong = client.post(start, {"pitch": "Écrivez à a@demo.example", "contact": user.pk, "next": ""})
    Application.objects.all().delete()
    Opportunity.objects.update(state="closed", apply_by=timezone.localdate() - timedelta(days=2))

    late = client.post(start, {"pitch": PITCH, "contact": user.pk, "next": ""})

    assert wrong.context["form"].errors.keys() == {"pitch"}
    assert wrong.context["action"].endswith("/modifier/")
    assert late.context["form"]["pitch"].value() == PITCH
    assert not Application.objects.exists()
    assert client.get(start).url == opportunity.get_absolute_url()


def test_words_typed_beside_a_colleague_s_draft_do_not_write_over_it(client):
    theirs = ApplicationFactory(pitch="Commencée par l'une.")
    client.force_login(colleague(theirs.contact))
    start = reverse("matching:application_start", args=[theirs.opportunity_id])

    response = client.post(start, {"pitch": PITCH, "contact": theirs.contact_id, "next": ""})

    theirs.refresh_from_db()
    assert (theirs.pitch, response.context["form"]["pitch"].value()) == ("Commencée par l'une.", PITCH)
    assert [text.replace("\xa0", " ") for text in told(response)] == [
        f"{theirs.contact} a déjà commencé cette candidature : son texte reste enregistré tant que vous "
        "n'enregistrez pas le vôtre."
    ]


def test_references_that_no_group_may_read_are_told_of_before_sending(client):
    application = ApplicationFactory()
    profile = application.company.sme_profile
    profile.references.create(title="Rabat")
    client.force_login(application.contact)
    page = url("application_send", application)
    before = client.get(page).text
    profile.references.create(title="Le Caire, secret", shareable=False)

    after = client.get(page).text

    assert "vous n'avez pas dit qu'un groupe peut" not in before
    assert "Une de vos références n'y est pas" in after
    assert "Le Caire, secret" not in after


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
        ("Notre catalogue : https://vannes.example/fr", "coordinates"),
        ("Tout est sur www.vannes.example", "coordinates"),
    ],
)
def test_html_links_in_pitch_it_is_short_and_neither_coordinates_nor_a_web_address_pass(client, pitch, code):
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


HOSTILE = '<script>alert(1)</script> <a href="https://vannes.example">ici</a> https://vannes.example'


def test_html_links_in_pitch_are_plain_text_on_every_page_and_in_every_mail(client):
    """As it may have been kept before the form refused it."""
    decider = group_user()
    opportunity = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider)
    application = ApplicationFactory(pitch=HOSTILE, opportunity=opportunity)
    client.force_login(application.contact)
    pages = [client.get(url("application_send", application))]
    apply.send(application, by=application.contact, consented=True)
    pages.append(client.get(url("application_status", application)))
    client.force_login(decider)
    pages.append(client.get(url("application_review", application)))
    introduce.accept(application, by=decider, message=HOSTILE)

    for text in [*(page.text for page in pages), *Email.objects.values_list("html", flat=True)]:
        assert "<script>alert" not in text
        assert 'href="https://vannes.example' not in text
    assert all("&lt;script&gt;alert(1)" in page.text for page in pages)
    assert "&lt;script&gt;alert(1)" in Email.objects.get(template="introduction").html  # the group's word


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
        f"{application.contact} a déjà commencé cette candidature\xa0: la voici, vous pouvez la continuer."
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
