"""A company that applies along with another: what it reads before it agrees, and once it leads nowhere."""

import pytest

from accounts.models import HiddenFrom, Membership
from matching import apply, changes, consent, partners
from matching.models import Application, Partner
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, colleague, sme_user
from tests.matching.test_partners import decider, invite, join, mails, url


@pytest.fixture
def draft():
    return ApplicationFactory()


@pytest.fixture
def sent(draft):
    """By three companies."""
    join(draft), join(draft)
    apply.send(draft, by=draft.contact, consented=True)
    return draft


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


@pytest.mark.parametrize("secret", [False, True])
def test_whoever_hides_from_the_group_is_warned_before_joining(client, draft, secret):
    person, other = sme_user(), sme_user()
    opportunity = draft.opportunity
    opportunity.confidential, opportunity.alias = secret, "Un groupe de l'eau" if secret else ""
    opportunity.save()
    HiddenFrom.objects.create(company=person.organisation, siren=opportunity.owner.siren, name="DÉMO", by=person)
    pages = {}

    for one in (person, other):
        client.force_login(one)
        pages[one] = text_of(client.get(url("partner", invite(draft, one))))

    said = "Ce groupe est confidentiel" if secret else "Vous cachez votre profil à ce groupe"
    assert said in pages[person]
    assert said not in pages[other]


def test_the_agreement_names_the_presentation_that_the_group_may_open(draft):
    partner = join(draft)

    assert "sa présentation en PDF" in consent.of_partner(draft)
    assert partner.consent_text == consent.of_partner(draft)


def test_whoever_joins_or_leads_knows_beforehand_that_partners_see_how_each_company_fits(client, draft):
    for company in (draft.company, (partner := join(draft)).company, (other := join(draft)).company):
        MatchFactory(opportunity=draft.opportunity, company=company)
    client.force_login(draft.contact)
    leads = text_of(client.get(url("application_partners", draft)))
    client.force_login(partner.contact)

    seen = client.get(url("partner", partner)).context["union"].members

    assert {one.company for one in seen if one.fit} == {draft.company, partner.company, other.company}
    assert "L'entreprise pilote et les autres partenaires voient notre adéquation" in other.consent_text
    assert "voient l'adéquation de chaque entreprise" in leads


def unanswered(application):
    apply.leave_unanswered(application)


def declined(application):
    apply.decline(application, by=decider(application), reason="size", text="Une autre fois, plus grand.")


@pytest.mark.parametrize("end", [declined, unanswered])
def test_where_it_leads_nowhere_each_member_reads_why_who_may_help_and_what_else_there_is(client, sent, end):
    partner = Partner.objects.first()
    other, along = [OpportunityFactory(published=True, title=f"DÉMO Pompes {name}") for name in ("A", "B")]
    for one in (other, along):
        MatchFactory(opportunity=one, company=partner.company)
    lead = sme_user()
    its = apply.start(along, lead)[0]
    asked = partners.invite(its, by=lead, siren=partner.company.siren)
    partners.join(asked, by=partner.contact, brings="x", consented=True)

    end(sent)
    client.force_login(partner.contact)
    page = text_of(client.get(url("partner", partner)))
    [mail] = [
        one for one in mails("partner_news") if one.to == [partner.contact.email] and one.key.split(":")[2] != "sent"
    ]

    for told in (page, mail.text.replace("\xa0", " "), mail.html.replace("\xa0", " ")):
        assert ("Une autre fois, plus grand." in told) == (end is declined)
        assert "Team France Export" in told
        assert other.title in told
        assert along.title not in told
    assert f'href="{other.get_absolute_url()}"' in page


def test_what_the_group_answers_once_the_lead_goes_on_without_them_is_not_theirs_to_read(client, sent):
    partner = Partner.objects.first()
    apply.withdraw(sent, by=sent.contact)
    again, _new = apply.start(sent.opportunity, sent.contact)
    apply.send(again, by=sent.contact, consented=True)
    declined(again)
    client.force_login(partner.contact)

    page = text_of(client.get(url("partner", partner)))

    assert "Team France Export" in page
    assert "Une autre fois, plus grand." not in page
    assert str(Application.objects.get().get_decline_reason_display()) not in page


def test_a_closing_before_it_left_names_who_may_help(client, draft):
    join(draft)
    changes.close(draft.opportunity, by=decider(draft), reason="filled")
    changes.announce_of(draft.opportunity)

    [mail] = mails("partner_news")

    assert "Team France Export" in mail.text


def test_who_only_reads_opens_the_page_and_sends_nothing_from_it(client, draft):
    person = sme_user()
    partner = invite(draft, person)
    client.force_login(colleague(person, role=Membership.Role.READER))

    page = text_of(client.get(url("partner", partner)))
    refused = client.post(url("partner", partner), {"join": "", "brings": "x", "consent": "on"})

    assert 'name="join"' not in page
    assert "qui peut la modifier" in page
    assert refused.status_code == 403
    partner.refresh_from_db()
    assert partner.state == "invited"
