"""Every mail to a reader of English is English, whatever the language of the one whose act it tells of."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone, translation

from accounts import (
    addresses,
    freshness,
    invitations,
    joining,
    mail,
    onboarding,
    orphans,
    signature_letters,
    suspension,
    team,
)
from accounts.adapter import NOTICES, AccountAdapter
from accounts.models import Email, GroupProfile, JoinRequest, Membership, Organisation, SmeProfile, User
from matching import (
    alert_letters,
    apply,
    ceasing,
    changes,
    digest_words,
    erasure,
    introduce,
    keeping,
    merging,
    organisation_merging,
    outcome_letters,
    overdue,
    partners,
    portage,
    portage_introduction,
    portage_introduction_letters,
    proposing,
    reposts,
    sme_nudges,
    sponsors,
    subscriptions,
    team_nudges,
    thread,
    transfers,
)
from matching.alert_letters import Soon
from matching.desk import Desk
from matching.ladder import Clock, Rung
from matching.models import (
    Application,
    Asking,
    DeclineReason,
    Introduction,
    Nudge,
    Partner,
    PortageRequest,
    Side,
)
from matching.outcome_clock import Ask
from opportunities import amendments, enquiries, entrusting, moderation
from opportunities.models import RejectReason
from pacte.states import listed
from tests.english import story, texts, unsaid, world
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    IntroductionFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    PortageAnswerFactory,
    PortageIntroductionFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

pytestmark = pytest.mark.django_db
LINK = "https://example.com/compte/"
ALLAUTH = {
    "account/email/email_confirmation": {"activate_url": LINK},
    "account/email/password_reset_key": {"password_reset_url": LINK},
    "account/email/account_already_exists": {},
    "account/email/unknown_account": {},
}


def speak_english():
    User.objects.update(language="en", first_name="Robin", last_name="Smith", job_title="Export")


def fates(person):
    """What may happen to a group's opportunities, each told to the group."""
    staff = UserFactory(staff=True)
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"]}
    moderation.reject(
        OpportunityFactory(submitted=True, **mine), by=staff, reason=RejectReason.TOO_VAGUE, text="More."
    )
    shown = OpportunityFactory(published=True, **mine)
    moderation.suspend(shown, by=staff, reason="We are checking something.")
    moderation.restore(shown, by=staff)
    changes.close(shown, by=person, reason=listed("Nous avons trouvé", "Thank you."))
    gone = OpportunityFactory(published=True, **mine)
    moderation.suspend(gone, by=staff, reason="We are checking something.")
    moderation.withdraw(gone, by=staff, reason="It is no export.")


def answers(person, sme):
    """What may become of applications, each told to the other side."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    for end in [
        lambda one: apply.decline(one, by=person, reason=DeclineReason.COUNTRY, text="Another time."),
        lambda one: apply.withdraw(one, by=sme),
        apply.cancel,
    ]:
        application, _created = apply.start(OpportunityFactory(**mine), sme)
        apply.save(application, by=sme, pitch="We can do it.", contact=sme)
        apply.send(application, by=sme, consented=True)
        end(application)


def afterwards(person, sme):
    """What may happen to a public opportunity, told to those who apply; and what they ask about it."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    shown = OpportunityFactory(**mine)
    apply.start(shown, sme)
    ApplicationFactory(sent=True, opportunity=shown)
    follower = sme_user()
    subscriptions.follow(follower, shown)
    speak_english()
    for reason in ["", "Another project."]:
        changes.amend(shown, {"places": [["MA"], ["TN"]], "criteria": [[], [["language", "en", True]]]}, by=person)
        amendment = amendments.pending(shown)
        staff = UserFactory(staff=True)
        if reason:
            amendments.refuse(amendment, by=staff, reason=reason)
        else:
            amendments.accept(amendment, by=staff)
    amendments.edited(shown, {"places": [["TN"], ["MA"]]}, by=UserFactory(staff=True))
    changes.announce_of(shown)
    enquiries.answer(enquiries.ask(shown, by=sme, text="Where to?"), by=person, text="Agadir.")
    changes.close(shown, by=person, reason=listed("Nous avons trouvé"))
    changes.announce_of(shown)
    back = OpportunityFactory(**mine)
    apply.start(back, sme)
    subscriptions.follow(follower, back)
    changes.withdraw(back, by=person, reason="The client gave up.")
    changes.announce_of(back)
    ended = ApplicationFactory(sent=True, opportunity=OpportunityFactory(**mine), contact=sme)
    moderation.withdraw(ended.opportunity, by=UserFactory(staff=True), reason="It is no export.")
    apply.cancel_withdrawn()


