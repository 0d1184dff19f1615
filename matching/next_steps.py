"""What the two sides may do first once they are in touch, by kind of opportunity."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.kinds import Kind

Steps = tuple[str | Promise, str | Promise, str | Promise]

CALL = _("Convenez d'un appel de trente minutes dans les dix jours.")
STEPS: Mapping[str, Steps] = {
    Kind.CO_EXPORT: (
        CALL,
        _("Échangez le cahier des charges et vos références proches, sous accord de confidentialité s'il le faut."),
        _("Fixez ensemble qui porte l'offre et le calendrier jusqu'à sa remise."),
    ),
    Kind.PORTAGE: (
        CALL,
        _("Précisez le pays, les clients visés et ce que le groupe peut ouvrir comme portes."),
        _("Écrivez en une page qui fait quoi, jusqu'à quand et à quel coût."),
    ),
    Kind.HOSTING: (
        CALL,
        _("Vérifiez la date d'arrivée, le poste de travail et les règles du site."),
        _("Préparez une convention d'accueil simple, avec un interlocuteur sur place."),
    ),
    Kind.SOURCING: (
        CALL,
        _("Échangez spécifications, volumes et incoterm, puis une première offre ou un échantillon."),
        _("Convenez des étapes du référencement fournisseur et de leurs dates."),
    ),
    Kind.TENDER: (
        CALL,
        _("Relisez ensemble l'avis, les lots et les conditions d'éligibilité."),
        _("Fixez un rétroplanning jusqu'à la remise des offres, pièces administratives comprises."),
    ),
    Kind.JOINT_BID: (
        CALL,
        _("Comparez vos apports et nommez l'entreprise qui pilote le groupement."),
        _("Signez un accord de groupement avant de chiffrer."),
    ),
    Kind.EVENT: (
        CALL,
        _("Confirmez les dates, la place sur le stand et les frais à prévoir."),
        _("Listez les rendez-vous que chacun souhaite, six semaines avant le départ."),
    ),
}


def of(kind: str) -> Steps:
    """Three steps, in the language of whoever reads them."""
    return STEPS[kind]
