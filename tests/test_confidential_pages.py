"""Pages around an application, what is taken away from them and what goes wrong name no confidential group either."""
# ruff: noqa: F811

import io
import zipfile
from html import unescape

import pytest
from django.urls import reverse

from accounts.models import Email
from matching import apply, partner_letters, partners, sponsors
from matching.models import Export, Introduction
from opportunities import attachments, moderation
from opportunities.models import Attachment, Enquiry
from tests.factories import UserFactory
from tests.pdfs import pdf
from tests.test_confidential import (  # noqa: F401 - fixtures
    ALIAS,
    applied,
    everything,
    group,
    live,
    opportunity,
    people,
    told,
)

WHOLE = pdf("Plan.")


@pytest.fixture
def around(opportunity, people, group):
    """{page: (address, whose it is)} of all that stands around applications at every end."""
    its, _introduction = live(opportunity, people, group)
    lead, invited = people["draft"], people["looking"]
    partner = partners.invite(its["draft"], by=lead, siren=invited.organisation.siren)
    partners.seek(opportunity, by=people["withdrawn"], text="Nous montons.")
    named = {"name": "DÉMO Dominique", "email": "dominique@example.com", "body": "cci"}
    sponsor = sponsors.invite(its["shortlisted"], by=people["shortlisted"], **named)
    sponsors.write(sponsor, text="Une entreprise sérieuse.")
    Attachment.objects.create(
        opportunity=opportunity, name="plan.pdf", type="pdf", size=5, content=WHOLE, state="clean", confidential=True
    )
    whole = {name: reverse(name, args=[opportunity.pk]) for name in ("opportunities:pledge", "opportunities:ask")}
    whole |= {name: reverse(name, args=[opportunity.pk]) for name in ("matching:dismiss", "matching:partners_wanted")}
    pages = {name: (url, "looking") for name, url in whole.items()}
    of = {"application_partners": "draft", "application_sponsor": "shortlisted", "application_keeping": "declined"}
    pages |= {name: (reverse(f"matching:{name}", args=[its[end].pk]), end) for name, end in of.items()}
    of_introduced = {name: reverse(f"matching:{name}", args=[its["introduced"].pk]) for name in ("outcome", "rating")}
    pages |= {name: (url, "introduced") for name, url in of_introduced.items()}
    pages |= {"partner": (reverse("matching:partner", args=[partner.pk]), "looking")}
    pages |= {"partner_link": (partner_letters.link(partner), "looking")}
    return pages | {"recommend": (sponsors.link(sponsor), "nobody")}


def as_(client, people, who):
    client.logout()
    if people[who]:
        client.force_login(people[who])


@pytest.mark.ignore_template_errors
def test_no_page_around_an_application_names_the_group(client, around, people, opportunity):
    leaks, shown = {}, {}
    for who in people:
        as_(client, people, who)
        for name, (url, owner) in around.items():
            answer = client.get(url, follow=True)
            if found := told(everything(answer)):
                leaks[who, name] = found
            if who == owner:
                shown[name] = answer.status_code, opportunity.title in unescape(answer.text)

    assert leaks == {}
    assert {name for name, its in shown.items() if its != (200, True)} == {"outcome", "rating"}  # not sent yet
    assert Introduction.objects.get().state == "held"
    as_(client, people, "looking")
    assert ALIAS in unescape(client.get(around["matching:partners_wanted"][0]).text)


@pytest.mark.ignore_template_errors
def test_what_these_pages_say_of_what_is_missing_or_done_names_nobody(client, around, people):
    answers = [{}, {"text": "Où ?"}, {"reason": "size"}, {"join": "", "brings": "Le montage.", "consent": "on"}]
    leaks = {}
    for who in people:
        as_(client, people, who)
        for name, (url, _owner) in around.items():
            for typed in answers:
                if found := told(everything(client.post(url, typed, follow=True))):
                    leaks[who, name] = found

    assert leaks == {}