def reminders(person, sme):
    """What clocks tell, and what goes on while an application waits."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"]}
    theirs = {"contact_email": person.email, "deputy_email": person.email}
    post = OpportunityFactory(published=True, capacity=1, apply_by=None, answer_by=None, **theirs, **mine)
    first, second, third = [
        ApplicationFactory(sent=True, opportunity=post, pitch="We can do it.", contact=one)
        for one in (sme, sme_user(), sme_user())
    ]
    speak_english()
    thread.ask(first, by=person, text="When?")
    thread.answer(first, by=sme, text="Soon.")
    introduce.accept(first, by=person)
    introduce.accept(second, by=person)
    apply.decline(third, by=person, reason=DeclineReason.COUNTRY)
    apply.reexamine(third, by=person)
    apply.leave_unanswered(third)
    sent_back = OpportunityFactory(submitted=True, **theirs, **mine)
    moderation.request_changes(sent_back, by=UserFactory(staff=True), comments=[("", "More.")])
    cases = [
        (rung, overdue.Case(row, Clock(date(2026, 11, 26), date(2026, 11, 2)), rung))
        for rung, row in zip(overdue.TOLD_AT, [first, second, third, third], strict=True)
    ]
    desk = Desk(cases, [post, sent_back], portage=[(Rung.DUE, PortageAnswerFactory())])
    to_do = digest_words.context(desk, "en")
    mail.queue(key="to-do", to=[person.email], template="to_do", language="en", context=to_do)
    moderation.give_back(sent_back)


def beside(person, sme):
    """A recommendation asked and written; a file kept, and its company told of something new."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    application = ApplicationFactory(sent=True, contact=sme, opportunity=OpportunityFactory(**mine))
    asked = sponsors.invite(application, by=sme, name="DEMO Jo", email="jo@example.com", body="cci")
    sponsors.write(asked, text="A serious company.")
    keeping.agree(application, by=sme)
    keeping.keep(application, by=person)
    keeping.point_out(application.keeping, OpportunityFactory(**mine), by=person)
    staff = UserFactory(is_staff=True)
    for sent in (True, False):
        twice = [OpportunityFactory(**mine) for _ in range(2)]
        ApplicationFactory(contact=sme, opportunity=twice[0], sent=sent)
        merging.merge(*twice, by=staff)
    proposing.propose(OpportunityFactory(**mine), sme.organisation, by=staff, reason="A serious company.")


def portage_news(person, sme):
    """What may become of portage that an SME asks for, each told to one side or both."""
    groups = [person.organisation, group_user(name="DEMO Second").organisation]
    GroupProfile.objects.filter(organisation__in=groups).update(places=["MA"])
    staff = UserFactory(staff=True)
    speak_english()
    said = {"text": "We sell valves.", "country": "MA", "contact": sme, "named": False}

    def wanted():
        more = {"horizon": "now", "support": ["stand"], "budget": "", "timing": ""}
        return portage.ask(by=sme, fields=said | more)

    portage.refuse(wanted(), by=staff, reason="Too early.")
    request = wanted()
    portage.open_up(request, by=staff)
    sponsors.write(
        sponsors.invite(request, by=sme, name="DEMO Jo", email="jo@example.com", body="cce"), text="Serious people."
    )
    portage.route(request, groups, by=staff)
    portage.question(request, by=person, text="When?")
    answer = request.answers.get(group=person.organisation)
    portage.reply(answer, by=sme, text="Soon.")
    portage.decline(request, by=person, reason=DeclineReason.TIMING, text="Another time.")
    portage.withdraw(request, by=sme)
    request = wanted()
    portage.route(request, groups, by=staff)
    portage.leave_unanswered(request.answers.get(group=groups[1]))
    held_and_failed(portage.accept(request, by=person, message="Welcome.").introduction, staff)
    request = wanted()
    PortageRequest.objects.filter(pk=request.pk).update(expires_on=date(2020, 1, 1))
    portage.expire_due()


def held_and_failed(introduction, staff):
    """A portage's introduction that waits, then cannot be delivered on either side, then never leaves."""
    portage_introduction.hold(introduction, by=staff, reason="Sanctions.")
    portage_introduction.release(introduction, by=staff)
    failed = Email.objects.filter(pk=introduction.answer.email_id)
    failed.update(state="failed", refused=introduction.answer.email.to)
    portage_introduction.settle()
    failed.update(refused=[])
    Email.objects.filter(key__startswith="portage-introduction-undelivered").update(key=Concat("key", Value("-first")))
    introduction.refresh_from_db()
    portage_introduction_letters.undelivered(introduction)
    portage_introduction.cancel(introduction, by=staff, reason="A complaint.")


