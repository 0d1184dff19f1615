"""The words for each criterion, to the SME about itself and to the group about the company.

A phrase is a short sentence of its own. To add a criterion's: a function and its row in `PHRASES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import taxonomy
from matching.answers import absent

Part = Mapping[str, Any]
ACQUIRED = {
    "certifications": gettext_lazy("Certification acquise : %s."),
    "languages": gettext_lazy("Langue de travail : %s."),
    "experience": gettext_lazy("Expérience acquise : %s."),
    "sectors": gettext_lazy("Secteur déclaré : %s."),
}
NOT_YOURS = gettext_lazy("La plateforme s'en charge : rien à remplir.")
ACROSS = " → "  # between a word of the need and its translation
SCHEMES = {"certifications": "certification", "languages": "language", "experience": "place", "sectors": "sector"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and the titles of the references that this side may see."""

    is_sme: bool
    titles: Mapping[int, str]

    def reads(self, to_sme: str, to_group: str) -> str:
        return to_sme if self.is_sme else to_group

    def title(self, part: Part) -> str:
        work = part.get("evidence", {}).get("work", "")
        return self.titles.get(int(work[1:]), "") if work.startswith("r") else ""


def text(part: Part, reader: Reader) -> str:
    if (shared := words(part)) and part["answer"] != "missing":
        return reader.reads(_("Votre profil parle de : %s."), _("Son profil parle de : %s.")) % shared
    return reader.reads(_("Votre profil ne parle pas de ce besoin."), _("Son profil ne parle pas de ce besoin."))


def reference(part: Part, reader: Reader) -> str:
    shared = words(part)
    if not shared or part["answer"] == "missing":
        return reader.reads(
            _("Aucune de vos références ne ressemble à ce besoin."), _("Aucune référence ne ressemble à ce besoin.")
        )
    if title := reader.title(part):
        told = reader.reads(
            _("Votre référence « %(title)s » s'en approche : %(words)s."),
            _("La référence « %(title)s » s'en approche : %(words)s."),
        )
        return told % {"title": title, "words": shared}
    return (
        reader.reads(_("Une de vos références s'en approche : %s."), _("Une référence s'en approche : %s.")) % shared
    )


def codes(part: Part, reader: Reader) -> str:
    label = code_label(part.get("evidence", {}).get("code", ""))
    if not label:
        return reader.reads(_("Aucun secteur ni code en commun."), _("Aucun secteur ni code en commun."))
    if is_akin(part):
        told = reader.reads(
            _("Votre métier va souvent avec ce besoin : %s."), _("Son métier va souvent avec ce besoin : %s.")
        )
        return told % label
    if part["answer"] == "met" and is_sector(part):
        return reader.reads(_("C'est votre secteur : %s."), _("C'est son secteur : %s.")) % label
    if part["answer"] == "met":
        return reader.reads(_("C'est votre métier : %s."), _("C'est son métier : %s.")) % label
    return reader.reads(_("Votre métier est voisin : %s."), _("Son métier est voisin : %s.")) % label


def near(part: Part, reader: Reader) -> str:
    count = part.get("evidence", {}).get("count", 0)
    if count:
        told = ngettext(
            "%d référence dans ce métier ou un métier voisin.",
            "%d références dans ce métier ou un métier voisin.",
            count,
        )
        return told % count
    if part["answer"] == "missing":
        return _("Aucune référence dans ce métier.")
    return _("Des références dans des métiers voisins.")


def code_place(part: Part, reader: Reader) -> str:
    place = place_label(part)
    if not place or part["answer"] == "missing":
        return _("Aucun travail connu dans ce métier en ce lieu.")
    if part["answer"] == "met" and is_sector(part):
        told = reader.reads(
            _("%s : vous y avez déjà travaillé dans ce secteur."),
            _("%s : l'entreprise y a déjà travaillé dans ce secteur."),
        )
    elif part["answer"] == "met" and not is_akin(part):
        told = reader.reads(
            _("%s : vous y avez déjà exercé ce métier."), _("%s : l'entreprise y a déjà exercé ce métier.")
        )
    else:
        told = reader.reads(
            _("%s : vous y avez une expérience proche, par le métier ou par le lieu."),
            _("%s : l'entreprise y a une expérience proche, par le métier ou par le lieu."),
        )
    return told % place


