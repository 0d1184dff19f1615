"""Companies and groups brought in by a file of the staff's: read, looked at, then carried out by a worker."""

import csv
import io
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from accounts import imports as organisations
from accounts import invitations, onboarding
from accounts.models import Email, FirstContact, Membership, Organisation, OrganisationImport, SmeProfile, User
from accounts.onboarding import Person
from accounts.tasks import forget_imports, forget_unconfirmed, resume_imports, run_import
from pacte import imports, sheets
from pacte.states import StateError
from tests.factories import PASSWORD, OrganisationFactory, UserFactory, luhn_siren, sign_in_staff, sme_user

ADD = "admin:accounts_organisationimport_add"
State = imports.State
HEAD = ["SIREN", "Raison sociale", "Adresse", "Code postal", "Ville", "E-mail du contact"]


def siren(number):
    """One that no factory gives."""
    return luhn_siren(5_000_000 + number)


def line(number, **its):
    told = {"siren": siren(number), "name": f"DÉMO Import {number}", "address": "1 rue Neuve", "postcode": "60200",
            "city": "Compiègne", "email": f"import{number}@demo.example"} | its  # fmt: skip
    return list(told.values())


def written(rows, kind="csv", head=HEAD):
    return sheets.written(kind, head, rows)


def send(client, content, name="pme.csv", **its):
    return client.post(reverse(ADD), {"file": SimpleUploadedFile(name, content), "kind": "sme", **its}, follow=True)


def move(client, one, name):
    return client.post(reverse("admin:accounts_organisationimport_transition", args=[one.pk, name]), follow=True)


def imported(client, rows, **its):
    """A file sent, read and carried out."""
    send(client, written(rows), **its)
    one = OrganisationImport.objects.first()
    move(client, one, "start")
    one.refresh_from_db()
    return one


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

    its = Organisation.objects.get(siren=siren(1))
    assert (one.state, one.done, one.counts()["created"]) == (State.DONE, 2, 2)
    assert (its.kind, its.state, its.name, its.department) == ("sme", "to_verify", "DÉMO Import 1", "FR-60")
    assert its.sme_profile.proposable is False
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


def test_a_known_one_is_completed_where_it_is_empty_and_nowhere_else(client):
    person = sme_user(siren=siren(1), name="DÉMO À moi", city="Lyon")
    before = SmeProfile.objects.get().revision

    one = imported(client, [line(1)])

    its = Organisation.objects.get()
    assert one.counts()["completed"] == 1
    assert (its.name, its.city, its.address, its.department) == ("DÉMO À moi", "Lyon", "1 rue Neuve", "FR-60")
    assert its.sme_profile.revision == before + 1
    assert its.sme_profile.proposable is True
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
        ({"siren": "73282932000074"}, "SIREN : C'est un SIRET"),
        ({"siren": "123456789"}, "SIREN : Ce numéro n'existe pas"),
        ({"siren": "1" * 9000}, "SIREN : Un SIREN compte neuf chiffres."),
        ({"siren": ""}, "SIREN : Ce champ est obligatoire."),
        ({"name": ""}, "la raison sociale manque."),
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


# by and by, whatever happens to its worker


def ready(client, count):
    """A file looked at and told to start, whose worker has not come yet."""
    send(client, written([line(number) for number in range(count)]))
    one = OrganisationImport.objects.get()
    OrganisationImport.objects.update(state=State.RUNNING, done=0, touched_at="2020-01-01T00:00Z")
    return one


def test_a_batch_is_a_transaction_that_says_how_far_it_is(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)

    more = [(imports.batch(organisations.WORK, one.pk), Organisation.objects.count()) for _ in range(3)]

    assert more == [(True, 2), (True, 4), (False, 5)]


def test_while_it_runs_the_counts_are_of_what_is_done(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)
    looked_at = one.counts()["created"]
    imports.batch(organisations.WORK, one.pk)
    one.refresh_from_db()

    assert (looked_at, one.counts()["created"]) == (5, 2)


def test_a_worker_lost_in_the_midst_leaves_no_half_batch_and_another_goes_on(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)
    imports.batch(organisations.WORK, one.pk)
    create = organisations.create
    monkeypatch.setattr(organisations, "keep_contacts", lambda found: exit_at_once())
    with pytest.raises(SystemExit):
        imports.batch(organisations.WORK, one.pk)
    monkeypatch.undo()
    left = Organisation.objects.count()
    OrganisationImport.objects.update(touched_at="2020-01-01T00:00Z")

    resume_imports()

    one.refresh_from_db()
    assert left == 2
    assert (one.state, one.done) == (State.DONE, 5)
    assert Organisation.objects.count() == one.rows.filter(outcome="created").count() == 5
    assert organisations.create is create


def exit_at_once():
    raise SystemExit


def test_what_staff_drop_while_it_is_read_stays_dropped(client, monkeypatch):
    one = ready(client, 1)
    OrganisationImport.objects.update(state=State.READING, total=None, type="csv", content=written([line(1)]))
    one.rows.all().delete()
    rows_of = imports.rows_of

    def slowly(*args):
        OrganisationImport.objects.update(state=State.DROPPED)
        return rows_of(*args)

    monkeypatch.setattr(imports, "rows_of", slowly)

    run_import(one.pk)

    one.refresh_from_db()
    assert (one.state, one.rows.count()) == (State.DROPPED, 0)


