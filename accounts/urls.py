from django.urls import path

from accounts.models import Organisation
from accounts.views import people, signup

app_name = "accounts"
urlpatterns = [
    path("inscription/", signup.signup, name="signup"),
    path("inscription/pme/", signup.signup_organisation, {"kind": Organisation.Kind.SME}, name="signup_sme"),
    path("inscription/groupe/", signup.signup_organisation, {"kind": Organisation.Kind.GROUP}, name="signup_group"),
    path("organisation/membres/", people.members, name="members"),
    path("organisation/membres/<int:pk>/role/", people.member_role, name="member_role"),
    path("organisation/membres/<int:pk>/retirer/", people.member_end, name="member_end"),
    path("organisation/moi/", people.person, name="person"),
]