def published_again(person, sme):
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    first = OpportunityFactory(**mine)
    ApplicationFactory(sent=True, contact=sme, opportunity=first, state="declined", decline_reason="size")
    reposts.tell(OpportunityFactory(copied_from=first, **mine))


def agreement_taken_back(person, sme):
    """After the introduction."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    application = ApplicationFactory(sent=True, contact=sme, opportunity=OpportunityFactory(**mine))
    introduction = introduce.accept(application, by=person)
    Introduction.objects.filter(pk=introduction.pk).update(state="sent", sent_at=timezone.now())
    introduce.withdraw_consent(application, by=sme)


def ceased(person):
    """A company and a group that are no more: to their people, and to the group that waited."""
    staff, (sme, group) = UserFactory(staff=True), (sme_user(name="DEMO Foundry"), group_user())
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    ApplicationFactory(sent=True, contact=sme, opportunity=OpportunityFactory(contact_email=person.email, **mine))
    speak_english()
    for one in (sme, group):
        ceasing.close(one.organisation, by=staff, reason="Struck off.")


def merged(sme):
    """A company made one with another: to who comes over, and to who was there."""
    gone = sme_user(name="DEMO Old Foundry")
    speak_english()
    organisation_merging.merge(gone.organisation, sme.organisation, by=UserFactory(staff=True))


def introductions_that_wait(person, sme):
    """Held and stopped by staff, at either side's wrong address, and at a server's fault."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    colleague(person), colleague(sme)
    speak_english()
    for fault in (0, 1, None):
        opportunity = OpportunityFactory(contact_email=person.email, deputy_email="", **mine)
        application = ApplicationFactory(sent=True, contact=sme, opportunity=opportunity)
        introduction = introduce.accept(application, by=person)
        refused = [] if fault is None else [introduction.email.to[fault]]
        Email.objects.filter(pk=introduction.email_id).update(state="failed", refused=refused)
        introduce.settle()
        introduction.refresh_from_db()
        introduce.retry(introduction, by=(staff := UserFactory(staff=True)))
        introduce.hold(introduction, by=staff, reason="Sanctions.")
        introduce.cancel(introduction, by=staff, reason="Sanctions.")


def moved_elsewhere(person, sme):
    """Opportunities that go to another group of the same person, named and confidential."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"]}
    posted = [OpportunityFactory(**mine, **kind) for kind in ({"published": True}, {"secret": True})]
    to = MembershipFactory(user=person, organisation__group=True, organisation__name="DEMO Branch").organisation
    person = User.objects.get(pk=person.pk)
    for opportunity in posted:
        ApplicationFactory(sent=True, contact=sme, opportunity=opportunity)
        transfers.transfer(opportunity, to, by=person)
    people = {"contact_name": "Sam", "contact_email": "sam@example.com"}
    entrusting.entrust(
        posted[0], people | {"deputy_name": "Kim", "deputy_email": "kim@example.com"}, by=UserFactory(staff=True)
    )


def together(person, sme):
    """Companies that apply together: asked in, in and out, and every end of their application."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    ends = [
        lambda one: apply.withdraw(one, by=sme),
        apply.cancel,
        lambda one: apply.decline(one, by=person, reason=DeclineReason.COUNTRY),
        apply.leave_unanswered,
        lambda one: introduce.accept(one, by=person, message="Welcome."),
    ]
    for end in ends:
        application = ApplicationFactory(contact=sme, pitch="We can do it.", opportunity=OpportunityFactory(**mine))
        others = [sme_user(name="DEMO Partner") for _ in range(4)]
        speak_english()
        for one in others:
            one.refresh_from_db()
        asked = [partners.invite(application, by=sme, siren=one.organisation.siren, word="Come!") for one in others]
        for one, person_of_it in list(zip(asked, others, strict=True))[:3]:
            partners.join(one, by=person_of_it, brings="Pumps", consented=True)
        partners.decline(asked[3], by=others[3])
        partners.remove(asked[0], by=sme)
        partners.leave(asked[1], by=others[1])
        again = partners.invite(application, by=sme, siren=others[1].organisation.siren)
        partners.join(again, by=others[1], brings="Pumps", consented=True)
        apply.send(application, by=sme, consented=True)
        partners.leave(again, by=others[1])
        end(application)


