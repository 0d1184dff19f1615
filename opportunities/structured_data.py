"""An opportunity in the words of schema.org, for search engines."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from accounts import taxonomy
from opportunities.models import Opportunity

ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


def of(opportunity: Opportunity) -> dict[str, Any]:
    """What the public page says of it, its owner by the public name; what is empty is left out."""
    last = opportunity.closed_at.date() if opportunity.closed_at else opportunity.apply_by
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Demand",
        "@id": settings.SITE_URL + reverse("matching:structured", args=[opportunity.pk]),
        "url": settings.SITE_URL + opportunity.get_absolute_url(),
        "name": opportunity.title,
        "description": opportunity.teaser,
        "inLanguage": opportunity.language,
        "availabilityStarts": timezone.localtime(opportunity.published_at).isoformat(),
        "availabilityEnds": last.isoformat() if last else None,
        "areaServed": [taxonomy.label("place", code) for code in opportunity.places],
        "category": [taxonomy.label("sector", code) for code in opportunity.sectors],
        "seller": {"@type": "Organization", "name": opportunity.public_name},
    }
    return {key: value for key, value in said.items() if value}


def script(opportunity: Opportunity) -> SafeString:
    """The same as the content of a data block: no sign of it can end the block."""
    text = json.dumps(of(opportunity), ensure_ascii=False).translate(ESCAPED)
    return mark_safe(text)  # noqa: S308  # every sign that HTML reads is escaped
