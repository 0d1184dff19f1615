"""The mails about a recommendation: to whom it is asked of, and to the SME once it is written."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from matching import letters, portage_letters
from matching.models import PortageRequest, Sponsor
from matching.portage_letters import Letter, News


def invited(sponsor: Sponsor, link: str, by: User) -> Letter:
    """To someone without an account: who asks for a recommendation, for what, and where to write it."""
    subject = sponsor.subject
    if isinstance(subject, PortageRequest):
        with translation.override(by.language):
            context: Letter = {"company": subject.company, "country": subject.place}
        about = f"portage:{subject.pk}"
    else:
        context, about = letters.context_of(subject) | {"country": ""}, f"application:{subject.pk}"
    return {
        "key": f"sponsor-invited:{sponsor.pk}",
        "about": about,
        "template": "sponsor_invited",
        "language": by.language,
        "to": [sponsor.email],
        "reply_to": [by.email],
        "context": context | {"sponsor": sponsor, "person": letters.person(by), "action_url": link},
    }


def written(sponsor: Sponsor) -> Letter:
    """To the SME: its sponsor has written."""
    subject = sponsor.subject
    key = f"sponsor-wrote:{sponsor.pk}"
    if not isinstance(subject, PortageRequest):
        letter = letters.to_sme(subject, "sponsor_wrote", key)
        letter["context"] |= {"sponsor": sponsor}
        return letter

    def words() -> News:
        person = {"person": sponsor.name, "country": subject.place}
        return News(
            _("%(person)s vous recommande : portage, %(country)s") % person,
            _("Vous avez une recommandation"),
            [_("%(person)s a écrit une recommandation pour votre projet dans ce pays : %(country)s.") % person,
             _("Les groupes la liront avec votre dossier. Vous la lisez sur la page de votre demande.")],
            _("Lire la recommandation"),
        )  # fmt: skip

    path = reverse("matching:portage_status", args=[subject.pk])
    context = {"adviser": None, "to_group": False, "action_url": settings.SITE_URL + path}
    return portage_letters.news_letter(subject, key, [portage_letters.contact_of(subject)], words, context)