def place(part: Part, reader: Reader) -> str:
    label = place_label(part)
    if not label or part["answer"] == "missing":
        return reader.reads(_("Vous n'y avez pas encore travaillé."), _("L'entreprise n'y a pas encore travaillé."))
    if part["answer"] == "partly":
        told = reader.reads(_("%s : vous connaissez cette zone."), _("%s : l'entreprise connaît cette zone."))
    elif part["evidence"].get("work", "").startswith("x"):
        told = reader.reads(_("%s : vous y exportez déjà."), _("%s : l'entreprise y exporte déjà."))
    else:
        told = reader.reads(_("%s : vous y avez déjà travaillé."), _("%s : l'entreprise y a déjà travaillé."))
    return told % label


def reach(part: Part, reader: Reader) -> str:
    count = part.get("evidence", {}).get("count", 0)
    return ngettext("Expérience de %d lieu.", "Expérience de %d lieux.", count) % count


def wanted(part: Part, reader: Reader) -> str:
    label = place_label(part)
    if part["answer"] == "met" and label:
        return reader.reads(_("%s : vous voulez y aller."), _("%s : l'entreprise veut y aller.")) % label
    if part["answer"] == "partly" and label:
        told = reader.reads(
            _("%s : vous visez d'autres pays de cette zone."), _("%s : l'entreprise vise d'autres pays de cette zone.")
        )
        return told % label
    return reader.reads(
        _("Ce n'est pas un des pays que vous visez."), _("Ce n'est pas un des pays que vise l'entreprise.")
    )


