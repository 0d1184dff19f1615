"""A file joined while the group was named does not betray it once its name is confidential."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from matching import changes, transfers
from opportunities import attachments, checks, hints, leaks, moderation
from opportunities.models import Attachment
from pacte.states import StateError
from tests.factories import OpportunityFactory, UserFactory, group_user, sign_in_staff

OWN = b"%PDF-1.7 << /Author (Zephyrion) >>"


@pytest.fixture
def author(client):
    user = group_user(name="DÉMO Zéphyrion")
    client.force_login(user)
    return user


def joined(author, name="plan.pdf", content=b"%PDF-1.7", *, submitted=False, **fields):
    """Joined by its page while the opportunity names its group; then the box is ticked."""
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author, **fields)
    form = attachments.UploadForm({}, {"file": SimpleUploadedFile(name, content)}, opportunity=opportunity)
    assert form.is_valid()
    attachments.add(form, by=author)
    opportunity.confidential, opportunity.alias = True, "Groupe de l'eau"
    if submitted:
        opportunity.submit(by=author)
        opportunity.save()
    return opportunity


TELLING = pytest.mark.parametrize(("name", "content"), [("Plan Zéphyrion.pdf", b"%PDF-1.7"), ("plan.pdf", OWN)])


@TELLING
def test_its_name_and_its_properties_are_read_again(author, name, content):
    opportunity = joined(author, name, content)

    assert leaks.found(opportunity)["attachments"].casefold() in {"zéphyrion", "zephyrion"}
    assert set(checks.problems(opportunity)) == {"attachments"}


@pytest.mark.parametrize("name", ["H_Quetzalcóatl.pdf", "plan (quetzalcoatl).pdf", "Onde.pdf"])
def test_the_surname_of_who_may_have_written_it_tells_too(author, name):
    opportunity = joined(author, name, contact_name="Hippolyte Quetzalcóatl", deputy_name="Ursule Onde")

    assert set(leaks.found(opportunity)) == {"attachments"}


def test_a_first_name_tells_nothing(author):
    assert leaks.found(joined(author, "Ursule.pdf", deputy_name="Ursule Onde")) == {}


def test_a_file_that_says_nothing_is_let_through_and_so_is_one_that_nobody_will_read(author):
    opportunity = joined(author)
    Attachment.objects.create(opportunity=opportunity, name="Zéphyrion.pdf", type="pdf", size=1, state="infected")

    assert leaks.found(opportunity) == {}


@TELLING
def test_it_is_not_submitted_and_the_group_is_led_to_the_file(client, author, name, content):
    opportunity = joined(author, name, content)
    opportunity.save()
    files = reverse("opportunities:files", args=[opportunity.pk])

    preview = client.get(reverse("opportunities:preview", args=[opportunity.pk]))
    sent = client.post(reverse("opportunities:submit", args=[opportunity.pk]), follow=True)

    opportunity.refresh_from_db()
    assert opportunity.state == "draft"
    assert f'href="{files}"' in preview.text
    assert '<button class="button button--quiet" name="files"' in sent.text  # the form, which has no field for it
    assert "qui désigne votre groupe" in client.get(files).text


def test_the_steps_lead_to_confidentiality_where_files_are(client, author):
    opportunity = joined(author, "Zéphyrion.pdf")
    opportunity.save()

    page = client.get(reverse("opportunities:manage", args=[opportunity.pk]))

    assert reverse("opportunities:edit_step", args=[opportunity.pk, "confidentialite"]) in page.text


def test_it_is_not_published(author):
    opportunity = joined(author, "Zéphyrion.pdf", submitted=True)

    with pytest.raises(StateError, match="Zéphyrion"):
        moderation.publish(opportunity, by=UserFactory(staff=True), checked=True)


def test_a_published_one_does_not_become_confidential(author):
    opportunity = joined(author, "Zéphyrion.pdf", published=True)
    opportunity.refresh_from_db()

    with pytest.raises(StateError, match="Zéphyrion"):
        changes.amend(opportunity, {"confidential": [False, True], "alias": ["", "Groupe de l'eau"]}, by=author)


def test_staff_who_tick_the_box_are_told_of_the_file(client, author):
    opportunity = joined(author, "Zéphyrion.pdf", published=True)
    sign_in_staff(client)
    url = reverse("admin:opportunities_opportunity_change", args=[opportunity.pk])
    form = client.get(url).context["adminform"].form
    typed = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    inlines = {
        f"{prefix}-{total}": 0 for prefix in ("criteria", "comments") for total in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    page = client.post(url, typed | inlines | {"details": "{}", "confidential": "on", "alias": "Groupe de l'eau"})

    assert "Zéphyrion" in str(page.context["adminform"].form.non_field_errors())
    opportunity.refresh_from_db()
    assert not opportunity.confidential


def test_it_goes_to_no_other_group_that_its_files_name(author):
    opportunity = joined(author, "Plan Onde Noire.pdf", published=True)
    opportunity.save()
    other = group_user(name="DÉMO Onde Noire").organisation

    with pytest.raises(StateError, match="Onde"):
        transfers.transfer(opportunity, other, by=UserFactory(staff=True))


def test_a_file_that_comes_while_the_box_is_ticked_elsewhere_is_refused_too(author):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author)
    form = attachments.UploadForm({}, {"file": SimpleUploadedFile("Zéphyrion.pdf", OWN)}, opportunity=opportunity)
    assert form.is_valid()
    type(opportunity).objects.filter(pk=opportunity.pk).update(confidential=True, alias="Groupe de l'eau")

    with pytest.raises(StateError, match="Zéphyrion"):
        attachments.add(form, by=author)

    assert not Attachment.objects.exists()


def test_a_moderator_reads_which_file_tells(author):
    opportunity = joined(author, "Zéphyrion.pdf", submitted=True)

    assert [hint.field for hint in hints.of(opportunity) if "Zéphyrion" in hint.text] == ["fichier joint"]
