"""Several companies in one application: invited, each agreeing for itself, leaving, sent, answered."""

import re
import threading
from html import unescape
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, changes, introduce, partner_letters, partners
from matching.models import Application, Introduction, Partner
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    colleague,
    group_user,
    sme_user,
)

State = Partner.State
JOIN = {"join": "", "brings": "Le montage sur place.", "consent": "on"}


def url(name, thing, **more):
    return reverse(f"matching:{name}", args=[thing.pk])


def told(response):
    return [str(message) for message in response.context["messages"]]


def invite(application, person):
    return partners.invite(application, by=application.contact, siren=person.organisation.siren)


def join(application, person=None):
    person = person or sme_user()
    partner = invite(application, person)
    partners.join(partner, by=person, brings="Le montage.", consented=True)
    return partner


def mails(template):
    return list(Email.objects.filter(template=template).order_by("pk"))


@pytest.fixture
def draft():
    return ApplicationFactory()


@pytest.fixture
def sent(draft):
    """By three companies."""
    join(draft), join(draft)
    apply.send(draft, by=draft.contact, consented=True)
    Email.objects.all().delete()
    return draft


def decider(application):
    return MembershipFactory(organisation=application.opportunity.owner).user


def test_invited_by_its_number_a_company_agrees_and_the_lead_is_told(client, draft):
    person = sme_user()
    client.force_login(draft.contact)
    siren = person.organisation.siren
    client.post(
        url("application_partners", draft), {"siren": f"{siren[:3]} {siren[3:6]} {siren[6:]}", "word": "Venez !"}
    )
    partner = Partner.objects.get()
    assert mails("partner_invited")[0].to == [person.email]
    assert url("partner", partner) in mails("partner_invited")[0].text

    client.force_login(person)
    page = client.get(url("partner", partner))
    done = client.post(url("partner", partner), JOIN, follow=True)

    assert draft.pitch not in page.content.decode()  # what the lead writes is for those who are in
    assert told(done) == ["Vous êtes dans le groupement\xa0: l'entreprise pilote le sait."]
    partner.refresh_from_db()
    assert (partner.state, partner.company, partner.contact) == (State.JOINED, person.organisation, person)
    assert partner.consent_text.startswith("J'accepte que")
    assert mails("partner_answered")[0].to == [draft.contact.email]
    assert mails("partner_answered")[0].subject.startswith(f"{person.organisation.name} rejoint votre groupement")
    assert draft.pitch in client.get(url("partner", partner)).content.decode()


def test_invited_by_an_address_whoever_has_the_link_answers_for_their_company_once(client, draft):
    partners.invite(draft, by=draft.contact, email="quelqu-un@ailleurs.demo.example")
    invitation = mails("partner_invited")[0].text
    path = re.search(r"/groupements/invitation/\S+", invitation).group().replace("/invitation/", "/lien/")
    first, second = sme_user(), sme_user()
    assert "l'entreprise qui vous invite l'écrit et l'envoie" in invitation
    assert client.get(path).url.startswith(reverse("account_login"))

    client.force_login(first)
    for _ in range(2):
        assert [client.get(path).status_code, client.head(path).status_code] == [200, 200]
    assert Partner.objects.get().company is None
    client.post(path, JOIN)
    client.force_login(second)

    assert client.post(path, JOIN).status_code == 404
    assert Partner.objects.get().company == first.organisation


def test_somebody_without_an_account_reads_who_invites_them_and_finds_the_way_in(client, draft):
    partner = partners.invite(draft, by=draft.contact, email="quelqu-un@ailleurs.demo.example", word="Avec nous ?")
    link = partner_letters.link(partner).removeprefix(settings.SITE_URL)
    answer = link.replace("/invitation/", "/lien/")

    page = client.get(link)
    text = page.content.decode()

    assert f"{draft.company.name} vous propose de candidater ensemble" in text
    assert "Avec nous ?" in text
    assert "l'entreprise qui vous invite l'écrit et l'envoie" in unescape(text)
    assert f"{reverse('accounts:signup_sme')}?next={quote(answer, safe='')}" in text
    assert f"{reverse('account_login')}?next={quote(answer, safe='')}" in text
    client.force_login(sme_user())
    assert client.get(link).url == answer


