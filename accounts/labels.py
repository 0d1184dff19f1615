"""The checks and labels that a page shows beside companies' names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from accounts.models import Label


def of(companies: Iterable[int]) -> Mapping[int, list[Label]]:
    """Those that hold today, by company; one query."""
    found: defaultdict[int, list[Label]] = defaultdict(list)
    for one in Label.objects.current().filter(company__in=list(companies)):
        found[one.company_id].append(one)
    return found
