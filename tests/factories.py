"""Valid by default; traits for the rest."""

from datetime import timedelta

import factory
from allauth.account.internal.userkit import user_id_to_str
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from accounts.models import Charter, Email, GroupProfile, Membership, Organisation, SmeProfile, User
from matching.models import (
    Application,
    Introduction,
    Legend,
    Match,
    PortageAnswer,
    PortageIntroduction,
    PortageRequest,
    Rating,
)
from opportunities.kinds import KINDS
from opportunities.models import Opportunity
from tests.parts import kept

PASSWORD = "correct horse"


def luhn_siren(number):
    """A SIREN whose key is right, for each number under ten million."""
    digits = f"9{number:07d}"
    for key in range(10):
        total = sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(f"{digits}{key}"))
        if total % 10 == 0:
            return f"{digits}{key}"
    raise AssertionError


class OrganisationFactory(factory.django.DjangoModelFactory):
    """An SME with an empty profile; `group=True` for an approved group."""

    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    class Params:
        group = factory.Trait(kind=Organisation.Kind.GROUP, name=factory.Sequence(lambda n: f"DÉMO Groupe {n}"))
        waiting = factory.Trait(state=Organisation.State.TO_VERIFY)
        suspended = factory.Trait(state=Organisation.State.SUSPENDED)

    kind = Organisation.Kind.SME
    state = Organisation.State.VERIFIED
    name = factory.Sequence(lambda n: f"DÉMO Entreprise {n}")
    siren = factory.Sequence(luhn_siren)

    @factory.post_generation
    def profile(self, create, extracted, **kwargs):
        if self.kind == Organisation.Kind.SME:
            SmeProfile.objects.create(organisation=self, **kwargs)
        else:
            GroupProfile.objects.create(organisation=self, **kwargs)


class UserFactory(factory.django.DjangoModelFactory):
    """A person of no organisation, with a confirmed address."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        staff = factory.Trait(is_staff=True, is_superuser=True)

    email = factory.Sequence(lambda n: f"personne{n}@example.com")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Essai{n}")

    @factory.post_generation
    def confirmed(self, create, extracted, **kwargs):
        if extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, primary=True, verified=True)

    @factory.post_generation
    def password(self, create, extracted, **kwargs):
        if extracted:
            self.set_password(extracted)
            self.save()


def sign_in_staff(client, user=None):
    """Staff in a session that went through their second factor: the admin opens."""
    user = user or UserFactory(staff=True)
    if not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0, "type": "totp"}]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    return user


def session_ends(client):
    """It lasts no longer here; the browser still shows the cookie of it, and keeps its others."""
    client.session.flush()


class MembershipFactory(factory.django.DjangoModelFactory):
    """An administrator of an SME."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Membership.Role.ADMIN


def sme_user(**organisation):
    """Someone who runs an SME."""
    return MembershipFactory(organisation=OrganisationFactory(**organisation)).user


def group_user(**organisation):
    """Someone who runs an approved group."""
    return MembershipFactory(organisation=OrganisationFactory(group=True, **organisation)).user


def colleague(user, role=Membership.Role.MEMBER):
    """Another person of the same organisation."""
    return MembershipFactory(organisation=user.organisation, role=role).user


class OpportunityFactory(factory.django.DjangoModelFactory):
    """A complete draft, ready to be submitted."""

    class Meta:
        model = Opportunity

    class Params:
        submitted = factory.Trait(state=Opportunity.State.SUBMITTED, submitted_at=factory.LazyFunction(timezone.now))
        published = factory.Trait(
            state=Opportunity.State.PUBLISHED,
            submitted_at=factory.LazyFunction(timezone.now),
            published_at=factory.LazyFunction(timezone.now),
        )
        closed = factory.Trait(
            state=Opportunity.State.CLOSED,
            published_at=factory.LazyFunction(timezone.now),
            closed_at=factory.LazyFunction(timezone.now),
        )
        secret = factory.Trait(confidential=True, alias="Groupe du secteur de l'énergie")

    owner = factory.SubFactory(OrganisationFactory, group=True)
    kind = Opportunity.Kind.CO_EXPORT
    title = factory.Sequence(lambda n: f"Vannes pour une station de pompage {n}")
    teaser = "Un partenaire pour équiper une station de pompage."
    description = "Nous cherchons un fabricant de vannes pour une station de pompage."
    benefits = "Une première référence dans le pays."
    places = ["MA"]
    sectors = factory.LazyFunction(lambda: ["eau"])
    details = factory.LazyFunction(lambda: {"role": "Fournir et monter les vannes."})
    apply_by = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    answer_by = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=45))
    contact_name = "Dominique Contact"
    contact_email = factory.Sequence(lambda n: f"contact{n}@example.com")
    deputy_name = "Alex Suppléant"
    deputy_email = factory.Sequence(lambda n: f"suppleant{n}@example.com")
    amount = factory.LazyAttribute(lambda row: "50k-250k" if KINDS[row.kind].asks_amount else "")


class LegendFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Legend

    digest = factory.Sequence(str)


