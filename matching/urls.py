from django.urls import path

from matching.views import alerts, applications, dashboards, discovery, dismissals, follows, review, score

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
    path("alertes/", alerts.alerts, name="alerts"),
    path("alertes/enregistrer/", alerts.search_save, name="search_save"),
    path("alertes/destinataires/", alerts.recipients, name="recipients"),
    path("alertes/<int:pk>/", alerts.search_edit, name="search_edit"),
    path("alertes/<int:pk>/supprimer/", alerts.search_delete, name="search_delete"),
    path("alertes/arreter/<str:token>/", alerts.unsubscribe, name="unsubscribe"),
    path("alertes/utile/<str:token>/", alerts.usefulness, name="usefulness"),
    path("notifications/", follows.notifications, name="notifications"),
    path("notifications/lues/", follows.notifications_read, name="notifications_read"),
    path("opportunites/suivies/", follows.follows, name="follows"),
    path("opportunites/<int:pk>/suivre/", follows.follow, name="follow"),
    path("opportunites/<int:pk>/ne-plus-suivre/", follows.unfollow, name="unfollow"),
    path("opportunites/", discovery.opportunity_list, name="opportunity_list"),
    path("opportunites/<int:pk>/candidater/", applications.application_start, name="application_start"),
    path("opportunites/<int:pk>/pas-pour-moi/", dismissals.dismiss_opportunity, name="dismiss"),
    path("opportunites/<int:pk>/afficher/", dismissals.restore_opportunity, name="restore"),
    path("opportunites/<int:pk>/candidatures/", review.applicants, name="applicants"),
    path("opportunites/<int:pk>/<slug:slug>/", discovery.opportunity_detail, name="opportunity_detail"),
]
