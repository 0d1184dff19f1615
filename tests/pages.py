"""Every address of ours: whom it is for, what it answers to, and how to make what it names. A new page gets a line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.models import (
    Absence,
    Adviser,
    Charter,
    Double,
    Email,
    HiddenFrom,
    Invitation,
    JoinRequest,
    Membership,
    Organisation,
    OrganisationImport,
    OrganisationRow,
    Presentation,
    ReadinessHelp,
    Reference,
    Signature,
    SmeProfile,
    User,
)
from accounts.profile import SECTIONS
from matching import partner_letters, sponsors, subscriptions
from matching.models import (
    Action,
    Application,
    Export,
    Introduction,
    Keeping,
    Lift,
    Match,
    Notification,
    Partner,
    PortageAnswer,
    PortageIntroduction,
    PortageRequest,
    Proposal,
    QuietPost,
    Rating,
    SavedSearch,
    SimulationReport,
    Sponsor,
    Usefulness,
    WeightsVersion,
)
from matching.together import Act
from opportunities.models import (
    Amendment,
    Attachment,
    CountryNotice,
    Enquiry,
    NoticeImport,
    NoticeLink,
    NoticeRow,
    Opening,
    Opportunity,
    Pledge,
)
from opportunities.steps import STEPS
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    EmailFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    PortageAnswerFactory,
    PortageIntroductionFactory,
    PortageRequestFactory,
    RatingFactory,
    UserFactory,
    colleague,
)

PUBLIC, DEVELOPER, ANYONE = "public", "developer", "anyone"  # ANYONE who is signed in
TEAM, SME, GROUP = "team", "sme", "group"  # TEAM: either side
READ, ASK, ACT = ("GET",), ("GET", "POST"), ("POST",)  # ASK: a form or a confirmation first, by GET


@dataclass(frozen=True, slots=True)
class Page:
    """`owned(person)` makes what the address names, of that person's organisation, and returns it."""

    name: str
    role: str
    methods: tuple[str, ...] = READ
    owned: Callable[[User], Any] | None = None
    args: tuple[Any, ...] = ()
    edits: bool = False  # refused to those who only read; forms and actions always are
    to_send: bool = False  # those who only read open it, and send nothing from it
    to_open: bool = False  # a file behind a button, for those who only read too

    def __str__(self) -> str:
        return "-".join([self.name, *map(str, self.args)])

    @property
    def for_editors(self) -> bool:
        if self.to_send or self.to_open:
            return self.edits
        return self.edits or (self.role in {TEAM, SME, GROUP} and "POST" in self.methods)

    def url(self, person: User | None = None) -> str:
        return self.url_of(self.owned(person)) if self.owned and person else reverse(self.name, args=self.args)

    def url_of(self, thing: Any) -> str:
        return reverse(self.name, args=[thing.pk, *self.args])


def application(**traits: Any) -> Callable[[User], Application]:
    """Of an SME's person."""
    return lambda person: ApplicationFactory(contact=person, **traits)


def received(person: User) -> Application:
    """By a group's person."""
    return ApplicationFactory(sent=True, opportunity=posted(published=True)(person))


def declined(person: User) -> Application:
    """By a group's person."""
    its = {"decline_reason": "size", "decided_at": timezone.now()}
    return ApplicationFactory(sent=True, state="declined", opportunity=posted(published=True)(person), **its)


def revealed(person: User) -> Application:
    """Of an SME's person, to a group that gave its name by the introduction."""
    its = ApplicationFactory(contact=person, sent=True, state="accepted", opportunity__secret=True)
    Introduction.objects.create(application=its, email=EmailFactory(), state="sent", sent_at=timezone.now())
    return its


def in_touch(person: User) -> Application:
    """By a group's person, who was introduced to its company."""
    its = ApplicationFactory(sent=True, state="accepted", opportunity=posted(published=True)(person))
    Introduction.objects.create(application=its, email=EmailFactory(), state="sent", sent_at=timezone.now())
    return its


