from accounts.models.absence import Absence
from accounts.models.adviser import Adviser
from accounts.models.charter import Charter, CharterMove, Signature, SignatureReminder
from accounts.models.double import Double, DoubleMove
from accounts.models.imports import FirstContact, OrganisationImport, OrganisationImportMove, OrganisationRow
from accounts.models.invitation import Invitation
from accounts.models.joining import JoinRequest, JoinRequestMove
from accounts.models.label import Label
from accounts.models.mail import Email
from accounts.models.nomenclature import CodeLabel
from accounts.models.organisation import (
    Certificate,
    CountryExperience,
    GroupProfile,
    Organisation,
    OrganisationMove,
    ProfileChange,
    Reference,
    SmeProfile,
)
from accounts.models.people import Membership, User
from accounts.models.presentation import Presentation
from accounts.models.readiness import Readiness, ReadinessHelp
from accounts.models.visibility import HiddenFrom

__all__ = [
    "Absence",
    "Adviser",
    "Certificate",
    "Charter",
    "CharterMove",
    "CodeLabel",
    "CountryExperience",
    "Double",
    "DoubleMove",
    "Email",
    "FirstContact",
    "GroupProfile",
    "HiddenFrom",
    "Invitation",
    "JoinRequest",
    "JoinRequestMove",
    "Label",
    "Membership",
    "Organisation",
    "OrganisationImport",
    "OrganisationImportMove",
    "OrganisationMove",
    "OrganisationRow",
    "Presentation",
    "ProfileChange",
    "Readiness",
    "ReadinessHelp",
    "Reference",
    "Signature",
    "SignatureReminder",
    "SmeProfile",
    "User",
]
