"""5.4 "User leaves company", on the group's side: who has left reads nothing more, and others are named."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import team
from accounts.models import Email, Membership
from matching import apply, changes, introduce, overdue
from matching.ladder import Rung
from opportunities import contacts, letters
from opportunities.models import Opportunity
from tests.backoffice import page_of
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
State = Opportunity.State


@pytest.fixture
def admin():
    return group_user()


@pytest.fixture
def person(admin):
    return colleague(admin)


@pytest.fixture
def opportunity(admin, person):
    """Posted by somebody who is its contact, too."""
    return OpportunityFactory(
        published=True, owner=admin.organisation, created_by=person,
        contact_name="Camille Partie", contact_email=person.email.upper(),
    )  # fmt: skip


def leaves(person, by):
    team.end(Membership.objects.active().get(user=person), by=by)


def addresses(found):
    return [one.email.lower() for one in found]


def test_user_leaves_company_the_deputy_then_an_administrator_stand_in(opportunity, admin, person):
    deputy = opportunity.deputy_email
    before = addresses(contacts.named(opportunity))

    leaves(person, admin)

    assert before == [person.email, deputy]
    assert addresses(contacts.named(opportunity)) == [deputy, admin.email]
    opportunity.deputy_email = person.email
    assert addresses(contacts.named(opportunity)) == [admin.email, admin.email]


def test_user_leaves_company_and_comes_back(opportunity, admin, person):
    leaves(person, admin)
    Membership.objects.create(user=person, organisation=admin.organisation, role=Membership.Role.MEMBER)

    assert addresses(contacts.named(opportunity)) == [person.email, opportunity.deputy_email]


def test_user_leaves_company_for_another_of_which_we_know_nothing(opportunity, admin):
    """A contact that never had an account is taken at the group's word; one of another group has not left this one."""
    other = group_user()
    opportunity.contact_email = other.email

    assert addresses(contacts.named(opportunity)) == [other.email, opportunity.deputy_email]


def test_user_leaves_company_without_anyone_left_to_write_to(opportunity, admin, person):
    opportunity.deputy_email = ""
    Membership.objects.filter(organisation=admin.organisation).update(ended_at=timezone.now())

    assert addresses(contacts.named(opportunity)) == ["", ""]
    assert letters.recipients(opportunity) == {}


def test_user_leaves_company_and_gets_no_application_no_introduction_and_no_news(opportunity, admin, person):
    leaves(person, admin)
    known = Email.objects.count()

    application = ApplicationFactory(opportunity=opportunity)
    apply.send(application, by=application.contact, consented=True)
    introduce.accept(application, by=admin)
    changes.close(opportunity, by=admin, reason="Nous avons trouvé")

    sent = Email.objects.order_by("pk")[known:]
    read = {one.template: [*one.to, *one.cc] for one in sent}
    assert {"application_arrived", "introduction", "opportunity_closed"} <= set(read)
    assert not [template for template, people in read.items() if person.email in {one.lower() for one in people}]
    assert opportunity.deputy_email in read["application_arrived"]
    assert admin.email in read["application_arrived"]


def test_user_leaves_company_and_the_ladder_goes_to_who_is_left(opportunity, admin, person):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    leaves(person, admin)

    past = overdue.read([application], timezone.localdate())

    deputy = opportunity.deputy_email
    assert overdue.addresses(opportunity, Rung.SOON, past) == [deputy]
    assert overdue.addresses(opportunity, Rung.DUE, past) == [deputy, admin.email]
    assert overdue.addresses(opportunity, Rung.LATE, past) == [admin.email]


def test_user_leaves_company_while_an_introduction_is_held(opportunity, admin, person):
    introduction = introduce.accept(ApplicationFactory(sent=True, opportunity=opportunity), by=person)
    staff = UserFactory(staff=True)
    introduce.hold(introduction, by=staff, reason="Sanctions à vérifier.")
    before = [*introduction.email.to, *introduction.email.cc]
    leaves(person, admin)

    introduce.release(introduction, by=staff)

    email = Email.objects.get(template="introduction")
    assert person.email in [one.lower() for one in before]
    assert person.email not in [one.lower() for one in [*email.to, *email.cc]]
    assert opportunity.deputy_email in email.to
    assert opportunity.deputy_email in email.text


def typed(opportunity, **changes):
    names = ("contact_name", "contact_email", "deputy_name", "deputy_email")
    return {name: getattr(opportunity, name) for name in names} | changes


def url(opportunity):
    return reverse("opportunities:contacts", args=[opportunity.pk])