def kept(person: User) -> Application:
    """By a group's person, with its company's leave."""
    its = declined(person)
    now = timezone.now()
    Keeping.objects.create(application=its, agreed_at=now, until=now + timedelta(days=365), kept_at=now)
    return its


def asked_for(person: User) -> Sponsor:
    """A recommendation of some SME."""
    named = {"name": "DÉMO Dominique", "email": "dominique@example.com", "body": "cci"}
    later = timezone.now() + timedelta(days=30)
    return Sponsor.objects.create(application=ApplicationFactory(sent=True), expires_at=later, **named)


def asked_in(person: User) -> Invitation:
    organisation = person.organisation or OrganisationFactory()
    return Invitation.objects.create(organisation=organisation, email="colleague@example.com")


def asks_to_join(person: User, organisation: Organisation | None) -> JoinRequest:
    asked = {"user": person, "state": "asked", "asked_at": timezone.now()}
    return JoinRequest.objects.create(organisation=organisation or OrganisationFactory(), **asked)


def moved_elsewhere(person: User) -> Membership | None:
    membership = colleague(person).membership
    Membership.objects.filter(pk=membership.pk).update(moved_at=timezone.now())
    return membership


def hidden_group(person: User) -> HiddenFrom:
    return HiddenFrom.objects.create(company=person.organisation, siren="000000174")


def presented(company: Organisation) -> Presentation:
    row = {"name": "plaquette.pdf", "type": "pdf", "size": 8, "content": b"%PDF-1.7", "state": "clean"}
    return Presentation.objects.create(company=company, **row)


def received_with_brochure(person: User) -> Application:
    """By a group's person."""
    its = received(person)
    presented(its.company)
    return its


def partner_with_brochure(person: User) -> Partner:
    """Of an application to a group's person."""
    its = received(person)
    partner = OrganisationFactory()
    presented(partner)
    return Partner.objects.create(
        application=its, opportunity=its.opportunity, company=partner, state="joined", consent_at=timezone.now()
    )


def portage_with_brochure(person: User) -> PortageRequest:
    """Put to a group's person, by an SME that gave its name."""
    its = proposed(person)
    PortageRequest.objects.filter(pk=its.pk).update(named=True)
    presented(its.company)
    return its


def invited(person: User) -> Partner:
    """Of an SME's person, by another SME."""
    its = ApplicationFactory()
    return Partner.objects.create(application=its, opportunity=its.opportunity, company=person.organisation)


def asked_by_mail() -> Partner:
    """An invitation of somebody who is not here yet."""
    its = ApplicationFactory()
    return Partner.objects.create(application=its, opportunity=its.opportunity, email="ailleurs@demo.example")


def absence(person: User) -> Absence:
    """Of a group's person."""
    today = timezone.localdate()
    return Absence.objects.create(
        organisation=person.organisation, email=person.email, first_day=today, last_day=today
    )


def stale(person: User) -> Opportunity:
    """By a group's person, who was asked whether it is current."""
    return posted(published=True, apply_by=None, reminded_at=timezone.now())(person)


def draft() -> WeightsVersion:
    numbers = {"weights": {"text": 1.0}, "strong": 45.0, "good": 30.0, "trade": 0.2}
    return WeightsVersion.objects.create(version=f"essai-{WeightsVersion.objects.count()}", **numbers)


def posted(**traits: Any) -> Callable[[User], Opportunity]:
    """By a group's person."""
    return lambda person: OpportunityFactory(owner=person.organisation, created_by=person, **traits)


def asked(group: Any) -> Enquiry:
    """To a group, or to a person's."""
    owner = getattr(group, "organisation", group)
    opportunity = OpportunityFactory(owner=owner, published=True)
    return Enquiry.objects.create(opportunity=opportunity, company=OrganisationFactory(), text="Où faut-il livrer ?")


def joined(group: Any) -> Attachment:
    """To an opportunity of a group, or of a person's."""
    opportunity = OpportunityFactory(owner=getattr(group, "organisation", group), published=True)
    file = {"name": "plan.pdf", "type": "pdf", "size": 5, "content": b"%PDF-", "state": "clean"}
    return Attachment.objects.create(opportunity=opportunity, **file)


