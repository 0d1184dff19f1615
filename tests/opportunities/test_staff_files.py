"""Staff open the files of an opportunity, and nothing that comes after its publication is seen before they have."""

from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Email
from matching import changes, subscriptions
from opportunities import attachments, hints, moderation
from opportunities.models import Attachment
from pacte import backoffice, files
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, group_user, sign_in_staff, sme_user

PDF = b"%PDF-1.7 plan"
PAGE = "admin:opportunities_opportunity_change"


@pytest.fixture
def author():
    return group_user()


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(owner=author.organisation, created_by=author, published=True)


def joined(opportunity, **fields):
    row = {"name": "plan.pdf", "type": "pdf", "size": len(PDF), "content": PDF, "state": "clean", **fields}
    return Attachment.objects.create(opportunity=opportunity, **row)


def add(opportunity, author, name="plan.pdf"):
    form = attachments.UploadForm({}, {"file": SimpleUploadedFile(name, PDF)}, opportunity=opportunity)
    assert form.is_valid()
    return attachments.add(form, by=author)


def address(file):
    return reverse("admin:opportunities_opportunity_file", args=[file.opportunity_id, file.pk])


def button(opportunity, name):
    return reverse("admin:opportunities_opportunity_transition", args=[opportunity.pk, name])


@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize("state", ["submitted", "published"])
def test_a_moderator_opens_a_file_from_its_opportunity_s_page_and_it_is_noted(client, state, confidential):
    file = joined(OpportunityFactory(**{state: True}), confidential=confidential)
    moderator = sign_in_staff(client)

    page = client.get(reverse(PAGE, args=[file.opportunity_id]))
    asked, noted = client.get(address(file)), LogEntry.objects.exists()
    answer = client.post(address(file))

    assert (asked.status_code, "Ouvrir le fichier" in asked.text, noted) == (200, True, False)
    assert f'href="{address(file)}"' in page.text
    assert answer.content == PDF
    kept = {name: value for name, value in files.SAFE.items() if name != "Cache-Control"}
    assert {name: answer[name] for name in kept} == kept
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, "plan.pdf" in entry.change_message) == (
        moderator, str(file.opportunity_id), True,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["waiting", "infected"])
def test_nobody_opens_one_that_the_antivirus_has_not_let_through(client, state):
    file = joined(OpportunityFactory(submitted=True), state=state)
    sign_in_staff(client)

    page = client.get(reverse(PAGE, args=[file.opportunity_id]))

    assert "plan.pdf" in page.text
    assert f'href="{address(file)}"' not in page.text
    assert [client.get(address(file)).status_code, client.post(address(file)).status_code] == [404, 404]
    assert not LogEntry.objects.exists()


def test_a_file_of_another_opportunity_is_not_found_and_staff_without_the_right_are_refused(client):
    file = joined(OpportunityFactory(submitted=True))
    sign_in_staff(client)
    other = OpportunityFactory()
    elsewhere = reverse("admin:opportunities_opportunity_file", args=[other.pk, file.pk])

    assert client.post(elsewhere).status_code == 404
    sign_in_staff(client, UserFactory(is_staff=True))
    assert client.post(address(file)).status_code == 403
    assert not LogEntry.objects.exists()


def test_staff_who_may_only_look_open_it(client):
    file = joined(OpportunityFactory(submitted=True))
    looking = sign_in_staff(client, UserFactory(is_staff=True))
    looking.user_permissions.add(Permission.objects.get(codename="view_opportunity"))

    assert client.post(address(file)).content == PDF


@pytest.mark.parametrize(
    ("state", "word"), [("waiting", "attend l'antivirus"), ("infected", "refusé par l'antivirus")]
)
def test_a_hint_tells_of_a_file_that_cannot_be_read(state, word):
    file = joined(OpportunityFactory(submitted=True), state=state)

    [told] = [hint.text for hint in hints.of(file.opportunity) if hint.field == "fichier joint"]

    assert "plan.pdf" in told
    assert word in told