@pytest.mark.parametrize("state", [State.PUBLISHED, State.SUSPENDED, State.CLOSED])
def test_the_group_names_another_contact_who_is_told(client, opportunity, admin, person, state):
    Opportunity.objects.update(state=state)
    leaves(person, admin)
    client.force_login(admin)
    other = UserFactory(language="en")

    manage = client.get(reverse("opportunities:manage", args=[opportunity.pk]))
    page = client.get(url(opportunity))
    answers = [
        client.post(url(opportunity), typed(opportunity, contact_name="Other", contact_email=other.email))
        for _ in range(2)
    ]

    assert f'href="{url(opportunity)}"' in manage.text
    assert "Un contact a quitté votre groupe" in manage.text
    assert "Camille Partie" in page.text
    assert reverse("opportunities:absences", args=[opportunity.pk]) in page.text
    assert {answer.url for answer in answers} == {reverse("opportunities:manage", args=[opportunity.pk])}
    opportunity.refresh_from_db()
    assert (opportunity.contact_name, opportunity.contact_email, opportunity.state) == ("Other", other.email, state)
    line = opportunity.history.get()
    assert (line.actor, set(line.changes), line.due) == (admin, {"contact_name", "contact_email"}, False)
    mail = Email.objects.get(template="opportunity_entrusted")
    assert (mail.to, mail.language) == ([other.email], "en")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"contact_email": "PERSON"}, {"contact_email"}),
        ({"deputy_email": "meme@example.com", "contact_email": "MEME@example.com"}, {"deputy_email"}),
        ({"contact_email": "pas une adresse"}, {"contact_email"}),
        ({"deputy_name": " "}, {"deputy_name"}),
    ],
)
def test_what_cannot_be_a_contact_is_said_beside_its_field(client, opportunity, admin, person, changes, wrong):
    leaves(person, admin)
    client.force_login(admin)
    stays = {"contact_email": "reste@example.com"}
    changes = {name: person.email if value == "PERSON" else value for name, value in changes.items()}

    page = client.post(url(opportunity), typed(opportunity, **(stays | changes)))

    assert set(page.context["form"].errors) == wrong
    assert not Email.objects.filter(template="opportunity_entrusted").exists()


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.WITHDRAWN, State.REJECTED])
def test_in_other_states_the_page_leads_back(client, opportunity, admin, state):
    Opportunity.objects.update(state=state)
    client.force_login(admin)

    assert client.post(url(opportunity), typed(opportunity)).url == reverse(
        "opportunities:manage", args=[opportunity.pk]
    )
    assert not opportunity.history.exists()


def test_another_group_finds_nothing_and_a_reader_may_not(client, opportunity, admin):
    client.force_login(group_user())
    assert client.post(url(opportunity), typed(opportunity)).status_code == 404

    client.force_login(colleague(admin, Membership.Role.READER))
    assert client.post(url(opportunity), typed(opportunity)).status_code == 403


def test_a_contact_named_by_an_edit_is_told_too(client, opportunity, admin):
    pair = {"deputy_email": [opportunity.deputy_email, "nouvelle@example.com"]}

    changes.amend(Opportunity.objects.get(), pair, by=admin)

    assert Email.objects.get(template="opportunity_entrusted").to == ["nouvelle@example.com"]


def test_staff_name_another_contact_who_is_told(client, opportunity):
    moderator = sign_in_staff(client)
    button = reverse("admin:opportunities_opportunity_transition", args=[opportunity.pk, "entrust"])

    page = client.get(page_of(opportunity))
    asked = client.get(button)
    client.post(button, typed(opportunity, contact_email="nouvelle@example.com"))

    assert button in page.text
    assert opportunity.deputy_email in asked.text
    assert opportunity.history.get().actor == moderator
    assert Email.objects.get(template="opportunity_entrusted").to == ["nouvelle@example.com"]


def test_the_page_that_ends_a_membership_says_what_the_person_answers_for(client, opportunity, admin, person):
    OpportunityFactory(owner=admin.organisation, closed=True, deputy_email=person.email, title="Pompes à confier")
    OpportunityFactory(owner=admin.organisation, state=State.WITHDRAWN, contact_email=person.email)
    OpportunityFactory(contact_email=person.email)
    client.force_login(admin)
    address = reverse("opportunities:member_end", args=[person.membership.pk])

    page = client.get(address)
    client.post(address)
    after = client.get(reverse("opportunities:member_end", args=[admin.membership.pk]))

    assert page.context["count"] == 2
    assert "Contact ou suppléant de 2 opportunités" in page.text
    assert "Pompes à confier" in page.text
    assert "Contact ou suppléant" not in after.text


@pytest.mark.parametrize("rows", [1, 3])
def test_that_page_takes_a_fixed_number_of_queries(client, admin, person, rows, django_assert_num_queries):
    OpportunityFactory.create_batch(rows, owner=admin.organisation, contact_email=person.email)
    client.force_login(admin)
    address = reverse("opportunities:member_end", args=[person.membership.pk])
    client.get(address)

    with django_assert_num_queries(7):
        client.get(address)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_contacts_takes_a_fixed_number_of_queries(
    client, opportunity, admin, rows, django_assert_num_queries
):
    for _ in range(rows):
        leaves(colleague(admin), admin)
    client.force_login(admin)
    client.get(url(opportunity))

    with django_assert_num_queries(6):
        client.get(url(opportunity))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_clock_reads_who_has_left_once_for_a_batch(admin, rows, django_assert_num_queries):
    posts = OpportunityFactory.create_batch(rows, published=True, owner=admin.organisation, created_by=admin)
    applications = [
        ApplicationFactory(sent=True, opportunity=post, sent_at=timezone.now() - timedelta(days=9)) for post in posts
    ]

    with django_assert_num_queries(7):
        overdue.read(applications, timezone.localdate())