def reference(person: User) -> Reference:
    """Of an SME's person."""
    return Reference.objects.create(profile=person.organisation.sme_profile, title="Vannes pour une usine d'eau")


class PointOut(Page):
    def url_of(self, thing: Any) -> str:
        """Of an opportunity, and a file that its group keeps."""
        file = kept(MembershipFactory(organisation=thing.owner).user)
        return reverse(self.name, args=[thing.pk, file.keeping.pk])


def twice_received(person: User) -> Opportunity:
    """By a group's person."""
    opportunity = posted(published=True)(person)
    ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
    return opportunity


class TickedPage(Page):
    """All applications of the opportunity ticked."""

    def url_of(self, thing: Opportunity) -> str:
        ticks = "&".join(f"c={one.pk}" for one in thing.applications.all())
        return f"{super().url_of(thing)}?{ticks}"


def wanted(person: User) -> PortageRequest:
    """By an SME's person; one of theirs serves every page."""
    found = PortageRequest.objects.filter(company=person.organisation, country="MA").first()
    return found or PortageRequestFactory(contact=person)


def questioned(person: User) -> PortageAnswer:
    """A group's question to an SME's person."""
    request = wanted(person)
    PortageRequest.objects.filter(pk=request.pk).update(state="with_groups")
    answer = PortageAnswerFactory(request=request, awaiting="sme")
    answer.messages.create(side="group", text="Quel délai ?")
    return answer


def proposed(person: User) -> PortageRequest:
    """To a group's person."""
    return PortageAnswerFactory(group=person.organisation).request


def carried(person: User) -> PortageRequest:
    """By an SME's person, whom a group agreed to carry; a country of its own, for one that is asked again."""
    return PortageIntroductionFactory(answer__request__contact=person, answer__request__country="TN").answer.request


def carrying(person: User) -> PortageRequest:
    """To a group's person, who agreed to carry its company."""
    return PortageIntroductionFactory(accepted_by=person).answer.request


class FilePage(Page):
    def url_of(self, thing: Any) -> str:
        return thing.get_absolute_url()


class OwnPage(Page):
    """Its address says nothing of whose it is: one's own, or nothing."""

    def url_of(self, thing: Any) -> str:
        return reverse(self.name)


OPENED = OwnPage("accounts:presentation_open", SME, owned=lambda person: presented(person.organisation))
FILE = FilePage("opportunities:attachment", PUBLIC, ASK, owned=lambda person: joined(OrganisationFactory(group=True)))


def search(person: User) -> SavedSearch:
    """Of anyone."""
    later = timezone.now() + timedelta(days=1)
    kept = {"name": "Vannes", "next_at": later}
    return SavedSearch.objects.get_or_create(user=person, query="q=vannes", defaults=kept)[0]


def told(person: User) -> str:
    """The key of a mail that told this person of something."""
    row = Notification.objects.create(
        user=person, opportunity=OpportunityFactory(published=True), kind="proposal", mail=f"alert:{person.pk}:1"
    )
    return row.mail


def link(url: str) -> SimpleNamespace:
    """A signed address, as if its token were a key."""
    return SimpleNamespace(pk=url.rstrip("/").rpartition("/")[2])


