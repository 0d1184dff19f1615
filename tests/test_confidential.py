"""A confidential group's name reaches nobody outside it before the introduction: every page and every mail is read."""

import html
import re
from urllib.parse import unquote

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Email
from accounts.taxonomy.terms import folded
from matching import apply, changes, introduce, refresh
from matching.models import Introduction, Match
from opportunities import moderation
from opportunities.models import Opportunity
from tests.factories import (
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)
from tests.pages import ANYONE, EVERY, GROUP, PUBLIC, SME, TEAM

# letters and digits alone, without accents or case; each tells who it is by itself
TELLTALES = ["zephyrine", "barracuda", "quetzalcoatl", "ondenoire"]
ALIAS = "Groupe du secteur de l'eau"
WORDS = "Cuvelage"  # only the confidential opportunity says it


@pytest.fixture
def group():
    """Whose name, site, and people's names and addresses all tell."""
    person = group_user(name="DÉMO Zéphyrine-Barracuda Eaux", website="https://www.zephyrine-barracuda.example")
    person.last_name, person.email = "Quetzalcóatl", "h.quetzalcoatl@ondenoire.example"
    person.save()
    return person


@pytest.fixture
def opportunity(group):
    opportunity = OpportunityFactory(
        owner=group.organisation,
        created_by=group,
        confidential=True,
        alias=ALIAS,
        title=f"{WORDS} d'un puits au Maroc",
        contact_name="Hippolyte Quetzalcóatl",
        contact_email=group.email,
        deputy_name="Ursule Ondenoire",
        deputy_email="ursule@ondenoire.example",
    )
    moderation.submit(opportunity, by=group)
    moderation.publish(opportunity, by=UserFactory(staff=True), checked=True)
    return opportunity


@pytest.fixture
def people(opportunity):
    """One SME for each end an application may have; another group; nobody."""
    ends = ["introduced", "declined", "shortlisted", "withdrawn", "draft", "looking"]
    smes = {end: sme_user(profile__sectors=["eau"], profile__products=WORDS) for end in ends}
    refresh.refresh_due()
    return smes | {"another group": group_user(), "nobody": None}


def applied(opportunity, person):
    application, _created = apply.start(opportunity, person)
    apply.save(application, by=person, pitch="Nous savons faire.", contact=person)
    apply.send(application, by=person, consented=True)
    return application


def live(opportunity, people, group):
    """Every end but the introduction's last step: the mail is written, and staff hold it."""
    its = {end: applied(opportunity, people[end]) for end in ["introduced", "declined", "shortlisted", "withdrawn"]}
    its["draft"], _created = apply.start(opportunity, people["draft"])
    apply.decline(its["declined"], by=group, reason="size", text="Une autre fois.")
    apply.shortlist(its["shortlisted"], by=group)
    apply.withdraw(its["withdrawn"], by=people["withdrawn"])
    introduction = introduce.accept(its["introduced"], by=group, message="Au plaisir.")
    introduce.hold(introduction, by=UserFactory(staff=True), reason="essai")
    return its, introduction


def told(text):
    """The telltales in a text, however it is written: entities, percent signs, accents, spaces, dashes."""
    plain = folded(html.unescape(unquote(text.replace("=\n", ""))))
    squeezed = re.sub(r"[^a-z0-9]", "", plain)
    return [telltale for telltale in TELLTALES if telltale in squeezed]


def addresses(opportunity, application):
    """The opportunity's own pages, those of an application to it, and the lists that show it."""
    urls = [page.url_of(opportunity) for page in EVERY if page.name in OF_OPPORTUNITY]
    urls += [page.url_of(application) for page in EVERY if application and page.name in OF_APPLICATION]
    return [opportunity.get_absolute_url(), *urls, *(reverse(name) for name in LISTS)]


def elsewhere():
    """Every other page that somebody outside the group may open, and ways to search."""
    names = [page for page in EVERY if not page.owned and page.role in OUTSIDE and "GET" in page.methods]
    return [*(page.url() for page in names if page.name != "opportunities:create_kind"), *SEARCHES]


