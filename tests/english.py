"""What French looks like where English should stand; for the tests that read pages and mails in English."""

import html
import re
from functools import cache

from babel.messages import pofile

from accounts.models import User
from matching import apply, introduce, refresh
from opportunities import moderation
from pacte.devstack.messages import ROOT
from tests.factories import OpportunityFactory, UserFactory, group_user, sme_user

# Small words that no English sentence holds.
FRENCH = re.compile(
    r"(?i)(?<![\w'-])(?:le|la|les|des|du|un|une|est|sont|vous|votre|vos|nous|notre|pour|avec|sans|dans|cette|ces|"
    r"aux|sur|pas|qui|que|et|ou|où|été|être|à|au|ne|se|ce|il|elle|leur|par|de|d'\w+|l'\w+|n'\w+|s'\w+|qu'\w+|"
    r"bonjour|oui|non|jamais|aucune?|envoyer|enregistrer)(?![\w'])"
)
ACCENTS = re.compile("[éèêàùœ]|ç(?!ais)")  # « français » is the same everywhere
NAMES = ["Pacte PME", "Pays de la Loire", "Défenseur des droits", "Français", "français"]
WRITTEN = [  # by users, in the tests' factories
    "Vannes pour une station de pompage",
    "Vannes pour une station de …",  # as a breadcrumb cuts it
    "Vannes pour une usine d'eau",
    "Fournir et monter les vannes.",
    "Un partenaire pour équiper une station de pompage.",
    "Nous cherchons un fabricant de vannes pour une station de pompage.",
    "Une première référence dans le pays.",
    "Nous fabriquons ces vannes depuis vingt ans.",
    "Groupe du secteur de l'énergie",
    "Où faut-il livrer ?",
    "Nous voulons vendre nos vannes aux usines d'eau.",
    "Quel délai ?",
]


@cache
def ours():
    """Every message of ours that English says in other words, as it may begin a line or not."""
    with (ROOT / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        catalog = pofile.read_po(file, locale="en")
    plain = [message for message in catalog if message.id and isinstance(message.id, str)]
    english = {message.string.casefold() for message in plain}
    french = {message.id for message in plain if message.id.casefold() not in english}
    return french | {text[0].upper() + text[1:] for text in french}


def french(text):
    """The text if it is French, else nothing: two small words, or one beside an accent."""
    for name in NAMES + WRITTEN:
        text = text.replace(name, "")
    words = FRENCH.findall(text)
    return text.strip() if len(words) > 1 or (words and ACCENTS.search(text)) else ""


def texts(page):
    """What a page says, to eyes and ears, but for what it marks as French or as what a user wrote."""
    page = re.sub(r"(?s)<(script|style|template)\b.*?</\1>", "", page)
    page = re.sub(r'(?s)<(?!html)(\w+)[^>]*\blang="fr"[^>]*>.*?</\1>', "", page)
    spoken = re.findall(r'(?:title|aria-label|alt|placeholder|content|data-label)="([^"]*)"', page)
    return [html.unescape(text) for text in [*spoken, *re.split(r"<[^>]*>", page)]]


def unsaid(lines):
    """What these lines say in French, or as in the code."""
    return [line for line in lines if french(line) or (line.strip() in ours() and line.strip() not in NAMES)]


def world():
    """A group and an SME that write English, and an opportunity with all that a page may say of it."""
    person = group_user(name="DEMO Group")
    told = {"sectors": ["eau"], "products": "Valves and pumps", "languages": ["en"], "wanted_places": ["MA"]}
    sme = sme_user(name="DEMO Company", **{f"profile__{name}": value for name, value in told.items()})
    User.objects.update(language="en", first_name="Robin", last_name="Smith", job_title="Export")
    for user in (person, sme):
        user.refresh_from_db()
    opportunity = OpportunityFactory(
        owner=person.organisation, created_by=person, title="Valves", teaser="Valves wanted", language="en",
        description="Valves and pumps", sectors=["eau"], places=["MA"], benefits="A first order",
        contact_name="Robin Smith", deputy_name="Jo Smith",
    )  # fmt: skip
    opportunity.criteria.create(kind="language", code="en", must=True)
    opportunity.criteria.create(kind="certification", code="iso-9001", must=False)
    return person, sme, opportunity


def story(person, sme, opportunity):
    """From a draft to an introduction, by way of everything that writes a mail."""
    staff = UserFactory(staff=True)
    moderation.submit(opportunity, by=person)
    moderation.request_changes(opportunity, by=staff, comments=[("", "More, please.")])
    moderation.submit(opportunity, by=person)
    moderation.publish(opportunity, by=staff, checked=True)
    refresh.refresh_due()
    application, _created = apply.start(opportunity, sme)
    apply.save(application, by=sme, pitch="We can do it.", contact=sme)
    apply.send(application, by=sme, consented=True)
    apply.shortlist(application, by=person)
    return application, introduce.accept(application, by=person, message="Welcome.")
