import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from opportunities.models import Opportunity
from opportunities.steps import SECTIONS
from tests.backoffice import answers, page_of
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory, group_user, sign_in_staff

State = Opportunity.State
PAGE, LIST = "admin:opportunities_opportunity_change", "admin:opportunities_opportunity_changelist"


def button(opportunity, name):
    return reverse("admin:opportunities_opportunity_transition", args=[opportunity.pk, name])


@pytest.fixture
def submitted():
    user = group_user()
    return OpportunityFactory(submitted=True, owner=user.organisation, created_by=user)


def test_a_moderator_publishes_after_a_page_that_asks(client, submitted, mailoutbox):
    moderator = sign_in_staff(client)

    asked = client.get(button(submitted, "publish"))
    done = client.post(button(submitted, "publish"), {"reason": "", "checked": "on"})

    assert b"Publier" in asked.content
    assert done.url == reverse(PAGE, args=[submitted.pk])
    submitted.refresh_from_db()
    assert (submitted.state, submitted.history.get().actor) == (State.PUBLISHED, moderator)
    assert mailoutbox


def test_the_question_shows_the_checklist_and_wants_it_ticked(client, submitted):
    Opportunity.objects.filter(pk=submitted.pk).update(title="VANNES POUR LE MAROC")
    sign_in_staff(client)

    page = client.post(button(submitted, "publish"), {"reason": ""})

    assert list(page.context["form"].errors) == ["checked"]
    assert "Titre : Presque tout en capitales." in page.text.replace("\xa0", " ")
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_the_buttons_of_its_page_lead_to_the_questions(client, submitted):
    sign_in_staff(client)

    page = client.get(reverse(PAGE, args=[submitted.pk])).content.decode()

    for name in ["publish", "request-changes", "reject", "withdraw"]:
        assert f'href="{button(submitted, name)}"' in page


def test_looking_at_the_question_changes_nothing(client, submitted):
    sign_in_staff(client)

    for name in ["publish", "request-changes", "reject"]:
        client.get(button(submitted, name))

    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_a_second_click_is_told_politely(client, submitted):
    sign_in_staff(client)
    client.post(button(submitted, "publish"), {"reason": "", "checked": "on"})

    again = client.post(button(submitted, "publish"), {"reason": "", "checked": "on"}, follow=True)

    assert "ne peut pas passer" in again.content.decode()
    assert submitted.history.count() == 1


def test_changes_are_asked_for_field_by_field(client, submitted):
    sign_in_staff(client)

    client.post(button(submitted, "request-changes"), {"title": "Précisez le pays.", "general": ""})

    submitted.refresh_from_db()
    assert submitted.state == State.CHANGES_REQUESTED
    assert [(c.field, c.text) for c in submitted.comments.all()] == [("title", "Précisez le pays.")]


def test_whatever_the_group_fills_in_may_be_commented_below_what_it_says(client, submitted):
    submitted.criteria.create(kind="language", code="en", must=True)
    Opportunity.objects.filter(pk=submitted.pk).update(teaser="<b>Gras</b>")
    sign_in_staff(client)

    page = client.get(button(submitted, "request-changes"))

    asked = {name for section in SECTIONS.values() for name in section.fields}
    taken_together = {"criteria", "contacts", "details", "questions", "attachments", "kind"}
    with_another = {"confidential", "amount_shared", "amount_reason", "first_exporters_welcome"}
    kinds = ("certif", "lang", "sectors_", "exper", "headc", "volume")
    criteria = {name for name in asked if name.startswith(kinds)} - {"language"}
    contacts = {name for name in asked if name.startswith(("contact_", "deputy_"))}
    form = page.context["form"]
    assert set(form.fields) - {"general"} == asked - with_another - criteria - contacts | taken_together
    assert form["criteria"].help_text == "anglais (exigé)"
    assert form["details"].help_text == "rôle attendu de la PME : Fournir et monter les vannes."
    assert "&lt;b&gt;Gras" in page.text


def test_codes_criteria_questions_and_details_are_said_in_words_on_the_file(client, submitted):
    submitted.criteria.create(kind="certification", code="iso-9001", must=True)
    submitted.criteria.create(kind="experience", code="MA", must=False)
    asked = [{"text": "Où <b>?", "required": True}, {"text": "Quand ?", "required": False}]
    Opportunity.objects.filter(pk=submitted.pk).update(places=["MA", "TN"], sectors=["eau"], questions=asked)
    sign_in_staff(client)

    page = client.get(reverse(PAGE, args=[submitted.pk]))

    form, text = page.context["adminform"].form, page.text
    assert [form[name].help_text for name in ("places", "sectors", "cpv_codes")] == [
        "Maroc, Tunisie",
        "Eau et assainissement",
        "",
    ]
    assert form["details"].help_text == "rôle attendu de la PME : Fournir et monter les vannes."
    assert "Où &lt;b&gt;? (obligatoire)<br>Quand ?" in text
    assert "certification · ISO 9001" in text
    assert "viewsitelink" not in text  # what is not public is a page that staff cannot open
    assert "expérience du pays · Maroc" in text


