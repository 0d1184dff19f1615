"""A data block is not a script: the strict policy lets the browser keep it, and says nothing of it."""

import json

import pytest

from tests.factories import OpportunityFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_browser_keeps_structured_data_and_complains_of_nothing(page, live_server, console):
    opportunity = OpportunityFactory(published=True)
    response = page.goto(live_server.url + opportunity.get_absolute_url())

    block = page.locator('script[type="application/ld+json"]').text_content()

    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert json.loads(block)["name"] == opportunity.title
    assert console == []
