import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation, Reference
from matching import weights
from matching.models import WeightsVersion
from tests.factories import UserFactory

FIRMS = {
    "S1": ("Vannes du Nord", [("Fourniture de vannes pour le réseau d'eau", "42131000", "60", "32")]),
    "S2": ("Pain Chaud", [("Fourniture de pain", "15811000", "75", "11"), ("Pain bio", "15811000", None, None)]),
    "S3": ("Muet", []),
}


@pytest.fixture
def split(tmp_path):
    def award(objet, cpv, dept, region):
        return {"objet": objet, "cpv": cpv, "dept": dept, "region": region, "buyer": "B1", "date": None}

    firms = [
        {"supplier_id": key, "name": name, "awards": [award(*one) for one in awards]}
        for key, (name, awards) in FIRMS.items()
    ]
    needs = [
        {"query_id": "Q1", "titre": "Vannes et robinets", "cpv": "42131100", "dept": "59", "region": "32"},
        {"query_id": "Q2", "titre": "Achat de pain", "cpv": "15811100", "dept": None, "region": None},
    ]
    for name, rows in [("suppliers", firms), ("queries", needs)]:
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    labels = {"fr": {"42131000": "Robinets et vannes"}, "en": {"42131000": "Taps and valves"}}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    return tmp_path


def rank(split, **more):
    out = split / "run.tsv"
    call_command("rank_bench", split, labels=split / "labels.json", out=out, **more)
    return [line.split("\t") for line in out.read_text().splitlines()]


def test_every_need_ranks_every_firm_and_nothing_stays_behind(split):
    run = rank(split)

    assert [(query, firm) for query, firm, _ in run] == [
        ("Q1", "S1"), ("Q1", "S3"), ("Q1", "S2"),
        ("Q2", "S2"), ("Q2", "S3"), ("Q2", "S1"),
    ]  # fmt: skip
    assert all(0 < float(score) <= 100 for _, _, score in run)
    assert (Organisation.objects.count(), Reference.objects.count()) == (0, 0)


def test_other_needs_may_be_ranked(split):
    other = split / "other.jsonl"
    other.write_text(json.dumps({"query_id": "X", "titre": "pain", "cpv": None, "dept": "75", "region": "11"}))

    run = rank(split, queries=other)

    assert {query for query, _, _ in run} == {"X"}
    assert run[0][1] == "S2"


def test_no_query_is_made(split, django_assert_num_queries):
    with django_assert_num_queries(0):
        rank(split)


@pytest.mark.django_db
def test_any_version_of_the_weights_may_rank(split):
    staff = UserFactory(staff=True)
    draft = weights.copy(WeightsVersion.objects.get(state="active"), by=staff)
    weights.edit(draft, by=staff, weights={**dict.fromkeys(draft.weights, 0.0), "freshness": 1.0})

    assert len({score for *_, score in rank(split, weights=draft.version)}) == 1  # nobody is fresher than another
    assert len({score for *_, score in rank(split, weights=weights.active().version)}) > 1
    with pytest.raises(CommandError, match="no version of the weights is called hand-0"):
        rank(split, weights="hand-0")
