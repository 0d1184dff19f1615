from django.urls import path

from matching.views import discovery

app_name = "matching"
urlpatterns = [
    path("opportunites/", discovery.opportunity_list, name="opportunity_list"),
    path("opportunites/<int:pk>/<slug:slug>/", discovery.opportunity_detail, name="opportunity_detail"),
]