PAGES = [
    Page("home", PUBLIC),
    Page("accessibility", PUBLIC),
    Page("opportunities:unpublished", PUBLIC),
    Page("matching:score", PUBLIC),
    Page("matching:results", PUBLIC),
    Page("healthz", PUBLIC),
    Page("set_language", PUBLIC, ACT),
    Page("accounts:signup", PUBLIC),
    Page("accounts:charter_of_groups", PUBLIC),
    Page("accounts:conditions_of_smes", PUBLIC),
    Page("accounts:signup_sme", PUBLIC, ASK),
    Page("accounts:signup_group", PUBLIC, ASK),
    Page("matching:opportunity_list", PUBLIC),
    Page("matching:opportunity_detail", PUBLIC, owned=lambda person: OpportunityFactory(published=True), args=("-",)),
    Page("matching:feed", PUBLIC),
    Page("matching:sitemap", PUBLIC),
    Page("matching:robots", PUBLIC),
    Page("matching:structured", PUBLIC, owned=lambda person: OpportunityFactory(published=True)),
    Page("matching:unsubscribe", PUBLIC, ASK, owned=lambda person: link(subscriptions.unsubscribe_url(person))),
    Page(
        "matching:usefulness", PUBLIC, ASK, owned=lambda person: link(subscriptions.useful_url(person, told(person)))
    ),
    Page("matching:partner_invitation", PUBLIC, owned=lambda person: link(partner_letters.link(asked_by_mail()))),
    Page("matching:recommend", PUBLIC, ASK, owned=lambda person: link(sponsors.link(asked_for(person)))),
    FILE,
    Page("mails", DEVELOPER),
    Page("mail_detail", DEVELOPER, owned=lambda person: EmailFactory()),
    Page("mail_html", DEVELOPER, owned=lambda person: EmailFactory()),
    Page("dashboard", ANYONE),
    Page("accounts:person", ANYONE, ASK),
    Page("matching:erase", ANYONE, ASK),
    Page("accounts:join", PUBLIC, ASK),
    Page("accounts:join_withdraw", ANYONE, ACT, owned=lambda person: asks_to_join(person, OrganisationFactory())),
    Page("accounts:act_for", ANYONE, ACT, owned=lambda person: MembershipFactory(user=person)),
    Page("matching:notifications", ANYONE),
    Page("matching:notifications_read", ANYONE, ACT),
    Page("matching:notification_open", ANYONE, ACT, owned=lambda person: person.notifications.get(mail=told(person))),
    Page("matching:follows", ANYONE),
    Page("matching:follow", ANYONE, ACT, owned=lambda person: OpportunityFactory(published=True)),
    Page("matching:unfollow", ANYONE, ACT, owned=lambda person: OpportunityFactory(published=True)),
    Page("matching:alerts", ANYONE, ASK),
    Page("matching:search_save", ANYONE, ASK),
    Page("matching:search_edit", ANYONE, ASK, owned=search),
    Page("matching:search_delete", ANYONE, ASK, owned=search),
    # either side's
    Page("accounts:members", TEAM),
    Page("accounts:member_role", TEAM, ACT, owned=lambda person: colleague(person).membership),
    Page("accounts:member_vouch", TEAM, ACT, owned=moved_elsewhere),
    Page("opportunities:member_end", TEAM, ASK, owned=lambda person: colleague(person).membership),
    Page("accounts:member_invite", TEAM, ASK),
    Page("accounts:join_request", TEAM, ASK, owned=lambda person: asks_to_join(UserFactory(), person.organisation)),
    Page("accounts:invitation_revoke", TEAM, ACT, owned=asked_in),
    Page("accounts:invitation", PUBLIC, ASK, owned=lambda person: SimpleNamespace(pk=asked_in(person).token)),
    Page("accounts:charter", TEAM),
    Page("accounts:charter_sign", TEAM, ACT),
    # an SME's
    Page("accounts:profile", SME),
    *[Page("accounts:profile_section", SME, ASK, args=(section,)) for section in SECTIONS],
    Page("accounts:profile_import", SME, ASK),
    Page("accounts:readiness", SME, ASK),
    Page("accounts:profile_confirm", SME, ACT),
    Page("accounts:visibility", SME, ASK),
    Page("accounts:presentation", SME, ASK),
    OPENED,
    Page("accounts:presentation_remove", SME, ACT),
    Page("accounts:visible_again", SME, ACT, owned=hidden_group),
    Page("accounts:reference_add", SME, ASK),
    Page("accounts:reference_edit", SME, ASK, owned=reference),
    Page("accounts:reference_delete", SME, ASK, owned=reference),
    Page("matching:sme_dashboard", SME),
    Page("matching:dismissed", SME),
    Page("matching:recipients", SME, ASK),
    Page("matching:applications", SME),
    Page("matching:application_status", SME, owned=application(sent=True)),
    Page("matching:application_edit", SME, ASK, owned=application()),
    Page("matching:application_send", SME, ASK, owned=application()),
    Page("matching:application_confirm", SME, ACT, owned=application(sent=True, recheck_by=date.max)),
    Page("matching:application_withdraw", SME, ASK, owned=application(sent=True)),
    Page("matching:application_sponsor", SME, ASK, owned=application(sent=True)),
    Page("matching:application_keeping", SME, ASK, owned=application(sent=True)),
    Page("matching:application_partners", SME, ASK, owned=application()),
    Page("matching:partner", SME, ASK, owned=invited, to_send=True),
    Page(
        "matching:partner_link",
        SME,
        ASK,
        owned=lambda person: link(partner_letters.link(invited(person))),
        to_send=True,
    ),
    Page("matching:application_contact", SME, ASK, owned=revealed),
    Page("matching:outcome", SME, ASK, owned=revealed),
    Page("matching:rating", SME, ASK, owned=revealed),
    Page("matching:application_answer", SME, ASK, owned=application(sent=True, awaiting="sme")),
    Page("matching:portage_requests", SME),
    Page("matching:next_answer", SME),
    Page("matching:portage_ask", SME, ASK),
    Page("matching:portage_status", SME, owned=wanted),
    Page("matching:portage_withdraw", SME, ASK, owned=wanted),
    Page("matching:portage_sponsor", SME, ASK, owned=wanted),
    Page("matching:portage_reply", SME, ASK, owned=questioned),
    Page("matching:portage_outcome", SME, ASK, owned=carried),
    # a group's
    Page("matching:portage_received", GROUP),
    Page("matching:portage_dossier", GROUP, owned=proposed),
    Page("matching:portage_accept", GROUP, ASK, owned=proposed),
    Page("matching:portage_decline", GROUP, ASK, owned=proposed),
    Page("matching:portage_question", GROUP, ASK, owned=proposed),
    Page("matching:portage_outcome_received", GROUP, ASK, owned=carrying),
    Page("accounts:group_profile", GROUP),
    Page("accounts:group_profile_edit", GROUP, ASK),
    Page("matching:group_dashboard", GROUP),
    Page("opportunities:create", GROUP, edits=True),
    *[Page("opportunities:create_kind", GROUP, ASK, args=(kind,)) for kind in Opportunity.Kind.values],
    Page("opportunities:edit", GROUP, ASK, owned=posted()),
    *[Page("opportunities:edit_step", GROUP, ASK, owned=posted(), args=(step,)) for step in STEPS],
    Page("opportunities:change_kind", GROUP, ASK, owned=posted()),
    Page("opportunities:preview", GROUP, owned=posted(), edits=True),
    Page("opportunities:duplicate", GROUP, ACT, owned=posted()),
    Page("opportunities:submit", GROUP, ACT, owned=posted()),
    Page("matching:audience", GROUP, owned=posted()),
    Page("opportunities:manage", GROUP, owned=posted(published=True)),
    Page("opportunities:files", GROUP, ASK, owned=posted()),
    Page("opportunities:file_remove", GROUP, ACT, owned=joined),
    Page("opportunities:enquiries", GROUP, owned=posted(published=True)),
    Page("opportunities:answer", GROUP, ASK, owned=asked),
    Page("matching:amend", GROUP, ASK, owned=posted(published=True)),
    Page("matching:extend", GROUP, ASK, owned=posted(published=True)),
    Page("matching:transfer", GROUP, ASK, owned=posted(published=True)),
    Page("matching:withdraw", GROUP, ASK, owned=posted(submitted=True)),
    Page("matching:close", GROUP, ASK, owned=posted(published=True)),
    Page("matching:applicants", GROUP, owned=lambda person: received(person).opportunity),
    Page("matching:more_places", GROUP, ASK, owned=posted(published=True)),
    TickedPage("matching:compare", GROUP, owned=twice_received),
    Page("matching:export", GROUP, ASK, owned=lambda person: received(person).opportunity),
    *[TickedPage("matching:decide_together", GROUP, ASK, owned=twice_received, args=(act,)) for act in Act.values],
    Page("matching:application_review", GROUP, owned=received),
    Page("matching:presentation", GROUP, ASK, owned=received_with_brochure, to_open=True),
    Page("matching:presentation_of_partner", GROUP, ASK, owned=partner_with_brochure, to_open=True),
    Page("matching:presentation_of_portage", GROUP, ASK, owned=portage_with_brochure, to_open=True),
    Page("matching:application_keep", GROUP, ACT, owned=kept),
    Page("matching:kept", GROUP),
    Page("matching:kept_for", GROUP, owned=posted(published=True)),
    PointOut("matching:point_out", GROUP, ACT, owned=posted(published=True)),
    Page("matching:application_accept", GROUP, ASK, owned=received),
    Page("matching:application_decline", GROUP, ASK, owned=received),
    Page("matching:application_ask", GROUP, ASK, owned=received),
    Page("matching:outcome_received", GROUP, ASK, owned=in_touch),
    Page("matching:application_reexamine", GROUP, ASK, owned=declined),
    Page("opportunities:confirm", GROUP, ASK, owned=stale),
    Page("opportunities:contacts", GROUP, ASK, owned=posted(closed=True)),
    Page("opportunities:absences", GROUP, ASK, owned=posted(published=True)),
    Page("opportunities:absence_delete", GROUP, ACT, owned=absence),
]
NOT_HTML = {
    OPENED.name, "healthz", FILE.name, "matching:feed", "matching:sitemap", "matching:robots", "matching:structured"
}  # fmt: skip
# for any SME, on an opportunity that is nobody's of theirs
START = Page(
    "matching:application_start", SME, ASK, owned=lambda person: OpportunityFactory(published=True)
)  # fmt: skip
HIDE = [
    Page("matching:partners_wanted", SME, ASK, owned=lambda person: OpportunityFactory(published=True)),
    Page("opportunities:pledge", SME, ASK, owned=lambda person: OpportunityFactory(published=True), to_send=True),
    Page("opportunities:ask", SME, ASK, owned=lambda person: OpportunityFactory(published=True)),
    Page("matching:dismiss", SME, ASK, owned=lambda person: OpportunityFactory(published=True)),
    Page("matching:restore", SME, ACT, owned=lambda person: OpportunityFactory(published=True)),
]
OWNED = [page for page in PAGES if page.owned and page.role in {TEAM, SME, GROUP}]
EVERY = [*PAGES, START, *HIDE]


