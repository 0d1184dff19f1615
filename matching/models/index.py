"""What workers hold in memory, as they share it: companies packed into numbers, and the names of those numbers.

Written only under the lock of refreshes, so that the order of numbers is the order of commits.
"""

from django.db import models
from django.utils import timezone

from accounts.models import Organisation


class Name(models.Model):
    """A name of the lexicon: its spaces number their own names from 0, without a gap."""

    space = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "number"], name="name_numbered_once")]

    def __str__(self) -> str:
        return f"{self.space} {self.number}: {self.name}"


class Packed(models.Model):
    """A company that takes part, as `engine.pack` makes it; empty for one that does no more, or cannot be read."""

    company = models.OneToOneField(Organisation, models.CASCADE, related_name="packed", primary_key=True)
    serial = models.BigIntegerField()  # from a sequence: all that was written after this one is greater
    data = models.BinaryField()  # int32, little-endian

    class Meta:
        constraints = [models.UniqueConstraint(fields=["serial"], include=["company"], name="packed_serial_once")]

    def __str__(self) -> str:
        return f"{self.company_id} ({self.serial})"


class Corpus(models.Model):
    """How common each word was among companies on a day, and which trades went together.

    Frozen, so that a score moves only when its pair does.
    """

    engine_version = models.CharField(max_length=20)
    companies = models.PositiveIntegerField()  # that took part
    telling = models.PositiveIntegerField()  # that said anything
    frequency = models.BinaryField()  # int32 by the lexicon's numbers, compressed
    kin = models.BinaryField(default=bytes)  # which trades go together; empty before it was counted
    bridge = models.TextField(default="")  # which words stand for which across languages, as JSON
    profile_length = models.FloatField()
    reference_length = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        get_latest_by = "pk"

    def __str__(self) -> str:
        return f"{self.pk} ({self.companies})"