def test_an_invitation_that_serves_no_more_says_so_and_names_nobody(client, draft):
    partner = partners.invite(draft, by=draft.contact, email="quelqu-un@ailleurs.demo.example", word="Avec nous ?")
    partners.remove(partner, by=draft.contact)

    text = client.get(partner_letters.link(partner).removeprefix(settings.SITE_URL)).content.decode()

    assert "Cette invitation n'a plus cours" in text
    assert draft.company.name not in text
    assert "Avec nous ?" not in text


def test_a_false_link_to_an_invitation_leads_nowhere(client):
    assert client.get(reverse("matching:partner_invitation", args=["1:faux"])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"siren": "123456789"}, "siren", "n'est pas un SIREN"),
        ({"siren": "900000100"}, "siren", "Aucune PME inscrite"),
        ({"email": "pas une adresse"}, "email", ""),
        ({}, "siren", "l'un des deux"),
        ({"siren": "own"}, "siren", "votre propre entreprise"),
    ],
    ids=["no number", "unknown", "no address", "nothing", "own"],
)
def test_a_wrong_invitation_is_told_beside_its_field_and_keeps_the_word(client, draft, asked, field, said):
    if asked.get("siren") == "own":
        asked = {"siren": draft.company.siren}
    if asked.get("siren") == "900000100":
        asked = {"siren": group_user().organisation.siren}
    client.force_login(draft.contact)

    form = client.post(url("application_partners", draft), asked | {"word": "Venez !"}).context["form"]

    assert list(form.errors) == [field]
    assert said in form.errors[field][0]
    assert form["word"].value() == "Venez !"
    assert not Partner.objects.exists()


def test_the_page_says_that_one_of_its_two_ways_to_invite_is_enough(client, draft):
    client.force_login(draft.contact)

    page = client.get(url("application_partners", draft))

    assert "l'un des deux" in unescape(page.text)
    form = page.context["form"]
    fields = {name: unescape(form[name].as_field_group()) for name in form.fields}
    marks = {name: re.search(r'"optional">\((.*?)\)<', html)[1] for name, html in fields.items()}
    assert marks == {"siren": "l'un ou l'autre", "email": "l'un ou l'autre", "word": "facultatif"}


def test_nobody_is_invited_twice_and_seven_are_the_most(draft):
    person = sme_user()
    invite(draft, person)
    with pytest.raises(StateError, match="déjà invitée"):
        invite(draft, person)
    for _ in range(5):
        invite(draft, sme_user())

    with pytest.raises(StateError, match="Sept"):
        invite(draft, sme_user())


def test_without_the_agreement_nobody_joins(client, draft):
    person = sme_user()
    partner = invite(draft, person)
    client.force_login(person)

    response = client.post(url("partner", partner), {"join": "", "brings": "Le montage."})

    assert list(response.context["form"].errors) == ["consent"]
    assert response.context["form"]["brings"].value() == "Le montage."
    partner.refresh_from_db()
    assert partner.state == State.INVITED


def test_a_member_who_leaves_before_sending_breaks_nothing(client, draft):
    stays, leaver = join(draft), sme_user()
    leaves = join(draft, leaver)
    client.force_login(leaver)

    client.post(url("partner", leaves), {"leave": ""})
    apply.send(draft, by=draft.contact, consented=True)
    own, created = apply.start(draft.opportunity, leaver)

    assert [one.state for one in (Partner.objects.get(pk=stays.pk), Partner.objects.get(pk=leaves.pk))] == [
        State.JOINED,
        State.LEFT,
    ]
    assert mails("partner_answered")[-1].to == [draft.contact.email]
    assert not mails("partner_left")  # the group had received nothing
    assert (own.company, created) == (leaver.organisation, True)


def test_sending_freezes_each_profile_and_leaves_out_who_did_not_answer(draft):
    inside, silent, suspended = join(draft), invite(draft, sme_user()), join(draft)
    inside.company.sme_profile.products = "Grues"
    inside.company.sme_profile.save()
    suspended.company.state = "suspended"
    suspended.company.save()

    apply.send(draft, by=draft.contact, consented=True)

    states = {one.pk: one.state for one in Partner.objects.all()}
    assert states == {inside.pk: State.JOINED, silent.pk: State.LAPSED, suspended.pk: State.LAPSED}
    inside.refresh_from_db()
    assert inside.snapshot["profile"]["products"] == "Grues"
    assert inside.contact.email not in str(inside.snapshot)
    assert [one.to for one in mails("partner_news")] == [[inside.contact.email]]


