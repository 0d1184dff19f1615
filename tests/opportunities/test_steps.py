"""Posting step by step: each saved by itself, taken up again elsewhere, nothing typed lost."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from opportunities import checks, facts, steps
from opportunities.models import Opportunity
from tests.conftest import CommittingClient
from tests.factories import PASSWORD, OpportunityFactory, UserFactory, colleague, group_user, session_ends

State = Opportunity.State


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


def draft(author, **fields):
    return OpportunityFactory(owner=author.organisation, created_by=author, **fields)


def url(opportunity, step):
    return reverse("opportunities:edit_step", args=[opportunity.pk, step])


def typed(client, opportunity, step, **changes):
    """What the step's page shows, with some of it changed: as another browser would send it."""
    form = client.get(url(opportunity, step)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value not in (None, False)} | changes


def day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_a_title_begins_a_draft_and_leads_to_the_next_step(client, author):
    answer = client.post(
        reverse("opportunities:create_kind", args=["portage"]),
        {"title": "Au Japon", "language": "fr", "token": str(uuid.uuid4())},
    )

    opportunity = Opportunity.objects.get()
    assert answer.url == url(opportunity, "criteres")
    assert (opportunity.contact_name, opportunity.contact_email) == (author.get_full_name(), author.email)


def begun(client):
    client.post(
        reverse("opportunities:create_kind", args=["portage"]),
        {"title": "Au Japon", "language": "fr", "token": str(uuid.uuid4())},
    )
    return Opportunity.objects.latest("pk")


def usual(opportunity):
    return (opportunity.deputy_name, opportunity.deputy_email, opportunity.next_step, opportunity.decided_by)


def test_the_next_one_begins_with_what_this_person_wrote_last_time(client, author):
    draft(author, deputy_name="Dany D", deputy_email="d@example.com", next_step="Un appel", decided_by="Les achats")
    draft(colleague(author), deputy_name="Autre", deputy_email="autre@example.com", next_step="Une visite")

    assert usual(begun(client)) == ("Dany D", "d@example.com", "Un appel", "Les achats")


def test_a_deputy_who_has_left_the_group_is_not_taken_up(client, author):
    gone = colleague(author)
    draft(author, deputy_name=str(gone), deputy_email=gone.email, next_step="Un appel", decided_by="Les achats")
    gone.memberships.get().end(by=author)

    assert usual(begun(client)) == ("", "", "Un appel", "Les achats")


def test_the_first_one_has_the_only_colleague_as_its_deputy(client, author):
    colleague(author, role="reader")
    other = colleague(author)

    assert usual(begun(client)) == (other.get_full_name(), other.email, "", "")


def test_among_several_colleagues_none_is_chosen_for_whoever_posts(client, author):
    colleague(author), colleague(author)

    assert usual(begun(client)) == ("", "", "", "")


def test_the_criteria_say_once_that_none_is_compulsory(client, author):
    opportunity = draft(author)

    pages = {step: client.get(url(opportunity, step)).content.decode() for step in steps.NAMES}

    assert [step for step, page in pages.items() if "form--free" in page] == ["criteres"]
    assert "Rien n&#x27;est obligatoire." in pages["criteres"]


def test_questions_beyond_the_first_are_folded_until_there_is_one(client, author):
    one, two = (
        draft(author, questions=[{"text": f"Q{n} ?", "required": False} for n in range(many)]) for many in (1, 2)
    )

    folded, opened = (client.get(url(each, "criteres")).content.decode() for each in (one, two))

    assert _fold_of_more(folded) == '<details class="fold">'
    assert _fold_of_more(opened) == '<details class="fold" open>'


def _fold_of_more(page):
    """The tag that opens the fold whose summary says « D'autres questions »."""
    before = page[
        : page.index("D&#x27;autres questions")
        if "D&#x27;autres questions" in page
        else page.index("D'autres questions")
    ]
    return before[before.rindex("<details") : before.rindex("<summary>")].strip()