def organisations_file() -> OrganisationImport:
    """Looked at, one line of it refused."""
    one = OrganisationImport.objects.create(name="pme.csv", type="csv", size=9, state="preview", total=2, done=2)
    OrganisationRow.objects.create(subject=one, line=2, data={"siren": "000000109"}, outcome="created")
    problems = [["Un SIREN compte neuf chiffres.", {"at": "SIREN"}]]
    OrganisationRow.objects.create(subject=one, line=3, data={"siren": "1"}, outcome="refused", problems=problems)
    return one


def notices_file() -> NoticeImport:
    its = {"owner": OrganisationFactory(group=True), "total": 1, "done": 1, "state": "preview"}
    one = NoticeImport.objects.create(name="ted.csv", type="csv", size=9, **its)
    NoticeRow.objects.create(subject=one, line=2, data={"title": "Valves"}, outcome="created")
    return one


# The staff's: by model, one of each to look at. Stock admin gives each its pages; ours add the transitions.
STAFF_OBJECTS: dict[Any, Callable[[], Any]] = {
    Organisation: lambda: OpportunityFactory(published=True).owner,
    SmeProfile: lambda: ApplicationFactory().company.sme_profile,
    Presentation: lambda: presented(OrganisationFactory()),
    JoinRequest: lambda: asks_to_join(UserFactory(), OrganisationFactory()),
    Double: lambda: Double.objects.create(first=OrganisationFactory(), second=OrganisationFactory(), why="name"),
    ReadinessHelp: lambda: ReadinessHelp.objects.create(
        level=1,
        title_fr="Bilan",
        title_en="Check-up",
        text_fr="Une heure.",
        text_en="An hour.",
        url="https://demo.example/",
    ),
    Adviser: lambda: Adviser.objects.update_or_create(
        place="FR-R32", defaults={"name": "DÉMO Conseil export", "email": "r32@demo.example"}
    )[0],
    OrganisationImport: organisations_file,
    User: lambda: ApplicationFactory().contact,
    Charter: lambda: CharterFactory(text="We answer every applicant."),
    Signature: lambda: Signature.objects.create(
        charter=Charter.objects.first() or CharterFactory(), organisation=OrganisationFactory(group=True)
    ),
    Email: EmailFactory,
    Opportunity: lambda: OpportunityFactory(submitted=True),
    NoticeImport: notices_file,
    NoticeLink: lambda: NoticeLink.objects.create(
        opportunity=OpportunityFactory(published=True), url="https://demo.example/avis", checked_at=timezone.now()
    ),
    CountryNotice: lambda: CountryNotice.objects.update_or_create(
        country="MA", defaults={"text_fr": "Avis.", "text_en": "To check.", "url": "https://demo.example/"}
    )[0],
    Amendment: lambda: Amendment.objects.create(
        opportunity=OpportunityFactory(published=True), changes={"places": [["MA"], ["TN"]]}
    ),
    Attachment: lambda: joined(OpportunityFactory(published=True).owner),
    Opening: lambda: Opening.objects.create(
        opportunity=OpportunityFactory(), company=OrganisationFactory(), name="plan.pdf"
    ),
    Pledge: lambda: Pledge.objects.create(
        opportunity=OpportunityFactory(published=True), company=OrganisationFactory(), version="1", text="Text."
    ),
    Enquiry: lambda: asked(OpportunityFactory(published=True).owner),
    Match: MatchFactory,
    WeightsVersion: draft,
    Action: lambda: Action.objects.create(
        opportunity=OpportunityFactory(published=True), company=OrganisationFactory(), kind="accepted", score=60
    ),
    SimulationReport: lambda: SimulationReport.objects.create(version=(row := draft()), against=row, numbers={}),
    Application: lambda: ApplicationFactory(sent=True),
    Lift: lambda: Lift.objects.create(
        group=OrganisationFactory(group=True), reason="Heard on the telephone.", until=timezone.localdate()
    ),
    Export: lambda: Export.objects.create(opportunity=OpportunityFactory(published=True), format="csv", rows=1),
    Introduction: lambda: Introduction.objects.create(application=ApplicationFactory(sent=True), email=EmailFactory()),
    Rating: RatingFactory,
    PortageRequest: lambda: PortageAnswerFactory().request,
    Usefulness: lambda: Usefulness.objects.create(user=UserFactory(), mail="proposals:1", useful=True, text="Yes."),
    Proposal: lambda: Proposal.objects.create(
        opportunity=OpportunityFactory(published=True), company=OrganisationFactory(), reason="Ses références."
    ),
    QuietPost: lambda: QuietPost.objects.create(opportunity=OpportunityFactory(published=True)),
    PortageAnswer: PortageAnswerFactory,
    PortageIntroduction: lambda: PortageIntroduction.objects.create(
        answer=PortageAnswerFactory(state="accepted", email=EmailFactory(), decided_at=timezone.now())
    ),
    EmailAddress: lambda: EmailAddress.objects.get(user=UserFactory()),
    Authenticator: lambda: TOTP.activate(UserFactory(), generate_totp_secret()).instance,
    Group: lambda: Group.objects.create(name="Modération"),
}
DELETABLE = {
    Adviser,
    CountryNotice,
    Presentation,
    ReadinessHelp,
    EmailAddress,
    Authenticator,
    Group,
}  # the rest stays, for its history
STAFF_NAMES = ["index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n",
               "view_on_site", "app_list", "accounts_adviser_import",
               "accounts_organisationimport_model", "accounts_organisationimport_report",
               "opportunities_noticeimport_model", "opportunities_noticeimport_report",
               "matching_application_merge", "accounts_organisation_merge",
               "opportunities_opportunity_compare", "opportunities_opportunity_preview",
               "opportunities_opportunity_transfer", "opportunities_opportunity_file"]  # fmt: skip
