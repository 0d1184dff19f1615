from django.contrib import admin
from django.urls import include, path

from pacte import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tableau-de-bord/", views.dashboard, name="dashboard"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("healthz", views.healthz, name="healthz"),
    path("langue/", views.language, name="set_language"),
    path("mails/", views.mails, name="mails"),
    path("mails/<int:pk>/", views.mail_detail, name="mail_detail"),
    path("mails/<int:pk>/html/", views.mail_html, name="mail_html"),
    path("admin/", admin.site.urls),
    path("compte/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("opportunities.urls")),
    path("", include("matching.urls")),
]