OUTSIDE = {PUBLIC, ANYONE, TEAM, SME, GROUP}
OF_OPPORTUNITY = {"matching:opportunity_detail", "matching:application_start", "matching:structured"}
OF_APPLICATION = {page.name for page in EVERY if page.role == SME and page.name.startswith("matching:application_")}
OF_APPLICATION -= OF_OPPORTUNITY
LISTS = ["home", "matching:opportunity_list", "matching:sme_dashboard", "matching:applications"]
LIST = "/opportunites/"
SEARCHES = [
    f"{LIST}?q={WORDS}",
    f"{LIST}?q=groupe",
    f"{LIST}?tri=pertinence&q=eau",
    f"{LIST}?pays=MA",
    f"{LIST}?secteur=eau",
    f"{LIST}?tri=adequation",
    f"{LIST}?tri=echeance",
    "/nulle-part/",
]


def everything(response):
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers}\n{response.cookies.output()}\n{response.content.decode()}"


def read_all(client, people, opportunity, applications, more=()):
    """{(who, address): telltales} of every page that shows one, as everyone outside the group."""
    leaks = {}
    for who, person in people.items():
        client.logout()
        if person:
            client.force_login(person)
        for url in [*addresses(opportunity, applications.get(who)), *more]:
            if found := told(everything(client.get(url, follow=True))):
                leaks[who, url] = found
    return leaks


@pytest.mark.ignore_template_errors
def test_no_page_names_the_group_before_the_introduction(client, opportunity, people, group):
    applications, _introduction = live(opportunity, people, group)

    assert read_all(client, people, opportunity, applications) == {}
    some = {who: people[who] for who in ["introduced", "another group", "nobody"]}
    assert read_all(client, some, opportunity, {}, elsewhere()) == {}
    client.force_login(people["introduced"])
    assert ALIAS in html.unescape(client.get(opportunity.get_absolute_url()).content.decode())  # they do show it


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize("end", ["suspended", "withdrawn", "closed"])
def test_no_page_names_the_group_of_what_is_over(client, opportunity, people, group, end):
    applications = {"looking": applied(opportunity, people["looking"])}
    staff = UserFactory(staff=True)
    moderation.close(opportunity, by=group) if end == "closed" else moderation.suspend(
        opportunity, by=staff, reason="x"
    )
    if end == "withdrawn":
        moderation.withdraw(opportunity, by=staff, reason="x")
        apply.cancel_withdrawn()

    some = {name: people[name] for name in ["looking", "another group", "nobody"]}
    assert read_all(client, some, opportunity, applications) == {}


def test_no_mail_to_others_names_the_group_before_the_introduction(opportunity, people, group):
    live(opportunity, people, group)
    changes.close(opportunity, by=group, reason="Nous avons trouvé")
    own = {group.email, opportunity.deputy_email}

    mails = Email.objects.exclude(template="introduction")
    outside = [mail for mail in mails if not {*mail.to, *mail.cc} <= own]

    assert {mail.template for mail in outside} >= {
        "application_received",
        "application_declined",
        "application_shortlisted",
    }
    wholes = {
        mail.template: f"{mail.to} {mail.cc} {mail.reply_to} {mail.subject} {mail.text} {mail.html} {mail.message_id} "
        f"{mail.key} {mail.about}"
        for mail in outside
    }
    assert {template: told(whole) for template, whole in wholes.items() if told(whole)} == {}
    assert all({*mail.to, *mail.cc} <= own for mail in mails if {*mail.to, *mail.cc} & own)  # nobody reads over


def test_what_leaves_as_a_mail_has_no_header_that_tells(opportunity, people, mailoutbox):
    with_receipt = applied(opportunity, people["looking"])
    receipt = Email.objects.get(template="application_received", about=f"application:{with_receipt.pk}")

    receipt.send()

    raw = mailoutbox[-1].message().as_string()
    assert told(raw) == []
    assert mailoutbox[-1].to == [people["looking"].email]


