"""`manage.py load_nomenclature`: the official words for codes, in both languages."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import CodeLabel
from matching import features, market
from matching.models import Corpus

pytestmark = pytest.mark.django_db
GENERICODE = """<?xml version="1.0" encoding="UTF-8"?>
<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/"><SimpleCodeList>
<Row><Value ColumnRef="code"><SimpleValue>42131000</SimpleValue></Value>
<Value ColumnRef="fra_label"><SimpleValue>Robinets et vannes</SimpleValue></Value>
<Value ColumnRef="eng_label"><SimpleValue>Taps, cocks and valves</SimpleValue></Value></Row>
<Row><Value ColumnRef="code"><SimpleValue>99</SimpleValue></Value></Row>
</SimpleCodeList></gc:CodeList>"""
OF_JSON = json.dumps({"fr": {"42131000": "Robinets et vannes"}, "en": {"42131000": "Taps, cocks and valves"}})
OF_CSV = "CODE;FR;EN\n42131000-0;Robinets et vannes;Taps, cocks and valves\n"


def load(tmp_path, scheme, content):
    file, out = tmp_path / "codes", StringIO()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    call_command("load_nomenclature", scheme, file, stdout=out, stderr=StringIO())
    return {line.split()[0]: int(line.split()[1]) for line in out.getvalue().splitlines()[:4]}


@pytest.mark.parametrize("content", [GENERICODE, OF_JSON, OF_CSV], ids=["genericode", "json", "csv"])
def test_a_code_gets_its_words_in_both_languages(tmp_path, content):
    assert load(tmp_path, "cpv", content)["new"] == 1

    assert features.labels()("cpv:42131000") == "Robinets et vannes Taps, cocks and valves"


def test_a_second_time_changes_nothing_and_a_better_label_one_row(tmp_path):
    load(tmp_path, "cpv", OF_CSV)
    corpora = Corpus.objects.count()

    again = load(tmp_path, "cpv", OF_CSV)
    assert (again["new"], again["changed"], again["unchanged"], Corpus.objects.count()) == (0, 0, 1, corpora)

    better = load(tmp_path, "cpv", OF_CSV.replace("Robinets et vannes", "Robinetterie"))
    assert (better["new"], better["changed"], Corpus.objects.count()) == (0, 1, corpora + 1)


def test_a_file_of_one_language_keeps_the_labels_of_the_other(tmp_path):
    load(tmp_path, "cpv", "code;label_fr\n42131000;Robinets et vannes\n")
    load(tmp_path, "cpv", "code;label_en\n42131000;Valves\n")

    one = CodeLabel.objects.get()
    assert (one.label_fr, one.label_en) == ("Robinets et vannes", "Valves")


def test_insee_s_list_with_a_title_and_in_an_older_encoding(tmp_path):
    text = "NAF rév. 2\n\nCode;Libellé\n28.14Z;Fabrication d'autres articles de robinetterie\nSECTION A;Agriculture\n"

    done = load(tmp_path, "naf", text.encode("cp1252"))

    assert (done["read"], done["new"]) == (2, 1)
    assert features.labels()("naf:28.14Z") == "Fabrication d'autres articles de robinetterie"


def test_customs_codes_of_two_to_six_digits(tmp_path):
    done = load(tmp_path, "hs", "hscode,description\n84,Machinery\n8481,Taps\n848180,Others\n84818099,More\n")

    assert done["new"] == 3


def test_a_code_without_a_label_of_its_own_keeps_the_shipped_one(tmp_path):
    shipped = features.label("cpv:45000000")
    load(tmp_path, "cpv", OF_CSV)

    assert features.labels()("cpv:45000000") == shipped


def test_matching_takes_the_new_words_up(tmp_path):
    with_words = market.current().lexicon.label
    assert "Taps" not in with_words("cpv:42131000")

    load(tmp_path, "cpv", OF_CSV)

    assert "Taps" in market.current().lexicon.label("cpv:42131000")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "headings"),
        (b"hello world", "headings"),
        (b"PK\x03\x04\0\0", "NUL"),
        (b"{", "JSON"),
        (b'{"fr": [1]}', "JSON"),
        (b"<Row>", "XML is broken"),
        (b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>', "document type"),
        (b"code;fr\nxx;Robinets\n", "no CPV code"),
        (b"code;fr\n42131000;\n", "no CPV code"),
    ],
)
def test_what_is_no_nomenclature_is_refused_and_nothing_kept(tmp_path, content, why):
    with pytest.raises(CommandError, match=why):
        load(tmp_path, "cpv", content)

    assert not CodeLabel.objects.exists()


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_nomenclature", "cpv", tmp_path / "none")