def test_no_mail_around_an_application_names_the_group(around, opportunity, group):
    own = {group.email, opportunity.deputy_email}
    mails = [mail for mail in Email.objects.exclude(template="introduction") if not {*mail.to, *mail.cc} <= own]

    assert {mail.template for mail in mails} >= {"partner_invited", "sponsor_invited", "sponsor_wrote"}
    assert {mail.template for mail in mails if told(f"{mail.__dict__}")} == set()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_group_takes_away_names_neither_it_nor_whom_it_has_not_met(client, opportunity, people, group, kind):
    lead, other = people["looking"], people["draft"]
    application, _created = apply.start(opportunity, lead)
    partner = partners.invite(application, by=lead, siren=other.organisation.siren)
    partners.join(partner, by=other, brings="Le montage sur place.", consented=True)
    apply.save(application, by=lead, pitch="Nous savons faire.", contact=lead)
    apply.send(application, by=lead, consented=True)
    named = {"name": "DÉMO Dominique", "email": "dominique@example.com", "body": "cci"}
    sponsors.write(sponsors.invite(application, by=lead, **named), text="Une entreprise sérieuse.")
    client.force_login(group)

    answer = client.post(reverse("matching:export", args=[opportunity.pk]), {"format": kind})

    content = unpacked(answer.content) if kind == "xlsx" else answer.content.decode("utf-8-sig")
    assert lead.organisation.name in content
    assert told(content + str(answer.headers)) == []
    assert [word for word in (lead.email, other.email, "dominique@example.com") if word in content] == []
    assert Export.objects.get().rows == 1


def unpacked(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(unescape(book.read(name).decode()) for name in book.namelist())


def test_a_file_whose_name_would_tell_never_comes_to_have_headers(client, opportunity, group, people):
    client.force_login(group)
    files = reverse("opportunities:files", args=[opportunity.pk])
    for name in ("Zéphyrine.pdf", "plan ZEPHYRINE-Barracuda.pdf", "H_Quetzalcóatl.pdf", "../ondenoire/Onde Noire.pdf"):
        sent = io.BytesIO(WHOLE)
        sent.name = name
        assert client.post(files, {"file": sent}).status_code == 200, name
    sent = io.BytesIO(WHOLE)
    sent.name = "plan.pdf"
    client.post(files, {"file": sent, "confidential": "on"})

    attachments.show_added(opportunity, by=UserFactory(staff=True))

    file = Attachment.objects.get()
    attachments.pledge(opportunity, by=people["looking"])
    client.force_login(people["looking"])
    answer = client.post(file.get_absolute_url())

    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert told(str(answer.headers)) == []


@pytest.mark.ignore_template_errors
def test_errors_about_it_name_nobody(client, opportunity, people, group):
    application = applied(opportunity, people["looking"])
    moderation.suspend(opportunity, by=UserFactory(staff=True), reason="essai")
    asked = Enquiry.objects.create(opportunity=opportunity, company=people["looking"].organisation, text="Où ?")
    statuses = {}
    wanted = {
        "detail": opportunity.get_absolute_url(),
        "manage": reverse("opportunities:manage", args=[opportunity.pk]),
        "applicants": reverse("matching:applicants", args=[opportunity.pk]),
        "export": reverse("matching:export", args=[opportunity.pk]),
        "review": reverse("matching:application_review", args=[application.pk]),
        "answer": reverse("opportunities:answer", args=[asked.pk]),
        "start": reverse("matching:application_start", args=[opportunity.pk]),
    }

    for who in ("another group", "declined", "nobody"):
        as_(client, people, who)
        for name, url in wanted.items():
            for method in (client.get, client.post):
                answer = method(url)
                assert told(everything(answer)) == [], (who, url)
                statuses.setdefault((who, name), set()).add(answer.status_code)

    mine = {"manage", "applicants", "export", "review", "answer"}  # a group's pages
    assert {statuses["another group", name] <= {404, 405} for name in mine} == {True}
    assert {statuses["declined", name] <= {403, 405} for name in mine} == {True}
    assert {statuses["nobody", name] <= {302, 403, 405} for name in mine} == {True}
    assert statuses["declined", "detail"] <= {404, 405}
    assert statuses["declined", "start"] == {404}


@pytest.mark.ignore_template_errors
def test_neither_a_page_refused_for_haste_nor_one_that_breaks_names_it(client, opportunity, people):
    application = applied(opportunity, people["looking"])
    named = {"name": "DÉMO Dominique", "email": "dominique@example.com", "body": "cci"}
    url = sponsors.link(sponsors.invite(application, by=people["looking"], **named))
    answers = (client.post(url, {"text": ""}) for _ in range(200))
    hasty = next(answer for answer in answers if answer.status_code != 200)
    broken = Attachment.objects.create(  # of a type that nobody knows how to hand over
        opportunity=opportunity, name="plan.zzz", type="zzz", size=5, content=b"x", state="clean"
    )
    client.raise_request_exception = False

    fault = client.get(broken.get_absolute_url())

    assert (hasty.status_code, fault.status_code) == (429, 500)
    assert told(everything(hasty)) == told(everything(fault)) == []