def test_going_to_the_files_saves_the_step_and_they_lead_back_to_the_next(client, author):
    opportunity = draft(author)

    answer = client.post(
        url(opportunity, "confidentialite"),
        typed(client, opportunity, "confidentialite", alias="Groupe de l'eau", files="1"),
    )

    opportunity.refresh_from_db()
    assert (answer.url, opportunity.alias) == (
        reverse("opportunities:files", args=[opportunity.pk]),
        "Groupe de l'eau",
    )
    assert url(opportunity, "contacts") in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("step", "button", "leads_to"),
    [
        ("besoin", "next", "criteres"),
        ("criteres", "next", "confidentialite"),
        ("confidentialite", "next", "contacts"),
        ("contacts", "next", "apercu"),
        ("contacts", "back", "confidentialite"),
        ("besoin", "back", "type"),
        ("criteres", "save", None),
    ],
)
def test_each_button_saves_and_leads_where_it_says(client, author, step, button, leads_to):
    opportunity = draft(author)

    answer = client.post(url(opportunity, step), typed(client, opportunity, step, **{button: "1"}))

    manage = reverse("opportunities:manage", args=[opportunity.pk])
    assert answer.url == (f"/opportunites/{opportunity.pk}/modifier/{leads_to}/" if leads_to else manage)


def test_a_step_leaves_the_others_as_they_are(client, author):
    opportunity = draft(author, hs_codes=["84"])
    opportunity.criteria.create(kind="language", code="en", must=True)

    client.post(url(opportunity, "contacts"), typed(client, opportunity, "contacts", capacity="3"))
    client.post(url(opportunity, "besoin"), typed(client, opportunity, "besoin", title="Des vannes"))

    opportunity.refresh_from_db()
    assert (opportunity.capacity, opportunity.title, opportunity.hs_codes) == (3, "Des vannes", ["84"])
    assert opportunity.details == {"role": "Fournir et monter les vannes."}
    assert list(opportunity.criteria.values_list("kind", "code", "must")) == [("language", "en", True)]


@pytest.mark.parametrize(("level", "must"), [("wish", False), ("must", True)])
def test_experience_of_the_country_is_a_wish_or_a_must_and_follows_the_countries(client, author, level, must):
    opportunity = draft(author)

    asked = {"experience": level, "headcount": "20-49", "headcount_must": "on"}
    client.post(url(opportunity, "criteres"), typed(client, opportunity, "criteres", **asked))
    client.post(url(opportunity, "besoin"), typed(client, opportunity, "besoin", places=["TN", "DZ"]))

    assert set(opportunity.criteria.values_list("kind", "code", "must")) == {
        ("experience", "TN", must),
        ("experience", "DZ", must),
        ("headcount", "20-49", True),
    }


def test_an_unknown_step_is_not_found(client, author):
    assert client.get(url(draft(author), "ailleurs")).status_code == 404


def test_another_person_of_the_group_goes_on_from_another_device_where_something_is_left(client, author):
    client.post(reverse("opportunities:create_kind", args=["event"]), {"title": "Salon", "language": "fr"})
    opportunity = Opportunity.objects.get()
    elsewhere = CommittingClient()
    elsewhere.force_login(colleague(author))

    manage = elsewhere.get(reverse("opportunities:manage", args=[opportunity.pk]))
    page = elsewhere.get(manage.context["resume_url"])

    assert page.request["PATH_INFO"] == url(opportunity, "besoin")
    assert 'value="Salon"' in page.text


@pytest.mark.parametrize(
    ("lacking", "step"),
    [
        ({"teaser": ""}, "besoin"),
        ({"details": {}}, "besoin"),
        (
            {"confidential": True, "alias": "x", "questions": [{"text": "Chez Zephyrion ?", "required": True}]},
            "criteres",
        ),
        ({"deputy_name": ""}, "contacts"),
        ({}, None),
    ],
)
def test_one_goes_on_where_something_is_left(lacking, step):
    opportunity = OpportunityFactory(owner__name="DÉMO Zephyrion", **lacking)

    assert steps.unfinished(checks.problems(opportunity)) == step


def test_two_tabs_on_two_steps_do_not_disturb_each_other(client, author):
    opportunity = draft(author)
    first, second = (typed(client, opportunity, step) for step in ("besoin", "contacts"))

    client.post(url(opportunity, "contacts"), second | {"capacity": "2"})
    answer = client.post(url(opportunity, "besoin"), first | {"title": "Des pompes"})

    opportunity.refresh_from_db()
    assert answer.status_code == 302
    assert (opportunity.capacity, opportunity.title) == (2, "Des pompes")


