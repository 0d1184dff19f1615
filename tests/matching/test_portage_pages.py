"""Portage on the pages of the SME, of groups and of the staff."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import portage
from matching.models import PortageAnswer, PortageRequest
from matching.tasks import settle_introductions
from tests.factories import (
    PortageAnswerFactory,
    PortageRequestFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
ASK = "matching:portage_ask"
State = PortageRequest.State


def url(name, thing):
    return reverse(f"matching:portage_{name}", args=[thing.pk])


@pytest.fixture
def sme():
    return sme_user(name="DÉMO Vannes Zéphyr", city="Beauvais", postcode="60000", profile__sectors=["eau"])


@pytest.fixture
def group():
    return group_user(name="DÉMO Groupe Quetzal", profile__places=["MA"])


def posted(contact, **more):
    its = {
        "country": "MA",
        "horizon": "now",
        "support": ["stand"],
        "text": "Vendre des vannes.",
        "contact": contact.pk,
    }
    return its | {"named": "non", "consent": "on", "budget": "", "timing": ""} | more


def test_an_sme_asks_and_is_told_what_comes_next(client, sme):
    client.force_login(sme)

    page = client.post(reverse(ASK), posted(sme), follow=True)

    request = PortageRequest.objects.get()
    assert page.redirect_chain[-1][0] == request.get_absolute_url()
    assert "sous deux jours ouvrés" in page.context["next_step"]
    assert Email.objects.get().key == f"portage-received:{request.pk}"
    assert request.consent_text == str(portage.CONSENT)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"country": ""}, "country"),
        ({"country": "FR"}, "country"),
        ({"support": []}, "support"),
        ({"text": ""}, "text"),
        ({"text": "Appelez le 06 12 34 56 78."}, "text"),
        ({"text": "Nous, Demo Vannes Zephyr, vendons des vannes."}, "text"),
        ({"budget": "moi@example.com"}, "budget"),
        ({"consent": ""}, "consent"),
        ({"contact": "0"}, "contact"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(client, sme, more, field):
    client.force_login(sme)

    page = client.post(reverse(ASK), posted(sme, timing="Au printemps") | more)

    assert list(page.context["form"].errors) == [field]
    assert "Au printemps" in page.content.decode()
    assert not PortageRequest.objects.exists()


def test_who_is_named_may_name_itself(client, sme):
    client.force_login(sme)

    client.post(reverse(ASK), posted(sme, named="oui", text="DÉMO Vannes Zéphyr vend des vannes."))

    assert PortageRequest.objects.get().named


def test_a_second_click_finds_the_first_request(client, sme):
    client.force_login(sme)
    client.post(reverse(ASK), posted(sme))

    page = client.post(reverse(ASK), posted(sme))

    assert list(page.context["form"].errors) == ["country"]
    assert PortageRequest.objects.count() == 1


@pytest.mark.parametrize("opened", [False, True])
def test_no_group_reads_the_name_before_it_accepts(client, sme, group, opened):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS, opened=opened)
    other = group_user(profile__places=["MA"])
    for one in [group, other] if not opened else []:
        PortageAnswerFactory(request=request, group=one.organisation)
    pages = [reverse("matching:portage_received"), url("dossier", request), url("accept", request)]
    pages += [url("decline", request), url("question", request)]
    told = [sme.organisation.name, sme.organisation.siren, sme.email, sme.last_name, "Beauvais"]

    client.force_login(group)
    before = "".join(client.get(page).content.decode() for page in pages)
    client.post(url("question", request), {"text": "Quel délai ?"})
    preview = client.post(url("accept", request), {"message": "Bienvenue.", "confirm": ""})
    before += preview.content.decode()
    client.post(url("accept", request), preview.context["form"].initial | {"confirm": ""})
    settle_introductions()
    after = client.get(url("dossier", request)).content.decode()
    client.force_login(other)
    elsewhere = client.get(url("dossier", request))

    assert "Une PME (Hauts-de-France)" in before
    assert [word for word in told if word in before] == []
    assert [word for word in told if word not in after] == [sme.organisation.siren]
    if opened:
        assert elsewhere.status_code == 404  # taken up: no longer open
    else:
        assert [word for word in told if word in elsewhere.content.decode()] == []
    mails = Email.objects.exclude(template="portage_introduction")
    to_groups = [one for one in mails if sme.email not in one.to]
    assert [one.key for one in to_groups for word in told if word in one.subject + one.text + one.html] == []


def test_a_named_request_shows_the_company(client, sme, group):
    request = PortageRequestFactory(contact=sme, named=True, state=State.WITH_GROUPS)
    PortageAnswerFactory(request=request, group=group.organisation)
    client.force_login(group)

    page = client.get(url("dossier", request)).content.decode()

    assert sme.organisation.name in page
    assert sme.email not in page


def test_the_sme_never_reads_which_group_says_no(client, sme, group):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS)
    PortageAnswerFactory(request=request, group=group.organisation)
    portage.question(request, by=group, text="Quel délai ?")
    portage.decline(request, by=group, reason="timing", text="L'an prochain.")
    client.force_login(sme)

    page = client.get(request.get_absolute_url()).content.decode()

    assert "L&#x27;an prochain." in page
    assert "Votre conseiller export" in page
    said = page + "".join(one.text + one.html for one in Email.objects.filter(to=[sme.email]))
    assert [word for word in [group.organisation.name, group.email, group.last_name] if word in said] == []


@pytest.mark.parametrize(("named", "goes"), [(False, False), (True, True)])
def test_an_answer_names_the_company_only_where_it_agreed_to_be_named(client, sme, group, named, goes):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS, named=named)
    answer = PortageAnswerFactory(request=request, group=group.organisation)
    portage.question(request, by=group, text="Combien par an ?")
    client.force_login(sme)

    page = client.post(url("reply", answer), {"text": "Chez démo vannes zephyr, mille."})

    assert answer.messages.filter(side="sme").exists() == goes
    assert page.status_code == (302 if goes else 200)
    assert goes or list(page.context["form"].errors) == ["text"]


def test_questions_and_answers_go_both_ways(client, sme, group):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS)
    answer = PortageAnswerFactory(request=request, group=group.organisation)
    client.force_login(group)
    client.post(url("question", request), {"text": "Quel délai ?"})
    client.force_login(sme)

    asked = client.get(request.get_absolute_url())
    client.post(url("reply", answer), {"text": "Six mois."})
    again = client.post(url("reply", answer), {"text": "Six mois."})
    client.force_login(group)
    page = client.get(url("dossier", request)).content.decode()

    assert asked.context["next_step"].startswith("À vous")
    assert again.status_code == 302
    assert answer.messages.count() == 2
    assert "Six mois." in page
    assert set(Email.objects.values_list("key", flat=True)) == {
        f"portage-question:{answer.messages.first().pk}", f"portage-reply:{answer.messages.last().pk}",
    }  # fmt: skip


@pytest.mark.parametrize("state", [state for state in State.values if state != State.WITH_GROUPS])
def test_nothing_is_decided_twice(client, sme, group, state):
    request = PortageRequestFactory(contact=sme, state=state, refusal="Trop tôt.")
    PortageAnswerFactory(request=request, group=group.organisation, state="declined", decline_reason="size")
    client.force_login(group)

    answers = [client.post(url(name, request), {"text": "x", "reason": "size"}) for name in ("accept", "decline")]

    assert {answer.status_code for answer in answers} == {302}
    assert PortageRequest.objects.get().state == state
    assert not Email.objects.exists()


def test_a_group_that_was_not_asked_finds_nothing(client, sme):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS)
    client.force_login(group_user(profile__places=["MA"]))

    assert client.get(url("dossier", request)).status_code == 404
    assert client.post(url("accept", request)).status_code == 404


def test_a_group_reads_the_exact_mails_before_they_leave(client, sme, group):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS)
    PortageAnswerFactory(request=request, group=group.organisation)
    client.force_login(group)

    blank = client.get(url("accept", request)).content.decode()
    unseen = client.post(url("accept", request), {"message": "À mardi ?", "confirm": ""})
    no_reason = client.post(url("decline", request), {"text": "Trop loin.", "confirm": ""})
    no = client.post(url("decline", request), {"reason": "country", "text": "Trop loin.", "confirm": ""})
    request.refresh_from_db()

    assert "Le message exact" in blank
    assert "Rien n'est encore parti" in unescape(unseen.content.decode())
    assert "À mardi ?" in unseen.context["preview"]["text"]
    assert list(no_reason.context["form"].errors) == ["reason"]
    assert "Trop loin." in no.context["preview"]["text"]
    assert (request.state, Email.objects.count()) == (State.WITH_GROUPS, 0)

    client.post(url("decline", request), no.context["form"].initial | {"confirm": ""})
    sent = Email.objects.get()

    shown = no.context["preview"]["text"]
    assert sent.text == shown.replace("[personne à contacter]", str(sme))
    assert sent.subject == no.context["preview"]["subject"]


@pytest.mark.parametrize("state", State.values)
def test_every_state_says_what_comes_next(client, sme, state):
    request = PortageRequestFactory(contact=sme, state=state, refusal="Trop tôt.")
    client.force_login(sme)

    page = client.get(request.get_absolute_url())

    assert page.context["next_step"]
    assert ("Votre conseiller export" in page.content.decode()) == (state in {State.REFUSED, State.EXPIRED})


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_and_the_status_take_a_fixed_number_of_queries(client, sme, group, rows, django_assert_num_queries):
    for place in ["MA", "TN", "SN"][:rows]:
        request = PortageRequestFactory(contact=sme, country=place, state=State.WITH_GROUPS)
        PortageAnswerFactory(request=request, group=group.organisation)
    for _ in range(rows - 1):
        PortageAnswerFactory(request=request)
    for who, page, queries in [
        (sme, reverse("matching:portage_requests"), 8),
        (sme, request.get_absolute_url(), 9),
        (group, reverse("matching:portage_received"), 8),
        (group, url("dossier", request), 10),
    ]:
        client.force_login(who)
        client.get(page)
        with django_assert_num_queries(queries):
            client.get(page)


def test_staff_put_it_to_groups_from_the_queue(client, sme, group):
    request = PortageRequestFactory(contact=sme)
    group_user(profile__places=["JP"])
    sign_in_staff(client)
    page = reverse("admin:matching_portagerequest_transition", args=[request.pk, "route"])

    home = client.get(reverse("admin:index")).content.decode()
    offered = client.get(page).context["form"].fields["groups"].choices
    empty = client.post(page, {})
    client.post(page, {"groups": [group.organisation.pk]})

    assert "Demandes de portage à examiner" in home
    assert [pk for pk, _ in offered] == [group.organisation.pk]
    assert empty.context["form"].errors
    assert PortageRequest.objects.get().state == State.WITH_GROUPS
    assert Email.objects.get(key__startswith="portage-proposed").to == [group.email]


def test_the_group_s_dashboard_leads_to_what_waits(client, sme, group):
    PortageAnswerFactory(group=group.organisation)
    PortageRequestFactory(country="MA", state=State.WITH_GROUPS, opened=True)
    PortageRequestFactory(country="JP", state=State.WITH_GROUPS, opened=True)
    client.force_login(group)

    page = client.get(reverse("matching:group_dashboard"))

    assert page.context["portages"] == 2
    assert "2 PME cherchent un portage" in page.content.decode()


def test_what_waits_for_the_group_s_own_answer_comes_first_then_what_is_open(client, group):
    ended = PortageAnswerFactory(group=group.organisation, state="declined", decline_reason="size").request
    mine = PortageAnswerFactory(group=group.organisation).request
    opened = PortageRequestFactory(state=State.WITH_GROUPS, opened=True)
    later = PortageAnswerFactory(group=group.organisation, state="cancelled").request
    client.force_login(group)

    page = client.get(reverse("matching:portage_received"))

    assert [row["request"] for row in page.context["rows"]] == [mine, opened, later, ended]


def test_the_one_who_reads_only_sees_no_button(client, sme, group):
    request = PortageRequestFactory(contact=sme, state=State.WITH_GROUPS)
    PortageAnswerFactory(request=request, group=group.organisation)
    pages = [(colleague(group, "reader"), url("dossier", request)), (colleague(sme, "reader"), url("status", request))]

    for reader, page in pages:
        client.force_login(reader)
        text = client.get(page).content.decode()
        assert "accepter/" not in text
        assert "retirer/" not in text


def test_a_late_answer_is_for_the_staff_to_call(client, group):
    PortageAnswerFactory(group=group.organisation, rung=7, answer_by=timezone.localdate() - timedelta(days=12))
    PortageAnswerFactory(group=group_user(profile__places=["MA"]).organisation)
    sign_in_staff(client)

    page = client.get(reverse("admin:matching_portageanswer_changelist") + "?retard=oui")

    assert [one.group for one in page.context["cl"].result_list] == [group.organisation]
    assert PortageAnswer.objects.count() == 2


def test_the_list_of_late_answers_says_when_a_colleague_last_called(client, group):
    late = PortageAnswerFactory(group=group.organisation, rung=7)
    never = PortageAnswerFactory(group=group_user(profile__places=["MA"]).organisation, rung=7)
    staff = sign_in_staff(client)

    client.post(reverse("admin:matching_portageanswer_transition", args=[late.pk, "call"]), {"text": "Mardi."})
    rows = client.get(reverse("admin:matching_portageanswer_changelist") + "?retard=oui").context["cl"].result_list
    page = client.get(reverse("admin:matching_portageanswer_change", args=[late.pk]))

    call = late.history.get()
    assert {one.pk: one.last_call for one in rows} == {late.pk: call.at, never.pk: None}
    assert (call.actor, call.reason) == (staff, "Mardi.")
    assert "<td>note</td>" in page.text