def test_a_file_joined_after_the_publication_is_its_group_s_alone_until_staff_have_looked(client, opportunity, author):
    file = add(opportunity, author)
    client.force_login(sme_user())
    before = client.get(file.get_absolute_url()).status_code, client.get(opportunity.get_absolute_url())
    client.force_login(author)
    own = (
        client.get(file.get_absolute_url()).status_code,
        client.get(reverse("opportunities:files", args=[opportunity.pk])),
    )
    staff = sign_in_staff(client)
    asked = client.get(button(opportunity, "show-files"))
    client.post(button(opportunity, "show-files"))

    assert (before[0], "plan.pdf" in before[1].text) == (404, False)
    assert (own[0], "une fois regardé par notre équipe" in own[1].text) == (200, True)
    assert asked.status_code == 200
    client.force_login(sme_user())
    assert client.get(file.get_absolute_url()).content == PDF
    assert "plan.pdf" in client.get(opportunity.get_absolute_url()).text
    last = opportunity.history.latest("pk")
    assert (last.actor, last.changes) == (staff, {"attachments": ["", "plan.pdf"]})


def test_the_page_that_takes_it_says_that_staff_look_first(client, opportunity, author):
    client.force_login(author)
    url = reverse("opportunities:files", args=[opportunity.pk])

    page = client.post(url, {"file": SimpleUploadedFile("plan.pdf", PDF)}, follow=True)

    assert "Notre équipe le regarde" in page.text


def test_several_are_told_in_one_mail_each_to_the_group_to_applicants_and_to_followers(opportunity, author):
    applicant = ApplicationFactory(sent=True, opportunity=opportunity).contact
    follower = sme_user()
    subscriptions.follow(follower, opportunity)
    for name in ("plan.pdf", "cahier.pdf"):
        add(opportunity, author, name)
    changes.announce_due()
    assert not Email.objects.exists()

    attachments.show_added(opportunity, by=UserFactory(staff=True))
    changes.announce_due()
    changes.announce_due()

    told = {mail.template: (mail.to, "plan.pdf, cahier.pdf" in unescape(mail.text)) for mail in Email.objects.all()}
    assert told.pop("opportunity_amended")[1]
    assert told == {"application_changed": ([applicant.email], True), "follow_news": ([follower.email], True)}
    assert Email.objects.filter(template="application_changed").count() == 1


def test_staff_refuse_it_with_a_reason_that_the_group_reads(client, opportunity, author):
    file = add(opportunity, author)
    sign_in_staff(client)

    empty = client.post(button(opportunity, "refuse-files"), {"reason": " "})
    client.post(button(opportunity, "refuse-files"), {"reason": "Il nomme un concurrent."})
    changes.announce_due()

    assert empty.context["form"].errors
    assert not Attachment.objects.filter(pk=file.pk).exists()
    assert {mail.template for mail in Email.objects.all()} == {"opportunity_amended"}
    assert "Il nomme un concurrent." in Email.objects.first().text
    assert opportunity.history.latest("pk").changes == {"attachments": ["plan.pdf", ""]}


def test_a_second_click_finds_nothing_left_and_says_so(opportunity, author):
    add(opportunity, author)
    staff = UserFactory(staff=True)
    attachments.show_added(opportunity, by=staff)

    with pytest.raises(StateError):
        attachments.show_added(opportunity, by=staff)
    with pytest.raises(StateError):
        attachments.refuse_added(opportunity, by=staff, reason="Non.")

    assert opportunity.history.filter(due=True).count() == 1


def test_the_queue_counts_the_opportunities_and_leads_to_them(client, opportunity, author):
    for name in ("plan.pdf", "cahier.pdf"):
        add(opportunity, author, name)
    joined(OpportunityFactory(published=True))
    sign_in_staff(client)

    [queue] = [one for one in backoffice.queues() if "fichiers=" in one.query]
    page = client.get(queue.summary()["url"])

    assert queue.summary()["count"] == 1
    assert list(page.context["cl"].result_list) == [opportunity]


def test_a_file_that_waited_for_the_antivirus_when_it_was_published_is_looked_at_before_it_is_shown(client, settings):
    opportunity = OpportunityFactory(submitted=True)
    read, unread = joined(opportunity), joined(opportunity, name="cahier.pdf", state="waiting")
    moderation.publish(opportunity, by=UserFactory(staff=True), checked=True)
    Attachment.objects.filter(pk=unread.pk).update(state="clean")
    client.force_login(sme_user())

    assert client.get(read.get_absolute_url()).status_code == 200
    assert client.get(unread.get_absolute_url()).status_code == 404


def test_a_confidential_one_that_waits_is_not_even_named_before_the_pledge(client, opportunity):
    joined(opportunity, name="secret.pdf", confidential=True, to_look=True)
    client.force_login(sme_user())

    assert "secret.pdf" not in client.get(reverse("opportunities:pledge", args=[opportunity.pk])).text
