from django.urls import path

from opportunities.views import following, posting, upkeep

app_name = "opportunities"
urlpatterns = [
    path("opportunites/deposer/", posting.create, name="create"),
    path("opportunites/deposer/<slug:kind>/", posting.create_kind, name="create_kind"),
    path("opportunites/<int:pk>/modifier/", posting.edit, name="edit"),
    path("opportunites/<int:pk>/soumettre/", posting.submit, name="submit"),
    path("opportunites/<int:pk>/suivi/", following.manage, name="manage"),
    path("opportunites/<int:pk>/retirer/", following.withdraw, name="withdraw"),
    path("opportunites/<int:pk>/confirmer/", upkeep.confirm, name="confirm"),
    path("opportunites/<int:pk>/absences/", upkeep.absences, name="absences"),
    path("opportunites/absences/<int:pk>/effacer/", upkeep.absence_delete, name="absence_delete"),
    path("opportunites/<int:pk>/cloturer/", following.close, name="close"),
]