def test_the_group_reads_every_member_and_what_they_cover_together(client, sent):
    [one, two] = Partner.objects.order_by("pk")
    fits = {
        sent.company: [("codes", "met", 20, 20, {"code": "x"}), ("place", "missing", 0, 15), ("wanted", "met", 5, 5)],
        one.company: [("codes", "missing", 0, 20), ("place", "met", 12, 15), ("wanted", "met", 4, 5)],
    }
    for company, parts in fits.items():
        MatchFactory(opportunity=sent.opportunity, company=company, parts=[part[:4] for part in parts])
    client.force_login(decider(sent))

    response = client.get(url("application_review", sent))

    union = response.context["union"]
    assert [member.company for member in union.members] == [sent.company, one.company, two.company]
    assert [member.met for member in union.members] == [2, 2, 0]
    assert (union.met, union.asked, union.best_alone, union.gain, union.score) == (3, 3, 2, 1, 37)
    assert [(line.answer, line.points, line.who, line.only) for line in union.lines] == [
        ("met", 20, sent.company.name, True),
        ("met", 12, one.company.name, True),
        ("met", 5, sent.company.name, False),
    ]
    page = response.content.decode()
    for partner in (one, two):
        assert partner.company.name in page
        assert partner.contact.email not in page
        assert partner.contact.last_name not in page


@pytest.mark.parametrize("members", [1, 3])
def test_the_file_of_a_group_of_companies_takes_a_fixed_number_of_queries(
    client, draft, members, django_assert_num_queries
):
    for _ in range(members):
        MatchFactory(opportunity=draft.opportunity, company=join(draft).company)
    apply.send(draft, by=draft.contact, consented=True)
    client.force_login(decider(draft))
    client.get(url("application_review", draft))

    with django_assert_num_queries(19):  # whatever their number
        client.get(url("application_review", draft))


def test_one_introduction_names_every_member_in_one_mail(sent):
    people = [one.contact for one in Partner.objects.order_by("pk")]
    by = decider(sent)

    shown = introduce.preview(sent, by=by)
    introduce.accept(sent, by=by, message="Bravo à tous.")

    [email] = mails("introduction")
    assert set(email.cc) >= {person.email for person in people}
    for person in people:
        assert person.organisation.name in shown["text"]
        assert person.email not in shown["text"]  # agreed for the mail alone
        for body in (email.text, email.html):
            assert person.email in body


def test_after_sending_who_leaves_is_shown_no_more_and_the_group_is_told(client, sent):
    leaves = Partner.objects.first()
    partners.leave(leaves, by=leaves.contact)
    client.force_login(decider(sent))

    page = client.get(url("application_review", sent)).content.decode()

    assert leaves.company.name not in page
    assert Application.objects.get().state == "sent"
    assert mails("partner_left")[0].to == [sent.opportunity.contact_email]
    assert Partner.objects.get(pk=leaves.pk).snapshot == {}


def test_consent_withdrawn_before_the_introduction_takes_the_coordinates_out_of_the_waiting_mail(sent):
    introduce.accept(sent, by=decider(sent), message="Bravo à tous.")
    leaves, stays = Partner.objects.order_by("pk")

    partners.leave(leaves, by=leaves.contact)

    [email] = mails("introduction")
    assert leaves.contact.email not in email.text + email.html + str(email.cc)
    assert stays.contact.email in email.text
    assert "Bravo à tous." in email.text


def test_consent_withdrawn_after_the_introduction_is_too_late_and_says_so(client, sent):
    introduce.accept(sent, by=decider(sent))
    Introduction.objects.update(state="sent", sent_at=timezone.now())
    partner = Partner.objects.first()
    client.force_login(partner.contact)

    response = client.post(url("partner", partner), {"leave": ""}, follow=True)

    assert told(response) == ["La mise en relation est partie\xa0: vos coordonnées sont déjà transmises."]
    partner.refresh_from_db()
    assert partner.state == State.JOINED


def withdrawn(application):
    apply.withdraw(application, by=application.contact)


def cancelled(application):
    apply.cancel(application)


@pytest.mark.parametrize("end", [withdrawn, cancelled])
def test_an_application_that_ends_lets_each_company_apply_again_and_tells_it(sent, end):
    [one, two] = Partner.objects.order_by("pk")

    end(sent)

    assert {partner.state for partner in Partner.objects.all()} == {State.LAPSED}
    assert [mail.to for mail in mails("partner_news")] == [[one.contact.email], [two.contact.email]]
    assert apply.start(sent.opportunity, one.contact)[1] is True