class MatchFactory(factory.django.DjangoModelFactory):
    """`parts` says what its answers are: (criterion, answer, points, most points[, evidence]) each."""

    class Meta:
        model = Match

    class Params:
        parts = ()

    legend = factory.SubFactory(
        LegendFactory,
        opportunity=factory.SelfAttribute("..opportunity"),
        data=factory.LazyAttribute(lambda legend: kept(legend.factory_parent.parts)["legend"]),
    )
    points = factory.LazyAttribute(lambda match: kept(match.parts)["points"])
    said = factory.LazyAttribute(lambda match: kept(match.parts)["said"])
    facts = factory.LazyAttribute(lambda match: kept(match.parts)["facts"])
    opportunity = factory.SubFactory(OpportunityFactory, published=True)
    company = factory.SubFactory(OrganisationFactory)
    score = 72.0
    band = "good"
    engine_version = weights_version = "test"


class ApplicationFactory(factory.django.DjangoModelFactory):
    """A draft; `sent=True` for one the group has received."""

    class Meta:
        model = Application

    class Params:
        sent = factory.Trait(
            state=Application.State.SENT,
            sent_at=factory.LazyFunction(timezone.now),
            consent_at=factory.LazyFunction(timezone.now),
            consent_version="1",
        )

    opportunity = factory.SubFactory(OpportunityFactory, published=True)
    company = factory.LazyAttribute(lambda application: application.contact.organisation)
    contact = factory.LazyFunction(sme_user)
    created_by = factory.SelfAttribute("contact")
    pitch = "Nous fabriquons ces vannes depuis vingt ans."


class IntroductionFactory(factory.django.DjangoModelFactory):
    """Sent a moment ago."""

    class Meta:
        model = Introduction

    application = factory.SubFactory(ApplicationFactory, sent=True, state=Application.State.ACCEPTED, in_contact="no")
    email = factory.SubFactory("tests.factories.EmailFactory")
    state = Introduction.State.SENT
    sent_at = factory.LazyFunction(timezone.now)


class RatingFactory(factory.django.DjangoModelFactory):
    """Given a moment ago; `final=True` for one that counts in what the group reads."""

    class Meta:
        model = Rating

    class Params:
        final = factory.Trait(at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=31)))

    introduction = factory.SubFactory(IntroductionFactory)
    group = factory.SelfAttribute("introduction.application.opportunity.owner")
    company = factory.SelfAttribute("introduction.application.company")
    clarity, delay, exchanges, terms, again = 4, 4, 4, 4, 4


class CharterFactory(factory.django.DjangoModelFactory):
    """A draft of the groups' charter; `in_force=True` for one to sign within a month."""

    class Meta:
        model = Charter

    class Params:
        in_force = factory.Trait(state=Charter.State.IN_FORCE, published_at=factory.LazyFunction(timezone.now))

    kind = Charter.Kind.GROUP
    version = factory.Sequence(lambda n: f"essai-{n}")
    text = "Nous répondons à chaque candidate avant la date promise."
    text_en = "We answer every applicant before the promised date."
    sign_by = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))


class EmailFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Email

    key = factory.Sequence(lambda n: f"test:{n}")
    to = factory.LazyFunction(lambda: ["quelqu-un@example.com"])
    template = "test"
    subject = "Bonjour"
    text = "Bonjour."
    html = "<p>Bonjour.</p>"


class PortageRequestFactory(factory.django.DjangoModelFactory):
    """A request that staff have not read yet."""

    class Meta:
        model = PortageRequest

    contact = factory.LazyFunction(sme_user)
    company = factory.LazyAttribute(lambda request: request.contact.organisation)
    country = "MA"
    horizon = "now"
    support = factory.LazyFunction(lambda: ["contacts", "premises"])
    text = "Nous voulons vendre nos vannes aux usines d'eau."
    consent_at = factory.LazyFunction(timezone.now)
    consent_text = "J'accepte."
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=120))


class PortageIntroductionFactory(factory.django.DjangoModelFactory):
    """Sent a moment ago; `accepted_by` says yes for the group."""

    class Meta:
        model = PortageIntroduction

    accepted_by = factory.LazyFunction(lambda: group_user(profile__places=["MA"]))
    answer = factory.SubFactory(
        "tests.factories.PortageAnswerFactory",
        request__state=PortageRequest.State.INTRODUCED,
        group=factory.LazyAttribute(lambda answer: answer.factory_parent.accepted_by.organisation),
        state=PortageAnswer.State.ACCEPTED,
        email=factory.SubFactory("tests.factories.EmailFactory"),
        decided_at=factory.LazyFunction(timezone.now),
    )
    state = PortageIntroduction.State.SENT
    sent_at = factory.LazyFunction(timezone.now)


class PortageAnswerFactory(factory.django.DjangoModelFactory):
    """What a group owes to one request that was put to it."""

    class Meta:
        model = PortageAnswer

    request = factory.SubFactory(PortageRequestFactory, state=PortageRequest.State.WITH_GROUPS)
    group = factory.SubFactory(OrganisationFactory, group=True, profile__places=["MA"])
    answer_by = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=14))
