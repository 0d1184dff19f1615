"""The group and its applicants: filters, several side by side, one answer to several, a file to take away."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Email, Organisation, Reference
from matching import introduce, together
from matching.models import Application, Export
from matching.together import Act, Words
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    colleague,
    group_user,
)

State = Application.State


def at(name, opportunity, *args, query=""):
    return reverse(f"matching:{name}", args=[opportunity.pk, *args]) + query


@pytest.fixture
def owner(client):
    user = group_user()
    client.force_login(user)
    return user


@pytest.fixture
def opportunity(owner):
    return OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, capacity=2)


def applied(opportunity, count):
    rows = ApplicationFactory.create_batch(count, sent=True, opportunity=opportunity)
    for place, row in enumerate(rows):
        MatchFactory(opportunity=opportunity, company=row.company, score=90 - 5 * place)
    return rows


def ticked(rows):
    return "?" + "&".join(f"c={row.pk}" for row in rows)


def states(rows):
    return list(
        Application.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("state", flat=True)
    )


def confirm(client, url, rows, **words):
    """Read the page, then press its button: as people do."""
    data = {"c": [row.pk for row in rows], **words}
    shown = client.post(url, data | {"preview": ""})
    return client.post(url, data | {"confirm": "", "previewed": shown.context["form"]["previewed"].value()})


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("?urgence=non-lues", [1, 2]),
        ("?urgence=question", [0]),
        ("?urgence=en-retard", []),
        ("?niveau=strong", [0]),
        ("?niveau=strong&urgence=non-lues", []),
        ("?region=FR-R32", [0, 1]),
        ("?region=FR-R94", [2]),
        ("?region=FR-R53", []),
        ("?niveau=nimporte&urgence=quoi&region=FR", [0, 1, 2]),
    ],
)
def test_the_list_is_narrowed_by_what_presses_by_fit_and_by_region(client, opportunity, query, who):
    rows = applied(opportunity, 3)
    for row, postcode, department in zip(rows, ["60200", "", "20090"], ["", "FR-59", "FR-60"], strict=True):
        Organisation.objects.filter(pk=row.company_id).update(postcode=postcode, department=department)
    rows[0].company.matches.update(band="strong")
    Application.objects.filter(pk=rows[0].pk).update(seen_at=timezone.now(), awaiting="group")

    response = client.get(at("applicants", opportunity, query=query))

    assert [row["application"] for row in response.context["rows"]] == [rows[n] for n in who]
    assert ("Aucune candidature ne répond à ces filtres" in response.text) == (not who)


def test_all_are_ticked_at_once_without_a_script(client, opportunity):
    applied(opportunity, 3)

    assert client.get(at("applicants", opportunity)).text.count(" checked>") == 0
    assert client.get(at("applicants", opportunity, query="?tout=1")).text.count(" checked>") == 3


@pytest.mark.parametrize(("count", "fine"), [(1, False), (2, True), (4, True), (5, False)])
def test_two_to_four_are_compared(client, opportunity, count, fine):
    rows = applied(opportunity, count)

    response = client.get(at("compare", opportunity, query=ticked(rows)), follow=True)

    if fine:
        assert [one for one, _fit in response.context["columns"]] == rows
        assert all(len(cells) == count for _label, cells in response.context["lines"])
    else:
        assert "Cochez de deux à quatre candidatures" in response.text
        assert response.text.count(" checked>") == count  # nothing ticked is lost


@pytest.mark.parametrize("count", [2, 4])
def test_comparing_takes_a_fixed_number_of_queries_and_names_each_company_s_own_references(
    client, opportunity, count, django_assert_num_queries
):
    rows = ApplicationFactory.create_batch(count, sent=True, opportunity=opportunity)
    for row in rows:
        work = Reference.objects.create(profile=row.company.sme_profile, title=f"Vannes de {row.pk}", shareable=True)
        parts = [("reference", "met", 9, 12, {"work": f"r{work.pk}", "words": ["vannes"]})]
        MatchFactory(opportunity=opportunity, company=row.company, parts=parts)

    with django_assert_num_queries(
        10
    ):  # person, membership, it, applications, matches, labels, titles, shown; 2 around
        page = client.get(at("compare", opportunity, query=ticked(rows)))

    [(_label, cells)] = page.context["lines"]
    shown = [application for application, _fit in page.context["columns"]]
    assert {row.pk for row in shown} == {row.pk for row in rows}
    assert all(f"Vannes de {row.pk}" in cell.evidence for row, cell in zip(shown, cells, strict=True))


def test_another_opportunitys_applications_are_neither_compared_nor_decided(client, opportunity):
    mine, theirs = applied(opportunity, 2), applied(OpportunityFactory(published=True), 2)

    compared = client.get(at("compare", opportunity, query=ticked([*mine, *theirs])))
    client.post(at("decide_together", opportunity, Act.SHORTLIST), {"c": [theirs[0].pk], "confirm": ""})

    assert [one for one, _fit in compared.context["columns"]] == mine
    assert states(theirs) == ["sent", "sent"]


def test_nothing_leaves_before_the_page_that_shows_it(client, opportunity):
    rows = applied(opportunity, 2)
    url = at("decide_together", opportunity, Act.DECLINE)
    said = {"c": [row.pk for row in rows], "reason": "size", "text": "Trop petite pour ce chantier."}

    client.get(url + ticked(rows))
    client.post(url, said | {"preview": ""})
    response = client.post(url, said | {"confirm": "", "previewed": "autre chose"})

    assert states(rows) == ["sent", "sent"]
    assert "Ce qui partirait a changé" in response.text
    assert not Email.objects.exists()


def test_ten_are_declined_together_each_with_its_mail(client, opportunity):
    rows = applied(opportunity, 10)

    response = confirm(
        client, at("decide_together", opportunity, Act.DECLINE), rows, reason="size", text="Trop petite cette fois."
    )

    assert response.url == at("applicants", opportunity)
    assert states(rows) == ["declined"] * 10
    mails = Email.objects.filter(template="application_declined")
    assert sorted(mail.to[0] for mail in mails) == sorted(row.contact.email for row in rows)
    assert all("Trop petite cette fois." in mail.text for mail in mails)


def test_a_reason_is_required_and_nothing_typed_is_lost(client, opportunity):
    rows = applied(opportunity, 2)

    response = client.post(
        at("decide_together", opportunity, Act.DECLINE),
        {"c": [row.pk for row in rows], "reason": "", "text": "Un mot.", "preview": ""},
    )

    assert response.context["form"].errors["reason"]
    assert "Un mot." in response.text
    assert response.context["preview"] is None


def test_beyond_the_places_the_others_wait_and_the_page_says_who(client, opportunity):
    rows = applied(opportunity, 4)
    url = at("decide_together", opportunity, Act.ACCEPT)

    page = client.get(url + ticked(rows))
    confirm(client, url, rows)

    assert [fate.state for fate in page.context["moving"]] == ["accepted", "accepted", "waitlisted", "waitlisted"]
    assert page.text.count("liste d'attente") == 2
    assert states(rows) == ["accepted", "accepted", "waitlisted", "waitlisted"]
    assert Email.objects.filter(template="introduction").count() == 2
    assert Email.objects.filter(template="application_waitlisted").count() == 2


def test_a_place_taken_since_the_page_was_read_is_read_again_first(client, opportunity, owner):
    rows = applied(opportunity, 3)
    url = at("decide_together", opportunity, Act.ACCEPT)
    said = {"c": [row.pk for row in rows[1:]]}
    shown = client.get(url + ticked(rows[1:])).context["form"]["previewed"].value()
    introduce.accept(rows[0], by=colleague(owner))

    response = client.post(url, said | {"confirm": "", "previewed": shown})

    assert "Ce qui partirait a changé" in response.text
    assert states(rows) == ["accepted", "sent", "sent"]


def test_what_has_been_decided_already_stays_and_the_page_says_so(client, opportunity, owner):
    rows = applied(opportunity, 2)
    introduce.accept(rows[0], by=owner)

    page = client.get(at("decide_together", opportunity, Act.DECLINE) + ticked(rows))

    assert [fate.application for fate in page.context["moving"]] == [rows[1]]
    assert "Celles-ci ne bougent pas" in page.text


def test_nothing_ticked_is_said_and_leads_back(client, opportunity):
    applied(opportunity, 1)

    response = client.get(at("decide_together", opportunity, Act.ACCEPT), follow=True)

    assert "Cochez au moins une candidature" in response.text


def test_the_mail_of_each_can_be_read_before(client, opportunity):
    rows = applied(opportunity, 2)

    page = client.post(
        at("decide_together", opportunity, Act.SHORTLIST), {"c": [row.pk for row in rows], "show": rows[1].pk}
    )

    assert page.context["looked_at"].application == rows[1]
    assert states(rows) == ["sent", "sent"]


def test_an_unknown_act_is_not_found(client, opportunity):
    assert client.get(at("decide_together", opportunity, "offrir")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_decide_at_once_one_wins_and_the_other_is_told():
    owner = group_user()
    opportunity = OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, capacity=9)
    other = colleague(owner)
    applied(opportunity, 6)

    start = Barrier(2)

    def act(kind, by):
        try:
            mine = list(Application.objects.filter(opportunity=opportunity).select_related("opportunity", "company"))
            start.wait(10)
            return together.decide(mine, kind, by=by, words=Words(reason="size"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        yes, no = pool.map(act, [Act.ACCEPT, Act.DECLINE], [owner, other])

    assert len(yes.moved) + len(no.moved) == 6
    assert {one.pk for one in yes.moved}.isdisjoint(one.pk for one in no.moved)
    assert all(why for _one, why in [*yes.refused, *no.refused])
    assert Email.objects.filter(template="introduction").count() == len(yes.moved)
    assert Email.objects.filter(template="application_declined").count() == len(no.moved)


def read(response, kind):
    if kind == "csv":
        return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    sheet = load_workbook(io.BytesIO(response.content)).active
    return [[cell.value if cell.value is not None else "" for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_holds_what_the_list_shows_calculates_nothing_and_is_remembered(client, opportunity, owner, kind):
    rows = applied(opportunity, 2)
    rows[0].snapshot = rows[0].snapshot | {"pitch": '=HYPERLINK("http://x")', "answers": []}
    rows[0].save()

    response = client.post(at("export", opportunity), {"format": kind})

    table = read(response, kind)
    assert [line[0] for line in table[1:]] == [row.company.name for row in rows]
    assert table[1][13] == '\'=HYPERLINK("http://x")'
    kept = Export.objects.get()
    assert (kept.by, kept.format, kept.rows) == (owner, kind, 2)


def test_a_company_without_a_town_has_an_empty_one_in_the_file_and_all_else_in_its_place(client, opportunity):
    row, *_ = applied(opportunity, 1)
    row.snapshot |= {"company": {"city": "", "department": ""}, "profile": {"languages": ["en", "es"]}}
    row.save()

    head, line = read(client.post(at("export", opportunity), {"format": "csv"}), "csv")

    assert line[head.index("Ville")] == ""
    assert "Langues de travail : anglais, espagnol" in line[head.index("Profil")]
    assert "Ville" not in line[head.index("Profil")]


def test_the_file_has_nobodys_coordinates_before_the_introduction(client, opportunity, owner):
    rows = applied(opportunity, 2)
    introduction = introduce.accept(rows[0], by=owner)
    introduction.move("sent", by=None, sent_at=timezone.now())

    table = read(client.post(at("export", opportunity), {"format": "csv"}), "csv")

    assert [line[15] for line in table[1:]] == [rows[0].contact.email, ""]


def test_another_groups_applicants_cannot_be_taken_away(client, owner):
    other = OpportunityFactory(published=True)

    assert client.post(at("export", other), {"format": "csv"}).status_code == 404
    assert not Export.objects.exists()


def test_who_only_reads_takes_nothing_away(client, opportunity, owner):
    applied(opportunity, 1)
    client.force_login(colleague(owner, role="reader"))

    page = client.get(at("applicants", opportunity))
    response = client.post(at("export", opportunity), {"format": "csv"})

    assert at("export", opportunity) not in page.text
    assert response.status_code == 403
    assert not Export.objects.exists()


def test_a_second_click_tells_of_each_row_that_it_is_decided_already(client, opportunity):
    rows = applied(opportunity, 2)
    url = at("decide_together", opportunity, Act.DECLINE)
    confirm(client, url, rows, reason="size", text="Non.")

    again = client.post(url, {"c": [row.pk for row in rows], "reason": "size", "confirm": ""}, follow=True)

    told = " ".join(unescape(again.text).split())
    for row in rows:
        assert f"{row.company} : Elle est déjà dans l'état « déclinée »." in told
    assert Email.objects.filter(template="application_declined").count() == 2