def test_declined_and_unanswered_each_member_is_told(sent):
    apply.decline(sent, by=decider(sent), reason="size", text="Une autre fois.")

    assert len(mails("partner_news")) == 2
    assert {one.state for one in Partner.objects.all()} == {State.JOINED}


def test_a_closing_before_the_application_left_is_told_to_each_member(draft):
    joined, _invited = join(draft), invite(draft, sme_user())
    opportunity = draft.opportunity

    changes.close(opportunity, by=decider(draft), reason="filled")
    changes.announce_of(opportunity)

    [mail] = mails("partner_news")
    assert mail.to == [joined.contact.email]
    assert "rien de vous n'a été transmis" in mail.text


def test_a_company_is_in_one_application_its_own_or_anothers(draft):
    person = sme_user()
    own = ApplicationFactory(opportunity=draft.opportunity, contact=person)
    partner = invite(draft, person)

    with pytest.raises(StateError, match="déjà sa candidature"):
        partners.join(partner, by=person, brings="", consented=True)
    apply.withdraw(own, by=person)
    partners.join(partner, by=person, brings="", consented=True)

    with pytest.raises(StateError, match="déjà dans un groupement"):
        apply.start(draft.opportunity, person)
    with pytest.raises(StateError, match="déjà dans un groupement"):
        join(ApplicationFactory(opportunity=draft.opportunity), person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=own.pk).update(state="draft")
    other = join(draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationFactory(opportunity=draft.opportunity, contact=other.contact)


@pytest.mark.django_db(transaction=True)
def test_joining_one_and_applying_alone_at_once_one_of_the_two_happens(draft):
    person = sme_user()
    partner = invite(draft, person)
    barrier, outcomes = threading.Barrier(2), []

    def run(act):
        barrier.wait()
        try:
            act()
            outcomes.append("done")
        except StateError:
            outcomes.append("refused")
        connection.close()

    acts = [
        lambda: partners.join(Partner.objects.get(pk=partner.pk), by=person, brings="", consented=True),
        lambda: apply.start(draft.opportunity, person),
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]
    joined = Partner.objects.filter(state="joined").count()
    assert joined + Application.objects.filter(company=person.organisation).count() == 1


@pytest.mark.django_db(transaction=True)
def test_leaving_while_the_lead_sends_the_member_is_wholly_in_or_out(draft):
    partner = join(draft)
    barrier, failures = threading.Barrier(2), []

    def run(act):
        barrier.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - any is a failure
            failures.append(error)
        connection.close()

    acts = [
        lambda: partners.leave(Partner.objects.get(pk=partner.pk), by=partner.contact),
        lambda: apply.send(Application.objects.get(pk=draft.pk), by=draft.contact, consented=True),
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    partner.refresh_from_db()
    assert (partner.state, partner.snapshot) == (State.LEFT, {})
    assert Application.objects.get(pk=draft.pk).state == "sent"


def test_other_companies_groups_and_readers_have_no_say(client, draft):
    partner = join(draft)
    reader = colleague(partner.contact, role=Membership.Role.READER)

    for person, status in [(sme_user(), 404), (draft.contact, 404), (group_user(), 403), (reader, 403)]:
        client.force_login(person)
        assert client.post(url("partner", partner), {"leave": ""}).status_code == status
    for person, status in [(partner.contact, 404), (group_user(), 403)]:
        client.force_login(person)
        assert client.get(url("application_partners", draft)).status_code == status
        assert client.get(url("application_status", draft)).status_code == status
    with pytest.raises(PermissionDenied):
        partners.remove(partner, by=partner.contact)


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("act", ["join", "decline", "leave", "remove"])
def test_each_move_from_each_state(draft, before, act):
    person = sme_user()
    partner = invite(draft, person)
    Partner.objects.filter(pk=partner.pk).update(state=before, consent_at=timezone.now())
    moves = {
        "join": (lambda: partners.join(partner, by=person, brings="", consented=True), {State.INVITED}),
        "decline": (lambda: partners.decline(partner, by=person), {State.INVITED}),
        "leave": (lambda: partners.leave(partner, by=person), {State.JOINED}),
        "remove": (lambda: partners.remove(partner, by=draft.contact), {State.INVITED, State.JOINED}),
    }
    move, allowed = moves[act]

    if before in allowed:
        move()
        assert partner.state != before
    else:
        with pytest.raises(StateError):
            move()
        partner.refresh_from_db()
        assert partner.state == before
