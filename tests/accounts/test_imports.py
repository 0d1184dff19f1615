"""Companies and groups brought in by a file of the staff's: read, looked at, then carried out by a worker."""

import csv
import io

import pytest
from django.urls import reverse

from accounts import charters
from accounts.models import Email, FirstContact, Organisation, OrganisationImport, SmeProfile, User
from pacte import sheets
from tests.accounts.company_files import ADD, State, imported, line, move, send, siren, written
from tests.factories import (
    CharterFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    sign_in_staff,
    sme_user,
)


@pytest.fixture(autouse=True)
def _staff(client):
    sign_in_staff(client)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_looked_at_before_anything_is_kept(client, kind):
    known = OrganisationFactory(siren=siren(1), address="Ici depuis toujours", postcode="69001", city="Lyon")
    rows = [line(1, email=""), line(2), line(3), line(4, siren="123"), line(5, postcode="cinq")]

    page = send(client, written(rows, kind), name=f"pme.{kind}")

    one = OrganisationImport.objects.get()
    assert (one.state, one.total, bytes(one.content)) == (State.PREVIEW, 5, b"")
    assert one.counts() == {"created": 2, "completed": 0, "same": 1, "refused": 2}
    assert list(Organisation.objects.all()) == [known]
    said = page.content.decode().replace("\xa0", " ")
    assert "SIREN : Un SIREN compte neuf chiffres." in said
    assert "code postal : Un code postal compte cinq chiffres." in said


def test_once_told_to_it_creates_organisations_that_nobody_acts_for(client):
    one = imported(client, [line(1), line(2)])
    page = client.get(reverse("admin:accounts_organisationimport_change", args=[one.pk]))
    assert [thing.siren for thing, _url in page.context["made"]] == [siren(1), siren(2)]
    assert f"{one.size} octets" in page.text.replace("\xa0", " ")
    assert "historylink" not in page.text

    its = Organisation.objects.get(siren=siren(1))
    assert (one.state, one.done, one.counts()["created"]) == (State.DONE, 2, 2)
    assert (its.kind, its.state, its.name, its.department) == ("sme", "to_verify", "DÉMO Import 1", "FR-60")
    assert its.history.get().changes == {"siren": ["", siren(1)]}
    assert its.first_contact.email == "import1@demo.example"
    assert not its.memberships.exists()
    assert not Email.objects.exists()
    assert User.objects.count() == 1  # who sent it


@pytest.mark.parametrize(("ticked", "state"), [({}, "to_verify"), ({"verified": "on"}, "verified")])
@pytest.mark.parametrize("kind", ["sme", "group"])
def test_staff_say_whether_the_new_ones_are_verified(client, kind, ticked, state):
    imported(client, [line(1)], kind=kind, **ticked)

    its = Organisation.objects.get()
    assert (its.kind, its.state) == (kind, state)
    assert hasattr(its, "group_profile") == (kind == "group")


def test_a_group_that_nobody_acts_for_is_not_said_to_owe_a_signature(client):
    CharterFactory(in_force=True)
    imported(client, [line(1)], kind="group", verified="on")
    before = list(charters.unsigned("group"))

    MembershipFactory(organisation=Organisation.objects.get())

    assert before == []
    assert list(charters.unsigned("group")) == [Organisation.objects.get()]


def test_a_known_one_is_completed_where_it_is_empty_and_nowhere_else(client):
    person = sme_user(siren=siren(1), name="DÉMO À moi", city="Lyon")
    before = SmeProfile.objects.get().revision

    one = imported(client, [line(1)])

    its = Organisation.objects.get()
    assert one.counts()["completed"] == 1
    assert (its.name, its.city, its.address, its.department) == ("DÉMO À moi", "Lyon", "1 rue Neuve", "FR-60")
    assert its.sme_profile.revision == before + 1
    assert its.history.latest("pk").changes == {"address": ["", "1 rue Neuve"], "postcode": ["", "60200"]}
    assert not FirstContact.objects.exists()
    assert person.organisation == its


def test_the_same_file_again_changes_nothing(client):
    imported(client, [line(1), line(2)])
    before = list(Organisation.objects.values()), list(SmeProfile.objects.values())

    again = imported(client, [line(1), line(2)])

    assert again.counts() == {"created": 0, "completed": 0, "same": 2, "refused": 0}
    assert (list(Organisation.objects.values()), list(SmeProfile.objects.values())) == before


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"group": True}, "est inscrite comme groupe"),
        ({"state": "closed"}, "fermée ou refusée"),
        ({"state": "refused"}, "fermée ou refusée"),
    ],
)
def test_what_a_file_may_not_touch_is_refused(client, known, said):
    OrganisationFactory(siren=siren(1), **known)
    before = list(Organisation.objects.values())

    one = imported(client, [line(1)])

    assert said in one.rows.get().complaints[0]
    assert list(Organisation.objects.values()) == before


