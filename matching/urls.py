from django.urls import path

from matching.views import applications, dashboards, discovery, dismissals, review, score, thread

app_name = "matching"
urlpatterns = [
    path("score/", score.score, name="score"),
    path("pme/", dashboards.sme_dashboard, name="sme_dashboard"),
    path("pme/masquees/", dismissals.dismissed, name="dismissed"),
    path("groupe/", dashboards.group_dashboard, name="group_dashboard"),
    path("candidatures/", applications.applications, name="applications"),
    path("candidatures/<int:pk>/", applications.application_status, name="application_status"),
    path("candidatures/<int:pk>/modifier/", applications.application_edit, name="application_edit"),
    path("candidatures/<int:pk>/envoyer/", applications.application_send, name="application_send"),
    path("candidatures/<int:pk>/retirer/", applications.application_withdraw, name="application_withdraw"),
    path("candidatures/<int:pk>/dossier/", review.application_review, name="application_review"),
    path("candidatures/<int:pk>/preselectionner/", review.application_shortlist, name="application_shortlist"),
    path("candidatures/<int:pk>/accepter/", review.application_accept, name="application_accept"),
    path("candidatures/<int:pk>/decliner/", review.application_decline, name="application_decline"),
    path("candidatures/<int:pk>/questionner/", thread.application_ask, name="application_ask"),
    path("candidatures/<int:pk>/repondre/", thread.application_answer, name="application_answer"),
    path("candidatures/<int:pk>/reexaminer/", thread.application_reexamine, name="application_reexamine"),
    path("opportunites/", discovery.opportunity_list, name="opportunity_list"),
    path("opportunites/<int:pk>/candidater/", applications.application_start, name="application_start"),
    path("opportunites/<int:pk>/pas-pour-moi/", dismissals.dismiss_opportunity, name="dismiss"),
    path("opportunites/<int:pk>/afficher/", dismissals.restore_opportunity, name="restore"),
    path("opportunites/<int:pk>/candidatures/", review.applicants, name="applicants"),
    path("opportunites/<int:pk>/<slug:slug>/", discovery.opportunity_detail, name="opportunity_detail"),
]
