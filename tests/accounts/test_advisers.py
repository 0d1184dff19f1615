"""Team France Export beside every SME: its region's adviser, or the national line; never an empty box."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import advisers
from accounts.models import Adviser, Email
from accounts.models.adviser import NATIONAL
from matching import apply
from matching.models import Application, DeclineReason
from tests.factories import ApplicationFactory, MembershipFactory, OrganisationFactory, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db
IMPORT = "admin:accounts_adviser_import"
State = Application.State


def adviser(place="FR-R32", **fields):
    return Adviser.objects.create(place=place, **{"name": f"DÉMO {place}", "email": "conseil@demo.example"} | fields)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"postcode": "60000"}, "FR-R32"),
        ({"department": "FR-60"}, "FR-R32"),
        ({"postcode": "20000"}, "FR-R94"),
        ({"postcode": "97400", "department": "FR-60"}, "FR-R04"),
        ({"postcode": "98800"}, ""),
        ({"postcode": "?", "department": "nulle part"}, ""),
        ({}, ""),
    ],
)
def test_the_region_comes_from_the_postcode_then_from_the_department(where, expected):
    assert advisers.region_of(OrganisationFactory(**where)) == expected


@pytest.mark.parametrize("where", [{"postcode": "60000"}, {"postcode": "35000"}, {"postcode": "98800"}, {}])
@pytest.mark.parametrize("known", [(), (NATIONAL,), ("FR-R32",), (NATIONAL, "FR-R32")])
def test_there_is_always_someone(where, known, django_assert_num_queries):
    company = OrganisationFactory(**where)
    for place in known:
        adviser(place)

    with django_assert_num_queries(1):
        found = advisers.of(company)

    here = where.get("postcode") == "60000" and "FR-R32" in known
    assert found.place == ("FR-R32" if here else NATIONAL)
    assert found.name == (f"DÉMO {found.place}" if found.place in known else "Team France Export")
    assert found.email or found.website


def test_the_database_refuses_one_that_nobody_can_reach_and_places_that_are_no_region():
    for wrong in [{"email": ""}, {"place": "MA"}, {"place": "FR-60"}]:
        with pytest.raises(IntegrityError), transaction.atomic():
            adviser(**wrong)


@pytest.mark.parametrize("page", ["accounts:profile", "matching:sme_dashboard"])
@pytest.mark.parametrize(("known", "expected"), [(True, "DÉMO FR-R32"), (False, "teamfrance-export.fr")])
def test_it_stands_beside_the_profile_and_on_the_dashboard(client, page, known, expected):
    user = sme_user(postcode="60000")
    if known:
        adviser()
    client.force_login(user)

    assert expected in client.get(reverse(page)).content.decode()


@pytest.mark.parametrize("state", State.values)
def test_it_stands_on_every_refusal_and_every_silence_and_nowhere_else(client, state):
    adviser(NATIONAL)
    its = {"decline_reason": "size"} if state == State.DECLINED else {}
    application = ApplicationFactory(sent=True, **its)
    Application.objects.filter(pk=application.pk).update(state=state, waitlisted_at=application.sent_at)
    client.force_login(application.contact)

    shown = "DÉMO FR" in client.get(application.get_absolute_url()).content.decode()

    assert shown == (state in {State.DECLINED, State.UNANSWERED, State.CANCELLED})


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("end", ["declined", "unanswered", "cancelled"])
def test_the_mail_of_a_refusal_or_a_silence_names_the_adviser(end, language):
    adviser("FR-R53", phone="01 23 45 67 89")
    sme = sme_user(postcode="35000")
    sme.language = language
    sme.save()
    application = ApplicationFactory(sent=True, contact=sme)
    if end == "declined":
        person = MembershipFactory(organisation=application.opportunity.owner).user
        apply.decline(application, by=person, reason=DeclineReason.SIZE)
    elif end == "unanswered":
        apply.leave_unanswered(application)
    else:
        apply.cancel(application)

    mail = Email.objects.get(template=f"application_{end}")

    region = {"fr": "Bretagne", "en": "Brittany"}[language]
    for body in (mail.text, mail.html):
        assert all(word in body for word in ["DÉMO FR-R53", region, "01 23 45 67 89", "conseil@demo.example"])


def load(client, text, **more):
    return client.post(reverse(IMPORT), {"text": text, **more})


def test_a_csv_is_looked_at_before_it_is_kept(client):
    sign_in_staff(client)
    adviser("FR-R32", name="DÉMO Avant")
    adviser("FR-R53")
    lines = ["Région;Nom;E-mail;Téléphone", "Hauts-de-France;DÉMO Après;apres@demo.example;0123"]
    text = "\n".join([*lines, "84;DÉMO Neuf;n@demo.example;"])

    page = load(client, text)
    before = dict(Adviser.objects.values_list("place", "name"))
    done = load(client, text, write="1")

    assert (page.context["reading"].new, page.context["reading"].changed) == (1, 1)
    assert page.context["form"].initial["text"] == text
    assert before == {"FR-R32": "DÉMO Avant", "FR-R53": "DÉMO FR-R53"}
    assert done.status_code == 302
    assert dict(Adviser.objects.values_list("place", "name")) == {
        "FR-R32": "DÉMO Après", "FR-R53": "DÉMO FR-R53", "FR-R84": "DÉMO Neuf",
    }  # fmt: skip


def test_the_same_csv_twice_changes_nothing(client):
    sign_in_staff(client)
    text = "region,name,website\nFrance,DÉMO Ligne,https://export.demo.example\n"
    load(client, text, write="1")

    page = load(client, text)

    assert (page.context["reading"].same, page.context["reading"].rows) == (1, [])


def test_a_spreadsheet_s_file_is_read_too(client):
    sign_in_staff(client)
    file = SimpleUploadedFile("a.csv", "Région;Nom;Courriel\nÎle-de-France;DÉMO Été;e@demo.example".encode("cp1252"))

    client.post(reverse(IMPORT), {"file": file, "write": "1"})

    assert Adviser.objects.get().name == "DÉMO Été"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Choisissez un fichier"),
        ("nom;e-mail\nDÉMO;a@demo.example", "« région » et « nom »"),
        ("région;nom;e-mail\nAtlantide;DÉMO;a@demo.example", "Ligne 2 : région inconnue, « Atlantide »."),
        ("région;nom;e-mail\nBretagne;DÉMO;pas une adresse", "Ligne 2 : Saisissez une adresse"),
        ("région;nom\nBretagne;DÉMO", "Indiquez au moins un e-mail, un téléphone ou un site."),
        ("région;nom;e-mail\n53;DÉMO;a@demo.example\nFR-R53;DÉMO 2;b@demo.example", "Ligne 3 : cette région"),
        ("région;nom;e-mail\nBretagne;;a@demo.example", "Ligne 2 : Ce champ ne peut pas être vide."),
        ("région;nom\n\x00\n" + '"' * 7, ""),
    ],
)
def test_a_wrong_csv_is_told_line_by_line_and_changes_nothing(client, text, said):
    sign_in_staff(client)

    page = load(client, text, write="1")

    assert page.status_code == 200
    told = [error.replace("\xa0", " ") for error in page.context["form"].errors["__all__" if said else "text"]]
    assert any(said in error for error in told), told
    assert page.context["form"].data["text"] == text
    assert not Adviser.objects.exists()
