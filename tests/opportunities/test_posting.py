import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from opportunities import checks
from opportunities.kinds import KINDS
from opportunities.models import Criterion, Opportunity
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory, colleague, group_user, sme_user

State = Opportunity.State


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


def day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def typed(**fields):
    """A form filled in whole, for a co-export."""
    return {
        "token": str(uuid.uuid4()),
        "revision": "1",
        "title": "Vannes pour une station de pompage",
        "teaser": "Un partenaire pour équiper une station.",
        "description": "Nous cherchons un fabricant.",
        "benefits": "Une première référence.",
        "language": "fr",
        "stage": "bid",
        "details_role": "Fournir et monter les vannes.",
        "details_offer_due": day(60),
        "places": ["MA", "TN"],
        "sectors": ["eau"],
        "cpv_codes": "42130000",
        "hs_codes": "84, 8481",
        "naf_codes": "2814Z",
        "certifications_must": ["iso-9001"],
        "certifications_wish": ["iso-9001", "iso-14001"],
        "languages_wish": ["en"],
        "experience": "wish",
        "headcount": "20-49",
        "apply_by": day(30),
        "answer_by": day(45),
        "capacity": "4",
        "amount": "50k-250k",
        "next_step": "Un appel de trente minutes.",
        "decided_by": "La direction des achats.",
        "contact_name": "Dominique Contact",
        "contact_email": "contact@example.com",
        "deputy_name": "Alex Suppléant",
        "deputy_email": "suppleant@example.com",
        **fields,
    }


def sent(client, form, **extra):
    """The first step, then the rest on one page; what the last of the two answered."""
    first = client.post(
        reverse("opportunities:create_kind", args=["co_export"]),
        {name: value for name, value in form.items() if name != "submit"},
    )
    if first.status_code != 302:
        return first
    opportunity = Opportunity.objects.get(token=form["token"])
    return client.post(reverse("opportunities:edit", args=[opportunity.pk]), form, **extra)


def draft(author, **fields):
    return OpportunityFactory(owner=author.organisation, created_by=author, **fields)


def test_the_seven_kinds_are_explained(client, author):
    response = client.get(reverse("opportunities:create"))

    assert response.status_code == 200
    for kind in KINDS:
        assert reverse("opportunities:create_kind", args=[kind]) in response.text


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_asks_only_its_own_fields(client, author, kind):
    response = client.get(reverse("opportunities:create_kind", args=[kind]))

    own = {name.removeprefix("details_") for name in response.context["form"].fields if name.startswith("details_")}
    assert own == {field.name for field in KINDS[kind].fields}
    assert ("stage" in response.context["form"].fields) == KINDS[kind].asks_stage


def test_an_unknown_kind_is_not_found(client, author):
    assert client.get(reverse("opportunities:create_kind", args=["vente"])).status_code == 404


def test_a_title_is_enough_for_a_draft(client, author):
    response = client.post(
        reverse("opportunities:create_kind", args=["portage"]), {"title": "Au Japon", "language": "fr", "save": "1"}
    )

    opportunity = Opportunity.objects.get()
    assert response.url == reverse("opportunities:manage", args=[opportunity.pk])
    assert (opportunity.state, opportunity.owner, opportunity.created_by) == ("draft", author.organisation, author)


def test_everything_typed_is_kept(client, author):
    sent(client, typed())

    opportunity = Opportunity.objects.get()
    assert opportunity.places == ["MA", "TN"]
    assert opportunity.hs_codes == ["84", "8481"]
    assert opportunity.naf_codes == ["28.14Z"]
    assert opportunity.details == {"role": "Fournir et monter les vannes.", "offer_due": day(60)}
    assert set(opportunity.criteria.values_list("kind", "code", "must")) == {
        ("certification", "iso-9001", True),
        ("certification", "iso-14001", False),
        ("language", "en", False),
        ("experience", "MA", False),
        ("experience", "TN", False),
        ("headcount", "20-49", False),
    }


def test_what_was_kept_comes_back_in_the_form(client, author):
    sent(client, typed())
    opportunity = Opportunity.objects.get()

    form = client.get(reverse("opportunities:edit", args=[opportunity.pk])).context["form"]
    again = {name: form[name].value() for name in form.fields}
    client.post(
        reverse("opportunities:edit", args=[opportunity.pk]),
        {name: value for name, value in again.items() if value not in (None, False)} | {"hs_codes": "84, 8481"},
    )

    assert opportunity.history.count() == 1  # what the second step added; nothing changed since
    assert Opportunity.objects.get().revision == 2


def test_a_complete_form_is_saved_and_submitted(client, author, mailoutbox):
    sent(client, typed(submit="1"))

    opportunity = Opportunity.objects.get()
    assert opportunity.state == State.SUBMITTED
    assert [mail.to for mail in mailoutbox] == [["contact@example.com", "suppleant@example.com", author.email]]


