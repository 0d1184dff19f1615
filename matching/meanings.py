"""What each criterion of the score means, in a sentence: for those who read how it is computed or set it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

TRADE = frozenset({"text", "reference", "codes", "near", "code_place"})  # what shows the trade, as bands ask


@dataclass(frozen=True, slots=True)
class Meaning:
    label: str | Promise
    sentence: str | Promise


MEANINGS: Mapping[str, Meaning] = {
    "text": Meaning(
        gettext_lazy("Activité et besoin"),
        gettext_lazy(
            "Les mots du profil et ceux du besoin se répondent ; un mot rare, ou propre à un métier, compte plus."
        ),
    ),
    "reference": Meaning(
        gettext_lazy("Référence la plus proche"),
        gettext_lazy("Parmi les références de l'entreprise, la plus proche du besoin lui ressemble."),
    ),
    "codes": Meaning(
        gettext_lazy("Métier et produits"),
        gettext_lazy(
            "Les secteurs, métiers ou produits sont ceux du besoin, leurs voisins, ou vont souvent avec eux."
        ),
    ),
    "near": Meaning(
        gettext_lazy("Nombre de références dans ce métier"),
        gettext_lazy("L'entreprise a déjà exercé ce métier, plusieurs fois de préférence."),
    ),
    "code_place": Meaning(
        gettext_lazy("Ce métier, en ce lieu"),
        gettext_lazy("L'entreprise a déjà exercé ce métier dans ce pays, ou près de là."),
    ),
    "place": Meaning(
        gettext_lazy("Expérience du lieu"),
        gettext_lazy("L'entreprise a déjà travaillé ou exporté dans ce pays ou cette zone, quel que soit le métier."),
    ),
    "reach": Meaning(
        gettext_lazy("Étendue de l'expérience"),
        gettext_lazy("L'entreprise a travaillé en plusieurs lieux."),
    ),
    "wanted": Meaning(gettext_lazy("Pays visé"), gettext_lazy("Le pays est de ceux où l'entreprise veut aller.")),
    "kind": Meaning(
        gettext_lazy("Type d'opération"),
        gettext_lazy("L'entreprise cherche ce type d'opération."),
    ),
    "experience": Meaning(
        gettext_lazy("Expérience demandée"),
        gettext_lazy("L'entreprise a l'expérience des pays que le groupe demande par leur nom."),
    ),
    "certifications": Meaning(
        gettext_lazy("Certifications"), gettext_lazy("L'entreprise a les certifications demandées.")
    ),
    "languages": Meaning(
        gettext_lazy("Langues de travail"), gettext_lazy("L'entreprise travaille dans les langues demandées.")
    ),
    "sectors": Meaning(
        gettext_lazy("Secteurs demandés"),
        gettext_lazy("L'entreprise a déclaré un des secteurs que le groupe demande par leur nom."),
    ),
    "headcount": Meaning(gettext_lazy("Effectif"), gettext_lazy("L'effectif est à la taille du besoin.")),
    "volume": Meaning(
        gettext_lazy("Montant livrable"),
        gettext_lazy("L'entreprise peut livrer un contrat du montant que le groupe demande."),
    ),
    "maturity": Meaning(
        gettext_lazy("Expérience de l'export"),
        gettext_lazy("L'expérience de l'export convient à l'avancement du projet."),
    ),
    "freshness": Meaning(gettext_lazy("Profil à jour"), gettext_lazy("L'entreprise a confirmé son profil récemment.")),
    "exposure": Meaning(
        gettext_lazy("Attention déjà reçue"),
        gettext_lazy("Une entreprise que l'on a peu proposée cette semaine passe un peu devant, à qualités égales."),
    ),
    "newcomer": Meaning(
        gettext_lazy("Première mise en relation"),
        gettext_lazy("Une entreprise jamais mise en relation reçoit un léger coup de pouce."),
    ),
}


def of(criterion: str) -> Meaning:
    """Its meaning, or its code for one that has no words yet."""
    return MEANINGS.get(criterion) or Meaning(criterion, "")