def test_a_task_that_runs_twice_does_no_more(client):
    one = ready(client, 3)

    run_import(one.pk)
    run_import(one.pk)

    assert Organisation.objects.count() == 3
    assert one.history.filter(after=State.DONE).count() == 1


def test_it_can_be_stopped_and_taken_up_again(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)
    imports.batch(organisations.WORK, one.pk)

    move(client, one, "stop")
    run_import(one.pk)
    stopped = Organisation.objects.count()
    move(client, one, "resume")

    one.refresh_from_db()
    assert (stopped, Organisation.objects.count(), one.state, one.done) == (2, 5, State.DONE, 5)


def test_who_signs_up_meanwhile_keeps_what_they_said(client, monkeypatch):
    one = ready(client, 2)
    create, calls = organisations.create, []

    def slow(*args):
        calls.append(args)
        if len(calls) == 1:
            raise IntegrityError("that number was taken a moment ago")
        create(*args)

    monkeypatch.setattr(organisations, "create", slow)

    run_import(one.pk)

    assert (len(calls), Organisation.objects.count()) == (2, 2)


def test_a_fault_of_ours_stops_it_and_says_so(client, monkeypatch, caplog):
    one = ready(client, 2)
    monkeypatch.setattr(organisations, "create", lambda *args: {}["no such thing"])

    run_import(one.pk)

    one.refresh_from_db()
    assert (one.state, Organisation.objects.count()) == (State.STOPPED, 0)
    assert "Une erreur inattendue" in one.complaint


def test_beat_leaves_alone_those_that_a_worker_is_at(client):
    one = ready(client, 2)
    OrganisationImport.objects.update(touched_at=imports.timezone.now())

    resume_imports()

    one.refresh_from_db()
    assert one.state == State.RUNNING


@pytest.mark.parametrize("rows", [2, 60])
def test_a_batch_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    one = ready(client, rows)

    with django_assert_num_queries(BATCH_QUERIES):
        imports.batch(organisations.WORK, one.pk)


BATCH_QUERIES = 18


def test_two_thousand_lines(client):
    one = imported(client, [line(number) for number in range(2000)])

    assert (one.state, one.done, Organisation.objects.count()) == (State.DONE, 2000, 2000)


# who comes for it


def claim(siren, email="premiere@example.com"):
    return onboarding.sign_up(
        kind="sme", siren=siren, name="DÉMO", person=Person("Camille", "Démo", email, PASSWORD, "fr"),
        company=None, registry="unknown", recognised=False,
    )  # fmt: skip


def test_whoever_knows_its_siren_takes_it_over(client):
    imported(client, [line(1)])

    membership = claim(siren(1))

    assert membership.organisation == Organisation.objects.get()
    assert membership.is_admin


@pytest.mark.parametrize(("days", "verified", "stays"), [(6, False, True), (8, False, False), (8, True, True)])
def test_a_claim_that_nobody_confirms_is_forgotten_and_the_company_stays(client, days, verified, stays):
    imported(client, [line(1)])
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=100))
    person = claim(siren(1)).user
    EmailAddress.objects.filter(user=person).update(verified=verified)
    Membership.objects.update(created_at=timezone.now() - timedelta(days=days))

    forget_unconfirmed()
    forget_unconfirmed()

    assert Organisation.objects.get().memberships.exists() is stays
    assert User.objects.filter(pk=person.pk).exists() is stays
    assert stays or claim(siren(1), "autre@example.com").organisation == Organisation.objects.get()


def test_staff_invite_the_person_whom_the_file_names_and_nobody_twice(client):
    imported(client, [line(1)])
    its = Organisation.objects.get()
    way = reverse("admin:accounts_organisation_transition", args=[its.pk, "invite"])
    assert "import1@demo.example" in client.get(way).content.decode()
    client.post(way, {"email": "Import1@demo.example"})
    asked = its.invitations.get()
    who = invitations.Newcomer("Camille", "Démo", PASSWORD, "fr")

    person = invitations.come_in(asked, who)
    with pytest.raises(StateError):
        invitations.invite_first(its, "autre@demo.example", by=UserFactory(staff=True))

    assert (asked.role, person.organisation, person.membership.role) == ("admin", its, "admin")
    assert Email.objects.get(template="member_invited").to == ["import1@demo.example"]


def test_a_group_that_is_not_approved_has_nobody_invited():
    group = OrganisationFactory(group=True, waiting=True)

    with pytest.raises(StateError):
        invitations.invite_first(group, "a@demo.example", by=UserFactory(staff=True))


def test_what_has_served_is_forgotten(client):
    one = imported(client, [line(1), line(2), line(3)])
    claim(siren(1))
    FirstContact.objects.filter(organisation__siren=siren(2)).update(added_at=timezone.now() - timedelta(days=366))
    OrganisationImport.objects.update(touched_at=timezone.now() - timedelta(days=91))

    forget_imports()

    assert [kept.organisation.siren for kept in FirstContact.objects.all()] == [siren(3)]
    assert [row.data for row in one.rows.all()] == [{}, {}, {}]
    assert one.counts()["created"] == 3


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