def test_what_submission_lacks_is_kept_and_shown_beside_the_fields(client, author):
    lacking = typed(submit="1", teaser="", details_role="", deputy_email="Contact@example.com")
    response = sent(client, lacking, follow=True)

    assert Opportunity.objects.get().state == State.DRAFT
    assert set(response.context["form"].errors) == {"teaser", "details_role", "deputy_email"}
    assert 'value="Vannes pour une station de pompage"' in response.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("cpv_codes", "vannes"),
        ("apply_by", "demain"),
        ("contact_email", "moi"),
        ("capacity", "0"),
        ("places", ["XX"]),
        ("details_offer_due", "31/02/2026"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_the_field_and_nothing_typed_is_lost(client, author, field, value):
    response = sent(client, typed(**{field: value}))

    assert Opportunity.objects.filter(revision__gt=1).exists() is False  # at most the first step was kept
    assert field in response.context["form"].errors
    assert "Nous cherchons un fabricant." in response.text


@pytest.mark.parametrize(
    ("dates", "wrong"),
    [
        ((-1, 30), {"apply_by"}),
        ((0, 0), set()),
        ((0, 1), set()),
        ((None, 10), set()),
        ((None, -1), {"answer_by"}),
        ((None, None), {"answer_by"}),
        ((10, None), {"answer_by"}),
        ((10, 100), set()),
        ((10, 101), {"answer_by"}),  # a company waits 90 days for its answer at most
        ((None, 90), set()),
        ((None, 91), {"answer_by"}),
    ],
)
def test_dates_are_checked_on_submission(client, author, dates, wrong):
    apply_by, answer_by = (day(one) if one is not None else "" for one in dates)
    filled = typed(submit="1", apply_by=apply_by, answer_by=answer_by)

    response = sent(client, filled, follow=True)

    assert (Opportunity.objects.get().state == State.SUBMITTED) == (not wrong)
    assert set(response.context["form"].errors if wrong else ()) == wrong


def test_an_answer_is_not_promised_before_the_last_day_to_apply(client, author):
    response = sent(client, typed(apply_by=day(30), answer_by=day(29)))

    assert set(response.context["form"].errors) == {"answer_by"}


def test_a_confidential_one_needs_a_name_to_show_and_offers_the_group_s_own(client, author):
    author.organisation.group_profile.alias = "Groupe de l'eau"
    author.organisation.group_profile.save()

    client.post(reverse("opportunities:create_kind", args=["co_export"]), typed())
    opportunity = Opportunity.objects.get()
    page = client.get(reverse("opportunities:edit_step", args=[opportunity.pk, "confidentialite"]))
    refused = sent(client, typed(confidential="on", alias=""))

    assert page.context["form"]["alias"].value() == "Groupe de l'eau"
    assert set(refused.context["form"].errors) == {"alias"}


def test_a_confidential_one_that_names_its_group_is_not_submitted(client):
    author = group_user(name="DÉMO Zéphyrion")
    client.force_login(author)
    telling = typed(submit="1", confidential="on", alias="Groupe de l'eau", details_role="Aider zephyrion")

    response = sent(client, telling, follow=True)

    assert Opportunity.objects.get().state == State.DRAFT
    assert set(response.context["form"].errors) == {"details_role"}


def test_a_double_click_makes_one(client, author):
    form, url = typed(), reverse("opportunities:create_kind", args=["co_export"])

    first, second = client.post(url, form), client.post(url, form)

    opportunity = Opportunity.objects.get()
    assert first.url == second.url == reverse("opportunities:edit_step", args=[opportunity.pk, "criteres"])
    assert opportunity.history.count() == 0


def test_a_double_click_submits_once(client, author):
    opportunity = draft(author)
    url = reverse("opportunities:edit", args=[opportunity.pk])

    first, second = client.post(url, typed(submit="1")), client.post(url, typed(submit="1"))

    assert first.url == second.url == reverse("opportunities:manage", args=[opportunity.pk])
    assert list(opportunity.history.values_list("after", flat=True)) == ["draft", "submitted"]


@pytest.mark.django_db(transaction=True)
def test_two_posts_of_one_form_at_once_make_one():
    author = group_user()
    form, url = typed(), reverse("opportunities:create_kind", args=["co_export"])
    start, answers = threading.Barrier(2), []

    def post():
        browser = Client()
        browser.force_login(author)
        start.wait()
        answers.append(browser.post(url, form).status_code)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [302, 302]
    assert Opportunity.objects.count() == 1


def test_going_back_to_mend_a_draft_just_made_mends_it(client, author):
    form, url = typed(), reverse("opportunities:create_kind", args=["co_export"])
    client.post(url, form)

    client.post(url, form | {"title": "Vannes et pompes"})

    assert Opportunity.objects.get().title == "Vannes et pompes"


def test_an_edit_is_remembered_field_by_field(client, author):
    opportunity = draft(author)
    url = reverse("opportunities:edit", args=[opportunity.pk])
    Criterion.objects.create(opportunity=opportunity, kind="language", code="en", must=True)

    client.post(url, typed(title="Pompes", languages_must=["en", "ar"], languages_wish=[], details_offer_due=""))

    line = opportunity.history.get()
    assert line.actor == author
    assert line.changes["title"] == [opportunity.title, "Pompes"]
    assert "details.role" not in line.changes
    assert ["language", "ar", True] in line.changes["criteria"][1]


def test_a_form_opened_before_someone_else_s_save_keeps_its_text_and_says_so(client, author):
    opportunity = draft(author)
    url = reverse("opportunities:edit", args=[opportunity.pk])
    client.post(url, typed(title="La première"))

    late = client.post(url, typed(title="La seconde"))

    assert late.status_code == 409
    assert Opportunity.objects.get().title == "La première"
    assert 'value="La seconde"' in late.text
    assert "enregistré «\xa0La première\xa0», chez vous «\xa0La seconde\xa0»" in late.text


def test_after_the_warning_the_next_save_wins(client, author):
    opportunity = draft(author)
    url = reverse("opportunities:edit", args=[opportunity.pk])
    client.post(url, typed(title="La première"))
    late = client.post(url, typed(title="La seconde"))

    client.post(url, typed(title="La seconde", revision=late.context["form"]["revision"].value()))

    assert Opportunity.objects.get().title == "La seconde"


def test_text_written_while_a_colleague_submitted_is_shown_and_not_saved(client, author):
    opportunity = draft(author)
    opportunity.submit(by=author)

    late = client.post(reverse("opportunities:edit", args=[opportunity.pk]), typed(title="Trop tard"))

    assert late.status_code == 409
    assert 'value="Trop tard"' in late.text
    assert 'name="save"' not in late.text
    assert Opportunity.objects.get().title != "Trop tard"


@pytest.mark.parametrize("state", [state for state in State.values if state not in Opportunity.EDITABLE])
def test_what_is_with_the_staff_or_public_is_no_longer_edited(client, author, state):
    opportunity = draft(author, state=state, published_at=timezone.now())

    response = client.get(reverse("opportunities:edit", args=[opportunity.pk]))

    assert response.url == reverse("opportunities:manage", args=[opportunity.pk])


def test_submitting_from_its_page(client, author):
    opportunity = draft(author)
    url = reverse("opportunities:submit", args=[opportunity.pk])

    client.post(url)
    again = client.post(url, follow=True)

    assert Opportunity.objects.get().state == State.SUBMITTED
    assert opportunity.history.count() == 1
    assert "ne peut pas passer" in again.text


def test_an_incomplete_one_goes_back_to_its_form(client, author):
    opportunity = draft(author, sectors=[])

    response = client.post(reverse("opportunities:submit", args=[opportunity.pk]), follow=True)

    assert Opportunity.objects.get().state == State.DRAFT
    assert set(response.context["form"].errors) == {"sectors"}


def test_submitting_is_never_a_link(client, author):
    assert client.get(reverse("opportunities:submit", args=[draft(author).pk])).status_code == 405


WRITING = ["create", "create_kind", "edit", "submit"]


def asked(client, name, pk):
    args = {"create": [], "create_kind": ["co_export"]}.get(name, [pk])
    return (client.post if name == "submit" else client.get)(reverse(f"opportunities:{name}", args=args))


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("who", ["sme", "reader", "waiting", "staff", "nobody"])
def test_who_may_not_write(client, name, who):
    author = group_user()
    waiting = group_user(waiting=True)
    opportunity = draft(waiting if who == "waiting" else author)
    people = {
        "sme": sme_user,
        "reader": lambda: colleague(author, Membership.Role.READER),
        "waiting": lambda: waiting,
        "staff": lambda: UserFactory(staff=True),
    }
    if who in people:
        client.force_login(people[who]())

    response = asked(client, name, opportunity.pk)

    if who == "nobody":
        assert response.url.startswith(reverse("account_login"))
    else:
        assert response.status_code == 403


@pytest.mark.parametrize("name", [*WRITING[2:], "manage"])
def test_another_group_does_not_see_it_at_all(client, author, name):
    opportunity = OpportunityFactory(owner=OrganisationFactory(group=True))

    assert asked(client, name, opportunity.pk).status_code == 404


@pytest.mark.parametrize("criteria", [1, 3])
def test_saving_takes_a_fixed_number_of_queries(client, author, criteria, django_assert_num_queries):
    opportunity = draft(author)
    chosen = ["iso-9001", "iso-14001", "iso-45001"][:criteria]
    form = typed(certifications_must=chosen, certifications_wish=[], places=["MA", "TN"][: min(criteria, 2)])
    client.get(reverse("opportunities:edit", args=[opportunity.pk]))

    with django_assert_num_queries(27):
        client.post(reverse("opportunities:edit", args=[opportunity.pk]), form)


def test_a_date_too_far_away_is_a_slip_of_the_year():
    far = timezone.localdate() + timedelta(days=4 * 365)
    opportunity = OpportunityFactory(apply_by=far, answer_by=far)

    assert checks.problems(opportunity).keys() == {"apply_by", "answer_by"}
