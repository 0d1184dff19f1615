"""The seven kinds of opportunity, and the fields that each asks for beside the common ones.

To add a kind: a member of `Kind` in accounts/taxonomy/kinds.py, its `KindSpec` here, its English translations, and a
migration (a constraint names the kinds).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy.kinds import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `type`: text, long, integer, date, url, boolean, choice or choices (with `options`)."""

    name: str
    label: str | Promise
    type: str = "text"
    required: bool = False
    help_text: str | Promise = ""
    options: tuple[tuple[str, str | Promise], ...] = ()


@dataclass(frozen=True, slots=True)
class KindSpec:
    explanation: str | Promise
    icon: str  # a lucide name
    fields: tuple[Field, ...]
    asks_stage: bool = False
    asks_amount: bool = False  # money goes to the SME: a contract, an order


SUPPORT = (
    ("market", _("informations et conseils sur le marché")),
    ("contacts", _("mise en relation avec des clients ou des opérateurs locaux")),
    ("legal", _("aide juridique et commerciale")),
    ("premises", _("accueil dans ses locaux")),
    ("stand", _("place sur son stand")),
    ("missions", _("missions collectives")),
)
COST = (("free", _("gratuit")), ("cost_price", _("à prix coûtant")))
INCOTERMS = tuple(
    (code, code) for code in ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
)

KINDS: Mapping[str, KindSpec] = {
    Kind.CO_EXPORT: KindSpec(
        _("Le groupe et une PME bâtissent une offre commune pour un client étranger."),
        "handshake",
        (
            Field("role", _("rôle attendu de la PME"), "long", required=True),
            Field("end_client", _("client final"), help_text=_("Laissez vide s'il est confidentiel.")),
            Field("offer_due", _("remise de l'offre au client"), "date"),
        ),
        asks_stage=True,
        asks_amount=True,
    ),
    Kind.PORTAGE: KindSpec(
        _("Le groupe fait bénéficier une PME de son expérience et de son réseau dans un pays, sans contrat."),
        "ship",
        (
            Field("support", _("ce que le groupe apporte"), "choices", required=True, options=SUPPORT),
            Field("duration_months", _("durée, en mois"), "integer"),
            Field("companies_wanted", _("nombre de PME accompagnées"), "integer"),
            Field("cost", _("coût pour la PME"), "choice", options=COST),
        ),
    ),
    Kind.HOSTING: KindSpec(
        _("Le groupe accueille dans ses bureaux à l'étranger un salarié ou un VIE de la PME."),
        "building-2",
        (
            Field("site", _("site d'accueil"), required=True),
            Field("desks", _("nombre de postes"), "integer", required=True),
            Field("start", _("à partir du"), "date"),
            Field("duration_months", _("durée, en mois"), "integer"),
            Field("vie", _("ouvert aux VIE"), "boolean"),
            Field("cost", _("coût pour la PME"), "choice", options=COST),
        ),
    ),
    Kind.SOURCING: KindSpec(
        _("Une filiale étrangère du groupe cherche des fournisseurs français."),
        "package-search",
        (
            Field("buyer", _("entité qui achète"), required=True),
            Field("volumes", _("volumes attendus")),
            Field("incoterm", _("incoterm"), "choice", options=INCOTERMS),
            Field("delivery", _("première livraison souhaitée"), "date"),
        ),
        asks_amount=True,
    ),
    Kind.TENDER: KindSpec(
        _("Le groupe répond à un appel d'offres international et cherche des PME pour l'accompagner."),
        "gavel",
        (
            Field("donor", _("acheteur ou bailleur"), required=True),
            Field("project", _("référence du projet")),
            Field("notice_url", _("adresse de l'avis"), "url"),
            Field("lots", _("lots concernés"), "long"),
            Field("submission", _("remise des offres"), "date", required=True),
        ),
        asks_stage=True,
        asks_amount=True,
    ),
    Kind.JOINT_BID: KindSpec(
        _("Plusieurs entreprises répondent ensemble à un client étranger."),
        "users",
        (
            Field("goal", _("objectif du groupement"), "long", required=True),
            Field("partners_wanted", _("nombre de partenaires cherchés"), "integer"),
            Field("lead", _("qui pilote le groupement")),
            Field("submission", _("remise de l'offre"), "date"),
        ),
        asks_stage=True,
        asks_amount=True,
    ),
    Kind.EVENT: KindSpec(
        _("Le groupe ouvre son stand ou sa délégation à des PME lors d'un salon ou d'une mission."),
        "calendar-days",
        (
            Field("event", _("salon ou mission"), required=True),
            Field("city", _("ville"), required=True),
            Field("starts", _("du"), "date", required=True),
            Field("ends", _("au"), "date"),
            Field("seats", _("nombre de places"), "integer"),
            Field("cost", _("coût pour la PME"), "choice", options=COST),
        ),
    ),
}
