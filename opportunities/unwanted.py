"""What we do not publish: told to groups beforehand, looked for in texts, and the reasons that staff give."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.models import RejectReason


@dataclass(frozen=True, slots=True)
class Unwanted:
    reason: RejectReason
    text: str | Promise
    remark: str | Promise = ""
    words: re.Pattern[str] | None = None


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


UNWANTED = (
    Unwanted(
        RejectReason.JOB_OFFER,
        _("Les offres d'emploi, de stage ou d'alternance."),
        _("offre d'emploi ou de stage ?"),
        _any(
            "cdi", "cdd", "alternan(?:ce|ts?|tes?)", "apprenti(?:e|s|ssage)?", "stagiaires?", "offres? d['’]emploi",
            "recrut(?:ons|ement)", "(?:fiche|offre) de poste", "poste à pourvoir",
            "internships?", "job (?:offer|description)", "we(?:['’]re| are) hiring",
        ),
    ),
    Unwanted(
        RejectReason.INVESTMENT,
        _("Les appels à investir : levée de fonds, entrée au capital, société à vendre."),
        _("appel à investir ?"),
        _any(
            "lev(?:ée|ées|er|ons) (?:de |des |les )?fonds", "tour de table", "entr(?:ée|er) au capital",
            "prises? de participation", "cherch(?:e|ons|ent) (?:un |des |d['’]autres )?(?:investisseur|actionnaire)s?",
            "business angels?", "financement participatif", "société à vendre", "crowdfunding", "fund ?rais(?:er|ing)",
            "rais(?:e|ing) (?:capital|funds|money)",
            "(?:seek(?:ing)?|looking for) (?:an? )?(?:investor|shareholder)s?",
            "equity (?:stake|investment|round)", "(?:company|business) for sale",
        ),
    ),
    Unwanted(
        RejectReason.PROPERTY,
        _("Les annonces immobilières : bureaux, entrepôts, terrains à vendre ou à louer."),
        _("annonce immobilière ?"),
        _any(
            r"(?:bureaux?|loca(?:l|ux)|terrains?|appartements?|villas?|entrepôts?|hangars?|immeubles?)"
            r" (?:[\w'’]+ ){0,3}?(?:à (?:louer|vendre)|en location)",
            "(?:agence|annonce) immobilière", "investissement (?:locatif|immobilier)", "bail commercial",
            r"(?:offices?|flats?|apartments?|land|warehouses?|buildings?|premises) (?:[\w'’]+ ){0,3}?"
            r"(?:for (?:rent|sale|lease)|to let)",
            "real estate (?:agen(?:cy|t)|listing|investment)",
        ),
    ),
    Unwanted(
        RejectReason.SELLING,
        _("La vente de services et la publicité : ici, le groupe cherche une PME, il ne lui vend rien."),
        _("vente de services ou publicité ?"),
        _any(
            "codes? promo", "offres? (?:promotionnelles?|spéciales?|de lancement)", r"remise de \d+ ?(?:%|pour cent)?",
            "(?:devis|essai|audit) gratuit", "nos (?:tarifs|formules|abonnements|prestations)", "abonnez-vous",
            "satisfait ou remboursé", "vous propose(?:ns)? (?:ses|nos|leurs) (?:services|prestations|solutions)",
            "free (?:trial|quote)", "special offers?", "our (?:rates|fees|pricing|subscriptions?)", r"\d+ ?% off",
            "buy now", "money[- ]back", "offers? (?:its|our) services",
        ),
    ),
    Unwanted(RejectReason.NOT_EXPORT, _("Ce qui se passe en France seulement, sans suite à l'étranger.")),
    Unwanted(
        RejectReason.TOO_VAGUE, _("Les annonces trop vagues : une PME doit pouvoir dire si elle est concernée.")
    ),
    Unwanted(RejectReason.DUPLICATE, _("Ce qui est déjà publié : modifiez plutôt l'annonce qui existe.")),
)  # fmt: skip
