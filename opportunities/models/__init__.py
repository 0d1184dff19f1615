"""What groups publish, what was asked about it and what they want to change in it."""

from opportunities.models.amendment import Amendment, AmendmentMove
from opportunities.models.attachment import Attachment, Opening, Pledge
from opportunities.models.criterion import Criterion
from opportunities.models.enquiry import Enquiry, EnquiryChange
from opportunities.models.link import NoticeLink
from opportunities.models.notice import CountryNotice
from opportunities.models.opportunity import (
    LANGS,
    Comment,
    Opportunity,
    OpportunityMove,
    OpportunityQuerySet,
    RejectReason,
    Stage,
    State,
)
from opportunities.models.tender import NoticeImport, NoticeImportMove, NoticeRow, TenderNotice

__all__ = [
    "LANGS",
    "Amendment",
    "AmendmentMove",
    "Attachment",
    "Comment",
    "CountryNotice",
    "Criterion",
    "Enquiry",
    "EnquiryChange",
    "NoticeImport",
    "NoticeImportMove",
    "NoticeLink",
    "NoticeRow",
    "Opening",
    "Opportunity",
    "OpportunityMove",
    "OpportunityQuerySet",
    "Pledge",
    "RejectReason",
    "Stage",
    "State",
    "TenderNotice",
]
