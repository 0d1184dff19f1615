"""What staff may have to do: each kind of case that waits for someone, for the home of their site."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import addresses, charters, orphans, registry_watch
from accounts.models import Double, Email, JoinRequest, Organisation
from matching.models import Application, Introduction, PortageAnswer, PortageIntroduction, PortageRequest, QuietPost
from opportunities import upkeep
from opportunities.models import Amendment, NoticeLink, Opportunity


@dataclass(frozen=True, slots=True)
class Queue:
    """Cases that wait for someone: `rows` is what waits, `since` the field that tells since when."""

    label: str | Promise
    advice: str | Promise
    rows: Callable[[], QuerySet[Any]]
    since: str
    admin_name: str
    query: str

    def summary(self) -> dict[str, Any]:
        found = self.rows().aggregate(count=Count("pk", distinct=True), oldest=Min(self.since))
        oldest: datetime | None = found["oldest"]
        return {
            "label": self.label,
            "advice": self.advice,
            "count": found["count"],
            "oldest": oldest,
            "url": f"{reverse(f'admin:{self.admin_name}_changelist')}?{self.query}",
        }


TO_VERIFY = Organisation.State.TO_VERIFY
# the most pressing first
QUEUES = [
    Queue(
        _("Opportunités à valider"),
        _("Promesse faite aux groupes : deux jours ouvrés."),
        lambda: Opportunity.objects.filter(state=Opportunity.State.SUBMITTED),
        "submitted_at", "opportunities_opportunity", "state__exact=submitted&o=4",
    ),
    Queue(
        _("Opportunités à rétablir"),
        _("Leur groupe est de nouveau actif, et attend qu'elles reviennent : relisez-les une à une."),
        upkeep.to_restore,
        "suspended_at", "opportunities_opportunity", "retablir=oui&o=4",
    ),
    Queue(
        _("Modifications à relire"),
        _("Ce qui est publié ne change pas avant votre accord."),
        lambda: Amendment.objects.filter(state=Amendment.State.PENDING),
        "asked_at", "opportunities_amendment", "state__exact=pending",
    ),
    Queue(
        _("Fichiers ajoutés à regarder"),
        _("Joints après la publication : les PME ne les voient pas avant votre accord."),
        lambda: Opportunity.objects.public().filter(attachments__to_look=True, attachments__state="clean"),
        "attachments__added_at", "opportunities_opportunity", "fichiers=a_regarder",
    ),
    Queue(
        _("Réponses en retard"),
        _("Le groupe a sept jours ouvrés de retard malgré deux rappels : appelez-le, et notez l'appel."),
        Application.objects.to_call,
        "reminders__at", "matching_application", "retard=oui&o=6",
    ),
    Queue(
        _("Opportunités sans candidature"),
        _("Personne après cinq jours ouvrés : proposez une PME, ou appelez le groupe pour assouplir un critère."),
        QuietPost.objects.for_staff,
        "found_at", "matching_quietpost", "regarder=oui",
    ),
    Queue(
        _("Relances demandées"),
        _("L'entreprise connaissait déjà le groupe : reprenez contact avec lui pour elle, puis notez-le."),
        Application.objects.to_relaunch,
        "sent_at", "matching_application", "in_contact__exact=relaunch",
    ),
    Queue(
        _("Mises en relation sans nouvelles"),
        _("Après 15 jours ouvrés : contact nié ou sans nouvelles, ou affaire non confirmée. Notez vos appels."),
        Introduction.objects.to_call,
        "sent_at", "matching_introduction", "suivi=appeler&o=2",
    ),
    Queue(
        _("Résultats contraires"),
        _("Un côté dit l'affaire conclue, l'autre non : appelez-les, puis notez comment c'est résolu."),
        Introduction.objects.disputed,
        "sent_at", "matching_introduction", "suivi=contraire&o=2",
    ),
    Queue(
        _("Portages sans nouvelles"),
        _("Après 15 jours ouvrés : contact nié ou sans nouvelles, ou portage non confirmé. Notez vos appels."),
        PortageIntroduction.objects.to_call,
        "sent_at", "matching_portageintroduction", "suivi=appeler&o=3",
    ),
    Queue(
        _("Résultats contraires de portages"),
        _("Un côté dit le portage convenu, l'autre non : appelez-les, puis notez comment c'est résolu."),
        PortageIntroduction.objects.disputed,
        "sent_at", "matching_portageintroduction", "suivi=contraire&o=3",
    ),
    Queue(
        _("Demandes de portage à examiner"),
        _("Promesse faite aux PME : deux jours ouvrés."),
        lambda: PortageRequest.objects.filter(state=PortageRequest.State.TO_REVIEW),
        "created_at", "matching_portagerequest", "state__exact=to_review&o=4",
    ),
    Queue(
        _("Réponses à un portage en retard"),
        _("Le groupe a sept jours ouvrés de retard malgré deux rappels : appelez-le."),
        PortageAnswer.objects.to_call,
        "asked_at", "matching_portageanswer", "retard=oui&o=3",
    ),
    Queue(
        _("Accès de groupes à approuver"),
        _("Un groupe ne peut rien publier avant votre accord."),
        lambda: Organisation.objects.groups().filter(state=TO_VERIFY),
        "created_at", "accounts_organisation", "kind__exact=group&state__exact=to_verify&o=6",
    ),
    Queue(
        _("Groupes qui n'ont pas signé la charte"),
        _("Passé le dernier jour, ils ne peuvent plus rien soumettre : appelez-les."),
        lambda: charters.unsigned(Organisation.Kind.GROUP),
        "asked_at", "accounts_organisation", "kind__exact=group&charte=a_signer",
    ),
    Queue(
        _("Rattachements à arbitrer"),
        _("Personne de l'organisation n'a répondu en dix jours : appelez, puis tranchez."),
        JoinRequest.objects.for_staff,
        "staff_since", "accounts_joinrequest", "arbitrer=oui&o=4",
    ),
    Queue(
        _("Organisations sans personne"),
        _("Les comptes de leur équipe sont tous fermés : trouvez à qui les confier, et invitez cette personne."),
        orphans.for_staff,
        "created_at", "accounts_organisation", "equipe=personne",
    ),
    Queue(
        _("Adresses à reconnaître"),
        _("Qui administre a changé de domaine d'adresse : vérifiez que c'est toujours quelqu'un de la maison."),
        addresses.for_staff,
        "created_at", "accounts_organisation", "equipe=adresse",
    ),
    Queue(
        _("Doublons probables"),
        _("Deux organisations au nom proche ou au même site : réunissez-les, ou dites qu'elles sont deux."),
        Double.objects.waiting,
        "found_at", "accounts_double", "regarder=oui",
    ),
    Queue(
        _("Ce que dit le registre"),
        _("Une entreprise a cessé, grandi ou changé de métier : suspendez-la ou fermez-la s'il le faut."),
        registry_watch.for_staff,
        "registry_checked_at", "accounts_organisation", "registry_alert__isempty=0",
    ),
    Queue(
        _("Liens morts"),
        _("Un avis officiel ne répond plus depuis deux jours : demandez la bonne adresse au groupe, et écrivez-la."),
        NoticeLink.objects.dead,
        "failing_since", "opportunities_noticelink", "mort=oui&o=3",
    ),
    Queue(
        _("Entreprises à vérifier"),
        _("Elles peuvent déjà candidater : leur SIREN n'a pas été retrouvé au registre."),
        lambda: Organisation.objects.smes().filter(state=TO_VERIFY),
        "created_at", "accounts_organisation", "kind__exact=sme&state__exact=to_verify&o=6",
    ),
    Queue(
        _("Mises en relation en échec"),
        _("Corrigez l'adresse, puis relancez l'envoi."),
        Introduction.objects.failed,
        "created_at", "matching_introduction", "state__exact=failed&o=6",
    ),
    Queue(
        _("Mises en relation de portages en échec"),
        _("Corrigez l'adresse, puis relancez l'envoi."),
        PortageIntroduction.objects.failed,
        "created_at", "matching_portageintroduction", "state__exact=failed&o=2",
    ),
    Queue(
        _("E-mails en échec"),
        _("La plateforme a renoncé à les envoyer : lisez l'erreur, puis relancez l'envoi ou écartez-le."),
        Email.objects.failed,
        "queued_at", "accounts_email", "state__exact=failed&o=4",
    ),
]  # fmt: skip