def kind(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(_("Vous cherchez ce type d'opération."), _("L'entreprise cherche ce type d'opération."))
    return reader.reads(
        _("Ce n'est pas un type d'opération que vous cherchez."),
        _("Ce n'est pas un type d'opération que cherche l'entreprise."),
    )


def listed(part: Part, reader: Reader) -> str:
    """Certifications, languages, countries or sectors asked by name."""
    evidence = part.get("evidence", {})
    told = []
    if has := evidence.get("has"):
        told.append(str(ACQUIRED[part["criterion"]]) % names(part["criterion"], has))
    must = set(evidence.get("must", []))
    if exacted := absent(part):
        between = _(" ou ") if part["criterion"] == "sectors" else ", "  # one of them would be enough
        told.append(_("Exigé et absent du profil : %s.") % names(part["criterion"], exacted, between))
    if wished := [code for code in evidence.get("lacks", []) if code not in must]:
        told.append(_("Souhaité et absent du profil : %s.") % names(part["criterion"], wished))
    return " ".join(told)


def headcount(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(_("Votre effectif convient."), _("Son effectif convient."))
    if part.get("evidence", {}).get("must"):
        return reader.reads(
            _("Votre effectif est inférieur au minimum exigé."), _("Son effectif est inférieur au minimum exigé.")
        )
    return reader.reads(
        _("Votre effectif est inférieur à celui souhaité."), _("Son effectif est inférieur à celui souhaité.")
    )


def volume(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(
            _("Vous pouvez livrer un contrat de ce montant."), _("L'entreprise peut livrer un contrat de ce montant.")
        )
    if part.get("evidence", {}).get("must"):
        return reader.reads(
            _("Le montant que vous pouvez livrer est inférieur au minimum exigé."),
            _("Le montant que l'entreprise peut livrer est inférieur au minimum exigé."),
        )
    return reader.reads(
        _("Le montant que vous pouvez livrer est inférieur à celui souhaité."),
        _("Le montant que l'entreprise peut livrer est inférieur à celui souhaité."),
    )


def maturity(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(
            _("Votre expérience de l'export convient à ce projet."),
            _("Son expérience de l'export convient à ce projet."),
        )
    return reader.reads(
        _("Ce projet demande plus d'expérience de l'export."), _("Ce projet demande plus d'expérience de l'export.")
    )


def freshness(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(_("Votre profil est à jour."), _("Son profil est à jour."))
    return reader.reads(
        _("Votre profil n'a pas été confirmé depuis plus d'un an."),
        _("Son profil n'a pas été confirmé depuis plus d'un an."),
    )


def exposure(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(
            _("Votre entreprise a été peu proposée ces derniers jours."),
            _("L'entreprise a été peu proposée ces derniers jours."),
        )
    return reader.reads(
        _("Vous avez déjà été souvent proposée ces derniers jours."),
        _("L'entreprise a déjà été souvent proposée ces derniers jours."),
    )


def newcomer(part: Part, reader: Reader) -> str:
    if part["answer"] == "met":
        return reader.reads(
            _("Vous n'avez pas encore été mise en relation : un coup de pouce."),
            _("L'entreprise n'a pas encore été mise en relation : un coup de pouce."),
        )
    return reader.reads(_("Vous avez déjà été mise en relation."), _("L'entreprise a déjà été mise en relation."))


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a criterion is told: its name, the profile section it comes from, its evidence, and what to ask."""

    label: str | Promise
    section: str
    told: Callable[[Part, Reader], str]
    ask_sme: str | Promise
    ask_group: str | Promise


PHRASES: Mapping[str, Phrase] = {
    "text": Phrase(
        gettext_lazy("Activité et besoin"), "activite", text,
        gettext_lazy("Que proposez-vous ? Décrivez vos produits et services."),
        gettext_lazy("Son profil ne décrit pas encore ses produits et services."),
    ),
    "reference": Phrase(
        gettext_lazy("Référence la plus proche"), "activite", reference,
        gettext_lazy("Avez-vous une référence qui ressemble à ce besoin ?"),
        gettext_lazy("Aucune référence n'est encore décrite."),
    ),
    "codes": Phrase(
        gettext_lazy("Métier et produits"), "activite", codes,
        gettext_lazy("Quels sont vos secteurs ?"), gettext_lazy("Ses secteurs ne sont pas encore indiqués."),
    ),
    "near": Phrase(
        gettext_lazy("Nombre de références dans ce métier"), "activite", near,
        gettext_lazy("Combien de fois avez-vous exercé ce métier ? Ajoutez vos références."),
        gettext_lazy("Aucune référence n'est encore décrite."),
    ),
    "code_place": Phrase(
        gettext_lazy("Ce métier, en ce lieu"), "export", code_place,
        gettext_lazy("Avez-vous déjà exercé ce métier dans ce pays ou près de là ?"),
        gettext_lazy("Son expérience par pays n'est pas encore indiquée."),
    ),
    "place": Phrase(
        gettext_lazy("Expérience du lieu"), "export", place,
        gettext_lazy("Dans quels pays avez-vous déjà travaillé ?"),
        gettext_lazy("Son expérience par pays n'est pas encore indiquée."),
    ),
    "reach": Phrase(
        gettext_lazy("Étendue de l'expérience"), "export", reach,
        gettext_lazy("Dans quels pays avez-vous déjà travaillé ?"),
        gettext_lazy("Son expérience par pays n'est pas encore indiquée."),
    ),
    "wanted": Phrase(
        gettext_lazy("Pays visé"), "projets", wanted,
        gettext_lazy("Quels pays visez-vous ?"), gettext_lazy("Les pays qu'elle vise ne sont pas encore indiqués."),
    ),
    "kind": Phrase(
        gettext_lazy("Type d'opération"), "projets", kind,
        gettext_lazy("Quels types d'opération cherchez-vous ?"),
        gettext_lazy("Les types d'opération qu'elle cherche ne sont pas encore indiqués."),
    ),
    "experience": Phrase(
        gettext_lazy("Expérience demandée"), "export", listed,
        gettext_lazy("Avez-vous l'expérience demandée ?"),
        gettext_lazy("L'entreprise a-t-elle l'expérience demandée ?"),
    ),
    "certifications": Phrase(
        gettext_lazy("Certifications"), "capacites", listed,
        gettext_lazy("Avez-vous la certification demandée ?"),
        gettext_lazy("L'entreprise a-t-elle la certification demandée ?"),
    ),
    "languages": Phrase(
        gettext_lazy("Langues de travail"), "capacites", listed,
        gettext_lazy("Travaillez-vous dans la langue demandée ?"),
        gettext_lazy("L'entreprise travaille-t-elle dans la langue demandée ?"),
    ),
    "sectors": Phrase(
        gettext_lazy("Secteurs demandés"), "activite", listed,
        gettext_lazy("Travaillez-vous dans un des secteurs demandés ?"),
        gettext_lazy("L'entreprise travaille-t-elle dans un des secteurs demandés ?"),
    ),
    "headcount": Phrase(
        gettext_lazy("Effectif"), "capacites", headcount,
        gettext_lazy("Quel est votre effectif ?"), gettext_lazy("Son effectif n'est pas encore indiqué."),
    ),
    "volume": Phrase(
        gettext_lazy("Montant livrable"), "capacites", volume,
        gettext_lazy("Quel montant de contrat pouvez-vous livrer ?"),
        gettext_lazy("Le montant de contrat que l'entreprise peut livrer n'est pas encore indiqué."),
    ),
    "maturity": Phrase(
        gettext_lazy("Expérience de l'export"), "export", maturity,
        gettext_lazy("Quelle est votre expérience de l'export ?"),
        gettext_lazy("Son expérience de l'export n'est pas encore indiquée."),
    ),
    "freshness": Phrase(
        gettext_lazy("Profil à jour"), "projets", freshness,
        gettext_lazy("Votre profil est-il à jour ?"), gettext_lazy("Son profil n'a pas encore été confirmé."),
    ),
    "exposure": Phrase(gettext_lazy("Place aux moins sollicitées"), "", exposure, NOT_YOURS, NOT_YOURS),
    "newcomer": Phrase(gettext_lazy("Première mise en relation"), "", newcomer, NOT_YOURS, NOT_YOURS),
}  # fmt: skip


def told(part: Part, reader: Reader) -> str:
    """The evidence of a known answer."""
    return PHRASES[part["criterion"]].told(part, reader)


def question(part: Part, reader: Reader) -> str:
    """What to ask where the profile says nothing."""
    phrase = PHRASES[part["criterion"]]
    asked = str(phrase.ask_sme if reader.is_sme else phrase.ask_group)
    lacks = part.get("evidence", {}).get("lacks")
    return f"{asked} ({names(part['criterion'], lacks)})" if lacks and part["criterion"] in SCHEMES else asked


def words(part: Part) -> str:
    """Those of the need that were found; a translation only where the word itself was not."""
    found = part.get("evidence", {}).get("words", [])
    return ", ".join(word for word in found if word.partition(ACROSS)[0] not in found or ACROSS not in word)


def names(criterion: str, codes: list[str], between: str = ", ") -> str:
    return between.join(taxonomy.label(SCHEMES[criterion], code) for code in codes)


def is_sector(part: Part) -> bool:
    """Whether the code in common is no finer than a sector."""
    return "sector:" in part.get("evidence", {}).get("code", "")


def is_akin(part: Part) -> bool:
    """Whether they share no code: theirs often go together, as the references of all companies show."""
    code = part.get("evidence", {}).get("code", "")
    return code.startswith("~") and not is_sector(part)


def place_label(part: Part) -> str:
    code = part.get("evidence", {}).get("place", "")
    return taxonomy.label("place", code) if code else ""


def code_label(code: str) -> str:
    """The word for a code node: "sector:eau", "~sector:eau", "cpv:4531", "~cpv:4531", "naf:281", "hs:84"."""
    scheme, _colon, value = code.removeprefix("~").partition(":")
    return taxonomy.label(scheme, value) if value else ""