def team_news(person):
    """What may happen to those of an organisation."""
    staff, other = UserFactory(staff=True, first_name="Jo"), colleague(person)
    speak_english()
    leaver = MembershipFactory(organisation=person.organisation).user
    OpportunityFactory(owner=person.organisation, contact_name="DEMO", contact_email=leaver.email, published=True)
    speak_english()
    erasure.erase(leaver)
    membership = Membership.objects.get(user=other)
    team.give_role(membership, Membership.Role.READER, by=person)
    before, membership.user.email = membership.user.email, "elsewhere@demo.example"
    membership.user.save()
    addresses.changed(membership.user, before)
    team.end(membership, by=person)
    for decide in [onboarding.approve, lambda org, by: onboarding.refuse(org, by=by, reason="Unknown.")]:
        waiting = group_user(name="DEMO Other", state=Organisation.State.TO_VERIFY).organisation
        speak_english()
        decide(waiting, by=staff)


def alert_news(sme):
    """What the platform tells by itself: one item and several, with a fit and by a search."""
    rows = [OpportunityFactory(published=True, title="Pumps", places=["MA"], language="en") for _ in range(3)]
    told = [alert_letters.Told(row, MatchFactory(company=sme.organisation, opportunity=row)) for row in rows[:2]]
    told += [alert_letters.Told(rows[2], search="Pumps")]
    now = timezone.now()
    alert_letters.note(
        [
            *alert_letters.proposals(sme, sme.organisation, told[:1], now),
            *alert_letters.proposals(sme, sme.organisation, told[1:], now + timedelta(hours=1)),
            *alert_letters.reminders(sme, [Soon(rows[0], "week_left")], now),
            *alert_letters.reminders(sme, [Soon(row, "days_left") for row in rows], now + timedelta(days=2)),
        ]
    )
    draft = ApplicationFactory(opportunity=rows[0]).pk
    for day, its in enumerate([[Soon(rows[0], "week_left", draft)], [Soon(row, "days_left", draft) for row in rows]]):
        alert_letters.reminders(sme, its, now + timedelta(days=10 + day))


def upkeep(sme):
    """A profile that nobody confirmed for six months, and for more than a year."""
    for days in (200, 400):
        Email.objects.filter(template=freshness.TEMPLATE).update(about="", key="before")
        Email.objects.update(daily="")  # one reminder a day
        then = timezone.now() - timedelta(days=days)
        SmeProfile.objects.filter(organisation=sme.organisation).update(confirmed_at=then)
        freshness.ask_due()


def asked_in(person):
    invitations.invite(person.organisation, "new@example.com", "member", by=person)


def to_join(person):
    """What becomes of requests to join, and an organisation that lost who administered it."""
    team = Organisation.objects.get(pk=person.organisation.pk)
    for fate in ("accepted", "refused", "expired"):
        asked = joining.ask(team, by=UserFactory(language="en"), message="Hello.")
        if fate == "accepted":
            joining.accept(asked, "member", by=person)
        elif fate == "refused":
            joining.refuse(asked, by=person, reason="Unknown here.")
        for days in (11, 31):
            JoinRequest.objects.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(days=days))
            joining.chase()
    staff = UserFactory(staff=True)
    suspension.suspend(team, by=staff, reason="A complaint.")
    suspension.restore(team, by=staff)
    lost = MembershipFactory(user__language="en", user__is_active=False).organisation
    MembershipFactory(user__language="en", organisation=lost, role="reader")
    orphans.rescue()


def lines_of_the_day(person, sme):
    """Single things that wait for somebody, each in a mail of its own, on a Friday."""
    mine = {"owner": person.organisation, "created_by": person, "title": "Pumps", "places": ["MA"], "published": True}
    mine["contact_email"] = person.email
    now = timezone.now()
    application = ApplicationFactory(sent=True, contact=sme, opportunity=OpportunityFactory(**mine))
    thread.ask(application, by=person, text="When?")
    answer = PortageAnswerFactory(group=person.organisation, request__contact=sme, request__country="SN")
    portage.question(answer.request, by=person, text="When?")
    for messages in (application.messages, answer.messages):
        messages.update(at=now - timedelta(days=3))
    Application.objects.filter(pk=application.pk).update(recheck_by=timezone.localdate())
    draft = ApplicationFactory(opportunity=OpportunityFactory(**mine))
    asked = partners.invite(draft, by=draft.contact, siren=sme.organisation.siren)
    Partner.objects.filter(pk=asked.pk).update(invited_at=now - timedelta(days=9))
    sme.organisation.sme_profile.certificates.create(code="halal", expires_on=timezone.localdate())
    moderation.close(OpportunityFactory(**mine), by=None)
    asked = joining.ask(person.organisation, by=UserFactory(language="en"))
    JoinRequest.objects.filter(pk=asked.pk).update(asked_at=now - timedelta(days=4))
    speak_english()
    lines = [
        line for line in [*team_nudges.due(now), *sme_nudges.due(now)] if line.address in {person.email, sme.email}
    ]
    assert {line.kind for line in lines} == set(Nudge.Kind)
    for number, line in enumerate(lines):
        context = digest_words.context(Desk(lines=[line]), "en")
        mail.queue(key=f"line-{number}", to=[line.address], template="to_do", language="en", context=context)


