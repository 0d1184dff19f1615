"""What an SME agrees to when it applies. A change of words is a new version; what was agreed to is kept as read."""

from django.utils.translation import gettext as _

from matching.models import Application

VERSION = "2026-2"


def text(application: Application) -> str:
    """The sentence beside the box: what is shared, with whom and when."""
    return _(
        "J'accepte que Pacte International transmette à %(group)s : dès l'envoi, le nom de mon entreprise, son "
        "profil et ma présentation, tels que montrés ci-dessus ; et seulement si ma candidature est acceptée, le nom, "
        "la fonction, l'e-mail et le téléphone de la personne à contacter. Je peux retirer cet accord tant que la "
        "mise en relation n'est pas partie."
    ) % {"group": _group(application)}


def of_partner(application: Application) -> str:
    """The same for a company that joins another's application."""
    return _(
        "J'accepte que Pacte International transmette à %(group)s, avec la candidature de %(lead)s : dès l'envoi, le "
        "nom de mon entreprise, son profil d'alors, sa présentation en PDF si elle en a une et ce qu'elle apporte ; "
        "et seulement si la candidature est acceptée, mon nom, ma fonction, mon e-mail et mon téléphone. "
        "L'entreprise pilote et les autres partenaires voient notre adéquation ; l'entreprise pilote envoie la "
        "candidature quand elle est prête. Je peux quitter le groupement tant que la mise en relation n'est pas "
        "partie."
    ) % {"group": _group(application), "lead": application.company.name}


def _group(application: Application) -> str:
    opportunity = application.opportunity
    return (
        _("le groupe qui publie sous le nom « %(name)s » (son vrai nom vous sera donné à la mise en relation)")
        if opportunity.confidential
        else _("%(name)s")
    ) % {"name": opportunity.public_name}