def test_two_tabs_on_one_step_lose_nothing_and_say_so(client, author):
    opportunity = draft(author)
    opened = typed(client, opportunity, "besoin")

    client.post(url(opportunity, "besoin"), opened | {"title": "La première"})
    late = client.post(url(opportunity, "besoin"), opened | {"title": "La seconde"})
    hidden = {name: late.context["form"][name].value() for name in ("revision", "seen")}
    client.post(url(opportunity, "besoin"), opened | hidden | {"title": "La seconde"})

    assert late.status_code == 409
    assert 'value="La seconde"' in late.text
    opportunity.refresh_from_db()
    assert opportunity.title == "La seconde"


def test_the_same_step_sent_twice_is_kept_once(client, author):
    opportunity = draft(author)
    form = typed(client, opportunity, "besoin", title="Des pompes")

    answers = [client.post(url(opportunity, "besoin"), form) for _ in range(2)]

    assert {answer.url for answer in answers} == {url(opportunity, "criteres")}
    assert opportunity.history.count() == 1


def test_what_was_typed_when_the_session_ended_comes_back_after_signing_in():
    author = group_user()
    author.set_password(PASSWORD)
    author.save()
    opportunity, client = draft(author), CommittingClient()
    client.force_login(author)
    form = typed(client, opportunity, "besoin", description="Trois pages de texte.")
    session_ends(client)

    asked = client.post(url(opportunity, "besoin"), form)
    back = client.post(asked.url, {"login": author.email, "password": PASSWORD}, follow=True)

    assert back.request["PATH_INFO"] == url(opportunity, "besoin")
    assert "Trois pages de texte." in back.text
    assert "Votre session s'était terminée" in back.text
    assert "Trois pages" not in Opportunity.objects.get().description  # nothing is saved by looking
    client.post(url(opportunity, "besoin"), form)
    assert Opportunity.objects.get().description == "Trois pages de texte."
    assert "Votre session" not in client.get(url(opportunity, "besoin")).text


def test_what_is_too_long_or_for_another_page_is_not_brought_back(client):
    author = group_user()
    opportunity = draft(author)
    client.force_login(author)
    client.get(url(opportunity, "besoin"))
    session_ends(client)
    client.post(url(opportunity, "besoin"), {"title": "x" * 200_000})
    client.post(url(opportunity, "contacts"), {"capacity": "9"})
    client.force_login(author)

    assert client.get(url(opportunity, "besoin")).context["form"].is_bound is False


def test_changing_the_kind_keeps_what_both_ask_for_and_notes_the_rest(client, author):
    details = {"site": "Tunis", "desks": 2, "duration_months": 12, "cost": "free"}
    opportunity = draft(author, kind="hosting", details=details)

    answer = client.post(reverse("opportunities:change_kind", args=[opportunity.pk]), {"kind": "portage"})

    opportunity.refresh_from_db()
    assert answer.url == url(opportunity, "besoin")
    assert (opportunity.kind, opportunity.details) == ("portage", {"duration_months": 12, "cost": "free"})
    assert opportunity.history.get().changes["details.site"] == ["Tunis", None]


def test_a_kind_that_is_none_changes_nothing(client, author):
    opportunity = draft(author)

    client.post(reverse("opportunities:change_kind", args=[opportunity.pk]), {"kind": "vente"})

    assert not opportunity.history.exists()


def test_the_preview_says_what_the_public_page_says(client, author):
    opportunity = draft(author, secret=True, amount="50k-250k", amount_shared=True)
    opportunity.questions = [{"text": "Depuis quand ?", "required": True}]
    opportunity.save()
    opportunity.criteria.create(kind="language", code="en", must=True)

    preview = client.get(reverse("opportunities:preview", args=[opportunity.pk]))
    opportunity.submit(by=author)
    opportunity.publish(by=UserFactory(staff=True))
    client.logout()
    public = client.get(opportunity.get_absolute_url())

    said = preview.context["announcement"]
    assert said == public.context["announcement"]
    assert said["amount"] == "50 000 à 250 000 €"
    assert "Depuis quand ?" in preview.text
    assert author.organisation.name not in preview.text.partition("<article")[2].partition("</article")[0]
    assert "Groupe du secteur de l&#x27;énergie" in preview.text