def to_sign(person, sme, time_machine):
    """A charter and conditions that came after them, at once and once it is late."""
    time_machine.move_to(datetime(2027, 3, 1, 10, tzinfo=UTC))
    for kind in ("group", "sme"):
        CharterFactory(kind=kind, in_force=True, sign_by=date(2027, 4, 1))
    signature_letters.ask_due()
    to_join(person)
    time_machine.move_to(datetime(2027, 4, 2, 10, tzinfo=UTC))
    lines_of_the_day(User.objects.get(pk=person.pk), sme)


def after_introductions(person, sme):
    """Everything that an introduction makes us ask, alone, together and among other things to do."""
    mine = {"application__opportunity__owner": person.organisation, "application__opportunity__created_by": person}
    told = {"application__opportunity__title": "Pumps", "application__opportunity__contact_email": person.email}
    rows = [IntroductionFactory(application__contact=sme, **mine, **told) for _ in Asking.What]
    carried = [PortageIntroductionFactory(accepted_by=person) for _ in Asking.What]
    speak_english()
    for side in Side:
        for kind in (carried, rows):
            asks = [Ask(row, side, what, person.email) for row, what in zip(kind, Asking.What, strict=True)]
            for number, some in enumerate([*([ask] for ask in asks), asks]):
                key = f"outcome-{side}-{asks[0].introduction.concern}-{number}"
                mail.queue(**outcome_letters.letter(some, person.email, key))
    desk = digest_words.context(Desk(posts=[rows[0].application.opportunity], asks=asks), "en")
    mail.queue(key="to-do-asks", to=[person.email], template="to_do", language="en", context=desk)


def account_news(person):
    """What allauth tells the owner of an account, and a stranger."""
    adapter = AccountAdapter()
    for prefix in NOTICES:
        adapter.send_mail(prefix, person.email, {"user": person})
    for prefix, context in ALLAUTH.items():
        adapter.send_mail(prefix, person.email, context)
    with translation.override("en"):
        adapter.send_mail("account/email/unknown_account", "nobody@example.com", {})


def write_all(time_machine):
    """Every mail there is, to readers of English; French are those whose acts they tell of."""
    time_machine.move_to(datetime(2027, 3, 1, 9, tzinfo=UTC))  # in office hours
    person, sme, opportunity = world()
    with translation.override("fr"):
        story(person, sme, opportunity)
        fates(person)
        answers(person, sme)
        afterwards(person, sme)
        reminders(person, sme)
        beside(person, User.objects.get(pk=sme.pk))
        portage_news(person, User.objects.get(pk=sme.pk))
        together(person, User.objects.get(pk=sme.pk))
        published_again(person, User.objects.get(pk=sme.pk))
        agreement_taken_back(person, User.objects.get(pk=sme.pk))
        ceased(person)
        merged(User.objects.get(pk=sme.pk))
        introductions_that_wait(person, User.objects.get(pk=sme.pk))
        moved_elsewhere(person, User.objects.get(pk=sme.pk))
        team_news(person)
        alert_news(User.objects.get(pk=sme.pk))
        after_introductions(person, User.objects.get(pk=sme.pk))
        upkeep(User.objects.get(pk=sme.pk))
        account_news(User.objects.get(pk=person.pk))
        asked_in(User.objects.get(pk=person.pk))
        to_sign(person, User.objects.get(pk=sme.pk), time_machine)


def test_every_mail_to_a_reader_of_english_is_english(time_machine):
    write_all(time_machine)

    mails = Email.objects.exclude(template="test")  # of the factories
    wrong = {
        f"{one.template} ({one.key})": found
        for one in mails
        if (found := unsaid([one.subject, *one.text.splitlines(), *texts(one.html)]))
    }

    assert wrong == {}
    assert {one.language for one in mails} == {"en"}
    assert {one.template for one in mails} == {path.name for path in (settings.BASE_DIR / "templates/mail").iterdir()}
