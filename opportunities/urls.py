from django.urls import path

from opportunities.views import following

app_name = "opportunities"
urlpatterns = [
    path("opportunites/<int:pk>/suivi/", following.manage, name="manage"),
]