@pytest.mark.parametrize(
    ("its", "said"),
    [
        ({"siren": "123456789"}, "SIREN : Ce numéro n'existe pas"),
        ({"siren": "1" * 9000}, "SIREN : Un SIREN compte neuf chiffres."),
        ({"siren": ""}, "SIREN : Ce champ est obligatoire."),
        ({"name": ""}, "La raison sociale manque."),
        ({"name": "x" * 201}, "raison sociale : Plus de 200 caractères."),
        ({"postcode": "6020"}, "code postal : Un code postal compte cinq chiffres."),
        ({"email": "pas une adresse"}, "e-mail du contact : Saisissez une adresse"),
    ],
)
def test_what_is_wrong_is_told_line_by_line(client, its, said):
    send(client, written([line(1), line(2, **its)]))

    row = OrganisationImport.objects.get().rows.get(outcome="refused")
    assert row.line == 3
    assert said in " ".join(row.complaints).replace("\xa0", " ")


def test_a_siret_is_its_company_s_siren(client):
    one = imported(client, [line(1, siren="732 829 320 00074"), line(2, siren="732829320")])

    assert Organisation.objects.get().siren == "732829320"
    assert one.rows.get(line=3).complaints == ["ce SIREN figure déjà à la ligne 2."]


def test_a_siren_that_stands_twice_counts_once(client):
    one = imported(client, [line(1), line(2), line(1, name="DÉMO Autre")])

    assert one.rows.get(line=4).complaints == ["ce SIREN figure déjà à la ligne 2."]
    assert set(Organisation.objects.values_list("name", flat=True)) == {"DÉMO Import 1", "DÉMO Import 2"}


def test_columns_that_we_do_not_know_are_told_and_left_out(client):
    page = send(client, written([[siren(1), "DÉMO", "secret"]], head=["siren", "nom", "Note interne"]))

    assert OrganisationImport.objects.get().ignored == ["Note interne"]
    assert "Note interne" in page.content.decode()
    assert "secret" not in str(list(OrganisationImport.objects.get().rows.values()))


def test_what_staff_drop_is_never_done(client):
    send(client, written([line(1)]))
    one = OrganisationImport.objects.get()

    move(client, one, "drop")

    one.refresh_from_db()
    assert (one.state, one.rows.count(), Organisation.objects.count()) == (State.DROPPED, 0, 0)


# the report


def report(client, one, which="tout"):
    answer = client.get(reverse("admin:accounts_organisationimport_report", args=[one.pk, which]))
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_the_report_has_every_line_or_those_to_mend_and_nothing_is_calculated(client):
    one = imported(client, [line(1, name="=HYPERLINK(1)"), line(2, siren="+33"), line(3, siren="@x", name="\t=1")])

    whole, wrong = report(client, one), report(client, one, "refus")

    assert [row[:2] for row in whole[1:]] == [["2", "créée"], ["3", "refusée"], ["4", "refusée"]]
    assert [row[0] for row in wrong[1:]] == ["3", "4"]
    assert whole[1][4] == "'=HYPERLINK(1)"
    assert whole[2][3] == "'+33"
    assert not any(cell.startswith(("=", "+", "@", "-")) for row in whole for cell in row)


def test_the_report_of_what_was_refused_can_be_mended_and_sent_again(client):
    one = imported(client, [line(1), line(2, siren="123")])
    head, row = report(client, one, "refus")
    row[3] = siren(2)

    send(client, written([row], head=head))

    assert OrganisationImport.objects.first().counts()["created"] == 1


@pytest.mark.parametrize("kind", sheets.FORMATS)
def test_the_model_has_the_headings_that_are_read(client, kind):
    model = client.get(reverse("admin:accounts_organisationimport_model", args=[kind])).content

    page = send(client, model, name=f"modele.{kind}")

    assert "aucune ligne" in page.content.decode()
    assert OrganisationImport.objects.get().state == State.REFUSED


def test_files_are_for_staff_who_may(client):
    one = imported(client, [line(1)])
    addresses = [
        reverse("admin:accounts_organisationimport_report", args=[one.pk, "tout"]),
        reverse("admin:accounts_organisationimport_model", args=["csv"]),
        reverse(ADD),
    ]
    sign_in_staff(client, UserFactory(is_staff=True))
    without = [client.get(address).status_code for address in addresses]
    client.force_login(sme_user())
    people = [client.get(address, follow=True).status_code for address in addresses]

    assert (without, people) == ([403] * 3, [403] * 3)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("250k-1m", "250k-1m"), ("250 000 € à 1 M€", "250k-1m"), ("Over €5m", "5m+"), ("", ""), ("beaucoup", None)],
)
def test_the_contract_that_an_sme_may_deliver_is_a_band_by_its_code_or_its_words(client, typed, kept):
    known = OrganisationFactory(siren=siren(2), profile__volume="1m-5m")
    head = ["SIREN", "Raison sociale", "Montant de contrat livrable"]

    send(client, written([[siren(n), f"DÉMO Import {n}", typed] for n in (1, 2)], head=head))
    one = OrganisationImport.objects.get()
    move(client, one, "start")

    its = SmeProfile.objects.filter(organisation__siren=siren(1)).values_list("volume", flat=True)
    assert list(its) == ([] if kept is None else [kept])
    known.sme_profile.refresh_from_db()
    assert known.sme_profile.volume == "1m-5m"  # what is there stays
    said = " ".join(report(client, one)[1]).replace("\xa0", " ")
    assert ("Ce n'est pas une des tranches" in said) is (kept is None)