def test_the_preview_leads_to_what_is_left_and_does_not_submit_before(client, author):
    opportunity = draft(author, answer_by=None, details={}, teaser="", amount="")

    page = client.get(reverse("opportunities:preview", args=[opportunity.pk]))

    assert [place for _label, place, _text in page.context["left"]] == [
        f"{url(opportunity, 'besoin')}?verifier=1#id_teaser",
        f"{url(opportunity, 'besoin')}?verifier=1#id_details_role",
        f"{url(opportunity, 'confidentialite')}?verifier=1#id_amount",
        f"{url(opportunity, 'contacts')}?verifier=1#id_answer_by",
    ]
    for _label, place, text in page.context["left"]:
        assert text in page.text.replace("&#x27;", "'")
        assert f'id="{place.partition("#")[2]}"' in client.get(place).text
    assert page.context["hints"] == []
    assert "Soumettre" not in page.text.partition("<article")[2].replace("Relire et soumettre", "")
    checked = client.get(f"{url(opportunity, 'contacts')}?verifier=1")
    assert set(checked.context["form"].errors) == {"answer_by"}


def test_once_complete_the_preview_says_what_the_staff_will_look_at(client, author):
    opportunity = draft(author, description="Écrivez à export@demo.example. " * 20)

    page = client.get(reverse("opportunities:preview", args=[opportunity.pk]))

    assert [hint.field for hint in page.context["hints"]] == ["description"]
    assert "À regarder encore une fois" in page.text
    assert "Soumettre</button>" in page.text


@pytest.mark.parametrize("criteria", [1, 3])
def test_a_step_and_the_preview_take_a_fixed_number_of_queries(client, author, criteria, django_assert_num_queries):
    opportunity = draft(author)
    for code in ["iso-9001", "iso-14001", "iso-45001"][:criteria]:
        opportunity.criteria.create(kind="certification", code=code, must=True)
    client.get(url(opportunity, "criteres"))

    with django_assert_num_queries(6):
        client.get(url(opportunity, "criteres"))
    with django_assert_num_queries(11):
        client.get(reverse("opportunities:preview", args=[opportunity.pk]))


def test_questions_are_kept_in_order_without_blanks_or_doubles(client, author):
    opportunity = draft(author)
    asked = {"question_1": "Depuis  quand ?", "question_3": "Où ?", "question_3_required": "on", "question_5": "Où ?"}

    client.post(url(opportunity, "criteres"), typed(client, opportunity, "criteres", **asked))

    opportunity.refresh_from_db()
    assert opportunity.questions == [
        {"text": "Depuis quand ?", "required": False},
        {"text": "Où ?", "required": True},
    ]


@pytest.mark.parametrize(
    ("amount", "shared", "said"),
    [("1m-5m", True, "1 à 5 M€"), ("1m-5m", False, ""), ("undisclosed", False, "non communiqué"), ("", False, "")],
)
def test_an_amount_is_said_with_the_group_s_consent_alone(amount, shared, said):
    assert facts.amount(OpportunityFactory(amount=amount, amount_shared=shared)) == said


@pytest.mark.parametrize("amount", ["", "undisclosed"])
def test_an_amount_that_is_not_given_is_not_shared(client, author, amount):
    answer = client.post(url(draft(author), "confidentialite"), {"amount": amount, "amount_shared": "on"})

    assert set(answer.context["form"].errors) == {"amount_shared"}


def test_a_copy_has_the_words_and_criteria_but_no_dates(client, author):
    opportunity = draft(author, closed=True, details={"role": "Monter", "offer_due": day(9)}, amount="5m+")
    opportunity.criteria.create(kind="language", code="en", must=True)
    token = {"token": str(uuid.uuid4())}

    answers = [client.post(reverse("opportunities:duplicate", args=[opportunity.pk]), token) for _ in range(2)]

    copy = Opportunity.objects.get(state=State.DRAFT)
    assert {answer.url for answer in answers} == {url(copy, "besoin")}
    assert (copy.title, copy.details, copy.amount) == (opportunity.title, {"role": "Monter"}, "5m+")
    assert (copy.apply_by, copy.answer_by, copy.published_at) == (None, None, None)
    assert list(copy.criteria.values_list("kind", "code", "must")) == [("language", "en", True)]
    assert "answer_by" in checks.problems(copy)