def test_after_a_case_staff_are_led_back_to_the_list_they_came_from(client, submitted):
    sign_in_staff(client)
    waiting = reverse(LIST) + "?state__exact=submitted&o=4"

    opened = client.get(reverse(PAGE, args=[submitted.pk]), {"_changelist_filters": "state__exact=submitted&o=4"})
    asks = re.search(r'href="([^"]*/transition/publish/[^"]*)"', opened.text)
    done = client.post(unescape(asks.group(1)), {"reason": "", "checked": "on"}, follow=True)

    assert f'<a href="{waiting.replace("&", "&amp;")}">Revenir à la liste</a>' in done.text
    assert "_changelist_filters=" in done.redirect_chain[0][0]


def test_whoever_comes_from_no_list_is_led_to_none(client, submitted):
    sign_in_staff(client)

    done = client.post(button(submitted, "publish"), {"reason": "", "checked": "on"}, follow=True)

    assert [str(one).replace("\xa0", " ") for one in done.context["messages"]] == ["« Publier » : c'est fait."]
    assert "Revenir à la liste" not in done.text


def test_what_staff_read_of_a_field_is_in_words(client, submitted):
    submitted.record(by=None, changes={"apply_by": [None, "2026-12-03"], "places": [[], ["MA"]]})
    Opportunity.objects.filter(pk=submitted.pk).update(apply_by="2026-12-03", answer_by=None)
    sign_in_staff(client)

    form = client.get(button(submitted, "request-changes")).context["form"]
    page = client.get(reverse(PAGE, args=[submitted.pk]))

    assert form["apply_by"].help_text == "3 décembre 2026"
    assert form["benefits"].label == "Ce que la PME y gagne"
    [(move, _before, _after)] = page.context["moves"]
    assert move.changes == {"Candidatures jusqu'au": ["–", "3 décembre 2026"], "Pays": ["–", "Maroc"]}


@pytest.mark.parametrize(("days", "asked"), [(6, True), (7, False)])
def test_the_question_wants_a_reason_when_there_is_little_time(client, submitted, days, asked):
    Opportunity.objects.filter(pk=submitted.pk).update(apply_by=timezone.localdate() + timedelta(days=days))
    sign_in_staff(client)

    page = client.post(button(submitted, "publish"), {})

    assert set(page.context["form"].errors) == {"checked", *(["reason"] if asked else [])}


def test_a_stage_that_is_not_asked_for_is_not_commented(client, submitted):
    Opportunity.objects.filter(pk=submitted.pk).update(kind="event")
    sign_in_staff(client)

    page = client.get(button(submitted, "request-changes"))

    assert "stage" not in page.context["form"].fields


def test_asking_for_changes_without_a_word_is_refused_on_the_spot(client, submitted):
    sign_in_staff(client)

    response = client.post(button(submitted, "request-changes"), {})

    assert "au moins un commentaire" in response.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_the_page_offers_what_the_state_allows_and_shows_the_history(client, submitted):
    sign_in_staff(client)
    client.post(button(submitted, "reject"), {"reason": "job_offer", "text": "C'est un stage."})

    page = client.get(reverse(PAGE, args=[submitted.pk]))

    assert page.context["transitions"] == []
    assert "C&#x27;est un stage." in page.content.decode()


def test_staff_without_the_right_may_not(client, submitted):
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_opportunity"))
    sign_in_staff(client, staff)

    assert client.get(reverse(PAGE, args=[submitted.pk])).context["transitions"] == []
    assert client.post(button(submitted, "publish"), {"reason": "", "checked": "on"}).status_code == 403
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    OpportunityFactory.create_batch(rows, submitted=True)
    sign_in_staff(client)
    client.get(reverse(LIST))

    with django_assert_num_queries(10):
        response = client.get(reverse(LIST))

    assert len(response.context["cl"].result_list) == rows


def test_an_edit_by_staff_is_remembered_and_scored_again(client, submitted):
    sign_in_staff(client)
    page = client.get(reverse(PAGE, args=[submitted.pk]))
    form = page.context["adminform"].form
    data = {name: field.value() for name in form.fields if (field := form[name]).value() not in (None, False)}
    data |= {f"{p}-{f}": 0 for p in ["criteria", "comments"] for f in ["TOTAL_FORMS", "INITIAL_FORMS"]}
    data |= {name: ",".join(v) for name, v in data.items() if isinstance(v, list)}
    data |= {"title": "Vannes, corrigé", "details": "{}"}

    response = client.post(reverse(PAGE, args=[submitted.pk]), data)

    assert response.status_code == 302, response.context["errors"]
    revision = submitted.revision
    submitted.refresh_from_db()
    assert submitted.revision > revision
    assert submitted.history.get().changes["title"][1] == "Vannes, corrigé"