STAFF_VIEWS = ["changelist", "add", "history", "delete", "change", "transition"]


def staff_name(model: Any, view: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"


def names(patterns: Any = None, space: str = "") -> set[str]:
    """Of all addresses but allauth's, which has its own tests; those without a name only lead on."""
    found = set()
    for pattern in patterns or get_resolver().url_patterns:
        if not isinstance(pattern, URLPattern):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found |= names(pattern.url_patterns, inner)
        elif pattern.name and not (space == "" and pattern.name.startswith(("account_", "mfa_"))):
            found.add(f"{space}{pattern.name}")
    return found


def known_names() -> set[str]:
    """Of all addresses that these tables hold."""
    views = {staff_name(model, view) for model in STAFF_OBJECTS for view in STAFF_VIEWS}
    has_transitions = {model for model, its in admin.site._registry.items() if hasattr(its, "transitions")}
    views -= {staff_name(model, "transition") for model in STAFF_OBJECTS if model not in has_transitions}
    return {page.name for page in EVERY} | views | {f"admin:{name}" for name in STAFF_NAMES}


def staff_urls() -> dict[str, str]:
    """{what: address} of every page of the staff, one object of each kind made on the way."""
    urls = {"home": reverse("admin:index"), "password": reverse("admin:password_change")}
    urls["adviser import"] = reverse("admin:accounts_adviser_import")
    first = OpportunityFactory(submitted=True, title="Vannes pour Casablanca")
    again = OpportunityFactory(submitted=True, title="Vannes pour Casablanca", owner=first.owner)
    urls["made one"] = reverse("admin:matching_application_merge", args=[first.pk, again.pk])
    two = [OrganisationFactory(name="DÉMO Vannes"), OrganisationFactory(name="DÉMO Les Vannes")]
    urls["two organisations"] = reverse("admin:accounts_organisation_merge", args=[one.pk for one in two])
    heir = MembershipFactory(organisation=OrganisationFactory(group=True)).organisation
    urls["to another group"] = reverse("admin:opportunities_opportunity_transfer", args=[first.pk, heir.pk])
    urls["side by side"] = reverse("admin:opportunities_opportunity_compare", args=[first.pk, again.pk])
    for reader in ("public", "pme", "groupe"):
        urls[f"seen by {reader}"] = reverse("admin:opportunities_opportunity_preview", args=[first.pk, reader])
    for model, make in STAFF_OBJECTS.items():
        thing, label = make(), model._meta.model_name
        its_admin = admin.site._registry[model]
        urls[f"{label} list"] = reverse(staff_name(model, "changelist"))
        urls[f"{label} change"] = reverse(staff_name(model, "change"), args=[thing.pk])
        urls[f"{label} history"] = reverse(staff_name(model, "history"), args=[thing.pk])
        if type(its_admin).has_add_permission is admin.ModelAdmin.has_add_permission or model is Proposal:
            urls[f"{label} add"] = reverse(staff_name(model, "add"))
        if model in DELETABLE:
            urls[f"{label} delete"] = reverse(staff_name(model, "delete"), args=[thing.pk])
        for transition in getattr(its_admin, "transitions", ()):
            if transition.offered_for(thing):
                urls[f"{label} {transition.name}"] = reverse(
                    staff_name(model, "transition"), args=[thing.pk, transition.name]
                )
    return urls
