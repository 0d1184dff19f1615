from django.urls import path

from opportunities.views import attachments, enquiries, following, leaving, posting, upkeep

app_name = "opportunities"
urlpatterns = [
    path("opportunites/ce-que-nous-ne-publions-pas/", posting.unpublished, name="unpublished"),
    path("opportunites/deposer/", posting.create, name="create"),
    path("opportunites/deposer/<slug:kind>/", posting.create_kind, name="create_kind"),
    path("opportunites/<int:pk>/modifier/", posting.edit, name="edit"),
    path("opportunites/<int:pk>/modifier/apercu/", posting.preview, name="preview"),
    path("opportunites/<int:pk>/modifier/type/", posting.change_kind, name="change_kind"),
    path("opportunites/<int:pk>/modifier/<slug:step>/", posting.edit_step, name="edit_step"),
    path("opportunites/<int:pk>/dupliquer/", posting.duplicate, name="duplicate"),
    path("opportunites/<int:pk>/soumettre/", posting.submit, name="submit"),
    path("opportunites/<int:pk>/question/", enquiries.ask, name="ask"),
    path("opportunites/<int:pk>/questions/", enquiries.enquiry_list, name="enquiries"),
    path("questions/<int:pk>/repondre/", enquiries.answer, name="answer"),
    path("opportunites/<int:pk>/fichiers/", attachments.files, name="files"),
    path("opportunites/<int:pk>/engagement/", attachments.pledge, name="pledge"),
    path("fichiers/<int:pk>/retirer/", attachments.file_remove, name="file_remove"),
    path("fichiers/<uuid:token>/", attachments.attachment, name="attachment"),
    path("opportunites/<int:pk>/suivi/", following.manage, name="manage"),
    path("opportunites/<int:pk>/confirmer/", upkeep.confirm, name="confirm"),
    path("opportunites/<int:pk>/contacts/", upkeep.change_contacts, name="contacts"),
    path("organisation/membres/<int:pk>/retirer/", leaving.member_end, name="member_end"),
    path("opportunites/<int:pk>/absences/", upkeep.absences, name="absences"),
    path("opportunites/absences/<int:pk>/effacer/", upkeep.absence_delete, name="absence_delete"),
]