def test_a_title_that_gives_a_confidential_group_away_is_refused_beside_the_field(client):
    user = group_user(name="DÉMO Énergies du Ponant")
    secret = OpportunityFactory(published=True, secret=True, owner=user.organisation, created_by=user)
    sign_in_staff(client)
    data = answers(client.get(page_of(secret)))

    page = client.post(page_of(secret), data | {"title": "Vannes pour Énergies du Ponant"})

    assert "laisse deviner" in page.context["adminform"].form.errors["title"][0]
    secret.refresh_from_db()
    assert "Ponant" not in secret.title


def test_a_leak_in_the_fields_of_its_kind_is_refused(client):
    user = group_user(name="DÉMO Énergies du Ponant")
    secret = OpportunityFactory(published=True, secret=True, owner=user.organisation, created_by=user)
    sign_in_staff(client)
    data = answers(client.get(page_of(secret)))

    page = client.post(page_of(secret), data | {"details": '{"role": "Servir Énergies du Ponant"}'})

    assert "laisse deviner" in page.context["adminform"].form.errors["details"][0]


def test_staff_do_not_lift_a_groups_confidentiality(client):
    user = group_user()
    secret = OpportunityFactory(published=True, secret=True, owner=user.organisation, created_by=user)
    sign_in_staff(client)
    data = answers(client.get(page_of(secret)))
    del data["confidential"]

    page = client.post(page_of(secret), data)

    assert page.context["adminform"].form.errors["confidential"]
    secret.refresh_from_db()
    assert secret.confidential


@pytest.mark.parametrize("details", ["[]", '"texte"', '{"offer_due": "demain"}', '{"role": ["liste"]}'])
def test_details_that_no_page_could_show_are_refused(client, submitted, details):
    sign_in_staff(client)
    data = answers(client.get(page_of(submitted)))

    page = client.post(page_of(submitted), data | {"details": details})

    assert page.context["adminform"].form.errors["details"]


def test_details_are_a_mapping_for_the_database_too(submitted):
    with pytest.raises(IntegrityError, match="opportunity_details_object"):
        Opportunity.objects.filter(pk=submitted.pk).update(details=[])


class TestBesideTheQueue:
    """What the staff's pages of an opportunity say on top of stock admin."""

    def test_two_side_by_side_show_what_differs(self, client):
        sign_in_staff(client)
        first = OpportunityFactory(published=True, title="Vannes pour Casablanca", places=["MA"])
        again = OpportunityFactory(submitted=True, title="Vannes pour Casablanca", places=["MA", "TN"])

        page = client.get(reverse("admin:opportunities_opportunity_change", args=[again.pk]))
        beside = client.get(reverse("admin:opportunities_opportunity_compare", args=[again.pk, first.pk]))

        assert list(page.context["likely"]) == [first]
        different = [str(row.label) for row in beside.context["rows"] if row.before != row.after]
        assert "pays" in different
        assert "titre" not in different

    @pytest.mark.parametrize(("reader", "read"), [
        ("public", "Suis-je éligible"), ("pme", "Candidater"), ("groupe", "Voir les candidatures"),
    ])  # fmt: skip
    def test_a_preview_is_the_page_that_others_read_with_nothing_to_click(self, client, reader, read):
        sign_in_staff(client)
        opportunity = OpportunityFactory(published=True)

        page = client.get(reverse("admin:opportunities_opportunity_preview", args=[opportunity.pk, reader]))

        assert opportunity.title in unescape(page.content.decode())
        assert read in unescape(page.content.decode())
        assert "<div inert>" in page.content.decode()

    def test_a_confidential_group_s_name_is_in_no_preview_but_its_own(self, client):
        sign_in_staff(client)
        group = OrganisationFactory(group=True, name="DÉMO Onde Noire")
        opportunity = OpportunityFactory(owner=group, confidential=True, alias="Un groupe de l'eau", submitted=True)

        seen = [
            client.get(reverse("admin:opportunities_opportunity_preview", args=[opportunity.pk, reader]))
            for reader in ("public", "pme")
        ]

        assert all("Onde Noire" not in page.content.decode() for page in seen)

    def test_no_other_reader_is_known(self, client):
        sign_in_staff(client)

        page = client.get(reverse("admin:opportunities_opportunity_preview", args=[OpportunityFactory().pk, "tous"]))

        assert page.status_code == 404

    def test_who_has_taken_it_is_in_the_list_and_on_the_page(self, client):
        staff = sign_in_staff(client)
        opportunity = OpportunityFactory(submitted=True)
        take = reverse("admin:opportunities_opportunity_transition", args=[opportunity.pk, "claim"])

        client.post(take)
        listed = client.get(reverse("admin:opportunities_opportunity_changelist")).content.decode()
        page = client.get(reverse("admin:opportunities_opportunity_change", args=[opportunity.pk])).content.decode()

        assert str(staff) in listed
        assert "Vous l&#x27;avez prise" in page
        assert "Rendre" in page
        assert "Je prends" not in page
