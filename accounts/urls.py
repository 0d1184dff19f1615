from django.urls import path

from accounts.models import Organisation
from accounts.views import signup

app_name = "accounts"
urlpatterns = [
    path("inscription/", signup.signup, name="signup"),
    path("inscription/pme/", signup.signup_organisation, {"kind": Organisation.Kind.SME}, name="signup_sme"),
    path("inscription/groupe/", signup.signup_organisation, {"kind": Organisation.Kind.GROUP}, name="signup_group"),
]