def test_the_rows_that_lists_are_made_of_do_not_name_the_group(opportunity, people, group):
    applications, _introduction = live(opportunity, people, group)

    with connection.cursor() as cursor:
        cursor.execute("select slug, search_text, search_vector::text from opportunities_opportunity")
        searched = str(cursor.fetchall())
    scored = str(list(Match.objects.values()))
    snapshots = str([application.snapshot for application in applications.values()])

    assert [told(text) for text in (searched, scored, snapshots)] == [[], [], []]


@pytest.mark.parametrize("asked", ["Zéphyrine", "zephyrin", "barracuda", "quetzalcoatl", "ondenoire"])
def test_searching_for_the_name_finds_nothing_and_suggests_nothing(client, opportunity, asked):
    Opportunity.objects.exclude(pk=opportunity.pk).delete()
    page = unquote(html.unescape(client.get(LIST, {"q": asked}).content.decode()))

    assert WORDS not in page
    without_what_was_typed = re.sub(rf"(?i){re.escape(asked)}", "", page)
    assert told(without_what_was_typed) == []


@pytest.mark.parametrize(
    "headers", [{"HX-Request": "true"}, {"Accept-Language": "en"}, {"Accept": "application/json"}]
)
def test_no_other_form_of_the_list_or_the_page_tells(client, opportunity, headers):
    for url in [LIST, f"{LIST}?q={WORDS}", opportunity.get_absolute_url()]:
        response = client.get(url, headers=headers)

        assert opportunity.title in re.sub("</?mark>", "", html.unescape(response.content.decode()))
        assert told(everything(response)) == []


def test_the_group_s_open_opportunities_do_not_betray_the_confidential_one(client, opportunity, group):
    open_one = OpportunityFactory(owner=group.organisation, published=True, title="Une autre")

    page = client.get(opportunity.get_absolute_url()).content.decode()

    assert told(client.get(open_one.get_absolute_url()).content.decode()) != []
    assert told(page) == []
    assert open_one.title not in page


def test_a_change_of_the_group_s_name_or_alias_tells_nothing(client, opportunity, group):
    group.organisation.name = "DÉMO Zéphyrine Renommée"
    group.organisation.save()

    assert told(client.get(opportunity.get_absolute_url()).content.decode()) == []
    assert told(client.get(LIST).content.decode()) == []


def test_a_text_that_names_the_group_is_not_published(group):
    opportunity = OpportunityFactory(
        owner=group.organisation,
        created_by=group,
        secret=True,
        description="Pour Zéphyrine Barracuda.",
        submitted=True,
    )

    with pytest.raises(moderation.StateError):
        moderation.publish(opportunity, by=UserFactory(staff=True), checked=True)


def test_the_introduction_names_both(client, opportunity, people, group, mailoutbox):
    person = people["introduced"]
    application = applied(opportunity, person)
    page = reverse("matching:application_status", args=[application.pk])
    client.force_login(person)

    introduction = introduce.accept(application, by=group, message="Au plaisir.")
    introduction.email.refresh_from_db()
    introduction.email.send()
    introduce.settle()

    [mail] = [mail for mail in mailoutbox if {*mail.to} == {person.email, group.email}]
    assert mail.cc == [opportunity.deputy_email]
    for text in [mail.body, mail.alternatives[0][0]]:
        plain = html.unescape(text)
        assert "DÉMO Zéphyrine-Barracuda Eaux" in plain
        assert "Hippolyte Quetzalcóatl" in plain
        assert person.organisation.name in plain
        assert str(person) in plain
    assert "DÉMO Zéphyrine-Barracuda Eaux" in html.unescape(client.get(page).content.decode())
    assert Introduction.objects.get().state == Introduction.State.SENT


@pytest.mark.ignore_template_errors
def test_an_introduction_tells_the_introduced_one_and_no_other(client, opportunity, people, group):
    applications, introduction = live(opportunity, people, group)
    introduce.release(introduction, by=UserFactory(staff=True))
    introduction.email.refresh_from_db()
    introduction.email.send()
    introduce.settle()
    client.force_login(colleague(people["introduced"]))
    told_to = client.get(reverse("matching:application_status", args=[applications["introduced"].pk]))

    others = {who: person for who, person in people.items() if who != "introduced"}

    assert told(told_to.content.decode()) != []
    assert read_all(client, others, opportunity, applications) == {}
