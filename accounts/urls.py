from django.urls import path

from accounts.models import Organisation
from accounts.views import charter, group, invitations, people, presentation, profile, signup, upkeep, visibility

app_name = "accounts"
urlpatterns = [
    path("inscription/", signup.signup, name="signup"),
    path("inscription/pme/", signup.signup_organisation, {"kind": Organisation.Kind.SME}, name="signup_sme"),
    path("inscription/groupe/", signup.signup_organisation, {"kind": Organisation.Kind.GROUP}, name="signup_group"),
    path("profil/", profile.profile, name="profile"),
    path("profil/groupe/", group.group_profile, name="group_profile"),
    path("profil/groupe/modifier/", group.group_profile_edit, name="group_profile_edit"),
    path("profil/references/ajouter/", profile.reference_add, name="reference_add"),
    path("profil/references/<int:pk>/", profile.reference_edit, name="reference_edit"),
    path("profil/references/<int:pk>/supprimer/", profile.reference_delete, name="reference_delete"),
    path("profil/importer/", upkeep.profile_import, name="profile_import"),
    path("profil/confirmer/", upkeep.profile_confirm, name="profile_confirm"),
    path("profil/test-export/", upkeep.readiness_test, name="readiness"),
    path("profil/visibilite/", visibility.visible, name="visibility"),
    path("profil/visibilite/<int:pk>/montrer/", visibility.visible_again, name="visible_again"),
    path("profil/presentation/", presentation.presentation, name="presentation"),
    path("profil/presentation/ouvrir/", presentation.presentation_open, name="presentation_open"),
    path("profil/presentation/retirer/", presentation.presentation_remove, name="presentation_remove"),
    path("profil/<slug:section>/", profile.profile_section, name="profile_section"),
    path("organisation/membres/", people.members, name="members"),
    path("organisation/membres/<int:pk>/role/", people.member_role, name="member_role"),
    path("organisation/membres/<int:pk>/retirer/", people.member_end, name="member_end"),
    path("organisation/membres/inviter/", invitations.invite, name="member_invite"),
    path("organisation/membres/invitations/<int:pk>/annuler/", invitations.revoke, name="invitation_revoke"),
    path("invitation/<uuid:token>/", invitations.invitation, name="invitation"),
    path("organisation/charte/", charter.charter, name="charter"),
    path("organisation/charte/signer/", charter.charter_sign, name="charter_sign"),
    path("charte/", charter.text, {"kind": Organisation.Kind.GROUP}, name="charter_of_groups"),
    path("conditions/", charter.text, {"kind": Organisation.Kind.SME}, name="conditions_of_smes"),
    path("organisation/moi/", people.person, name="person"),
]
