"""Calls for tender from a table or from TED: drafts of one group, with the way back to the notice, each once."""

import tracemalloc
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Organisation
from opportunities import eforms, notices
from opportunities.models import NoticeImport, NoticeRow, Opportunity, TenderNotice
from pacte import imports, sheets
from pacte.tables import UnreadableError
from tests.factories import OpportunityFactory, OrganisationFactory, group_user, sign_in_staff

ADD = "admin:opportunities_noticeimport_add"
State = imports.State
HEAD = ["Numéro de l'avis", "Adresse de l'avis", "Titre", "Acheteur", "Pays", "CPV", "Date limite", "Description"]
SOON = (timezone.localdate() + timedelta(days=40)).isoformat()
TED = "https://ted.europa.eu/fr/notice/-/detail"


def line(n, /, **its):
    told = {"number": f"{n}-2026", "url": f"{TED}/{n}-2026", "title": f"DÉMO Vannes {n}",
            "donor": "DÉMO Office des eaux", "country": "Maroc", "cpv": "42130000", "deadline": SOON,
            "description": "Fournir des vannes."} | its  # fmt: skip
    return list(told.values())


def table(*rows, head=HEAD):
    return sheets.written("csv", head, rows)


def send(client, content, name="avis.csv", owner=None):
    owner = owner or Organisation.objects.groups().first() or OrganisationFactory(group=True)
    data = {"file": SimpleUploadedFile(name, content), "owner": owner.pk}
    page = client.post(reverse(ADD), data, follow=True)
    return page.content.decode().replace("\xa0", " ").replace("&#x27;", "'")


def imported(client, content, **its):
    send(client, content, **its)
    one = NoticeImport.objects.first()
    client.post(reverse("admin:opportunities_noticeimport_transition", args=[one.pk, "start"]))
    one.refresh_from_db()
    return one


@pytest.fixture(autouse=True)
def _staff(client):
    sign_in_staff(client)


def notice(title="DÉMO Pompes", root="ContractNotice-2", before="", names="", more=""):
    """As TED gives it, with what we read and little else."""
    kind = root.partition("-")[0]
    return f"""<?xml version="1.0" encoding="UTF-8"?>{before}
<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
 xmlns:efext="http://data.europa.eu/p27/eforms-ubl-extensions/1"
 xmlns:efac="http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1"
 xmlns:efbc="http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1">
<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><efext:EformsExtension>
 <efac:Organizations>
  <efac:Organization><efac:Company>
   <cac:PartyIdentification><cbc:ID>ORG-0002</cbc:ID></cac:PartyIdentification>
   <cac:PartyName><cbc:Name languageID="ENG">DEMO Court</cbc:Name></cac:PartyName>
  </efac:Company></efac:Organization>
  <efac:Organization><efac:Company>
   <cac:PartyIdentification><cbc:ID schemeName="organization">ORG-0001</cbc:ID></cac:PartyIdentification>
   <cac:PartyName><cbc:Name languageID="POL">DEMO Wodociagi</cbc:Name></cac:PartyName>
   <cac:PostalAddress><cac:Country><cbc:IdentificationCode>POL</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  </efac:Company></efac:Organization>
 </efac:Organizations>
 <efac:Publication>
  <efbc:NoticePublicationID schemeName="ojs-notice-id">00012345-2026</efbc:NoticePublicationID>
 </efac:Publication>
</efext:EformsExtension></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>
<cbc:ID schemeName="notice-id">3b1d5c3a-0000-4000-8000-000000000000</cbc:ID>
<cbc:NoticeLanguageCode>POL</cbc:NoticeLanguageCode>
<cac:ContractingParty><cac:Party><cac:PartyIdentification><cbc:ID>ORG-0001</cbc:ID></cac:PartyIdentification></cac:Party></cac:ContractingParty>
<cac:ProcurementProject>{names}<cbc:Name languageID="POL">{title}</cbc:Name>
 <cbc:Description languageID="POL">Pompy i zawory.</cbc:Description>
 <cac:MainCommodityClassification>
  <cbc:ItemClassificationCode listName="cpv">42122000</cbc:ItemClassificationCode>
 </cac:MainCommodityClassification>
</cac:ProcurementProject>
<cac:ProcurementProjectLot><cbc:ID schemeName="Lot">LOT-0001</cbc:ID>
 <cac:TenderingProcess><cac:TenderSubmissionDeadlinePeriod><cbc:EndDate>{SOON}+02:00</cbc:EndDate></cac:TenderSubmissionDeadlinePeriod></cac:TenderingProcess>
 <cac:ProcurementProject><cbc:Name languageID="POL">Pompy</cbc:Name>
  <cac:AdditionalCommodityClassification><cbc:ItemClassificationCode>42130000</cbc:ItemClassificationCode></cac:AdditionalCommodityClassification>
 </cac:ProcurementProject></cac:ProcurementProjectLot>{more}
</{kind}>""".encode()


# from a table


def test_a_notice_becomes_a_draft_of_the_group_with_the_way_back_to_it(client):
    person = group_user()

    one = imported(client, table(line(1)), owner=person.organisation)

    its = Opportunity.objects.get()
    page = client.get(reverse("admin:opportunities_noticeimport_change", args=[one.pk]))
    assert page.context["made"] == [(its, reverse("admin:opportunities_opportunity_change", args=[its.pk]))]
    assert f">{its.title}</a>" in page.text
    assert (one.state, its.state, its.kind, its.owner) == (State.DONE, "draft", "tender", person.organisation)
    assert (its.title, its.places, its.cpv_codes) == ("DÉMO Vannes 1", ["MA"], ["42130000"])
    assert its.details == {
        "donor": "DÉMO Office des eaux", "project": "1-2026", "notice_url": f"{TED}/1-2026", "submission": SOON,
    }  # fmt: skip
    assert its.history.get().changes == {"notice": ["", f"{TED}/1-2026"]}
    assert its.created_by is None
    assert not Email.objects.exists()
    client.force_login(person)
    assert "DÉMO Vannes 1" in client.get(reverse("matching:group_dashboard")).content.decode()


def test_it_cannot_be_submitted_before_the_group_has_completed_it(client):
    person = group_user()
    imported(client, table(line(1)), owner=person.organisation)
    client.force_login(person)
    its = Opportunity.objects.get()

    client.post(reverse("opportunities:submit", args=[its.pk]))

    its.refresh_from_db()
    assert its.state == "draft"
    assert client.get(reverse("opportunities:edit", args=[its.pk]), follow=True).status_code == 200


@pytest.mark.parametrize(
    "again",
    [
        line(1),
        line(1, url="", title="Un autre titre"),
        line(1, number="00001-2026", url=""),
        line(1, number="2026/S 001-000001", url=""),
        line(1, number=""),
        line(1, number="", url="https://ted.europa.eu/en/notice/-/detail/1-2026"),
        line(1, number="", url="https://ted.europa.eu/udl?uri=TED:NOTICE:00001-2026:TEXT:EN:HTML"),
    ],
)
def test_a_notice_comes_to_a_group_once_whatever_became_of_its_draft(client, again):
    imported(client, table(line(1)))
    Opportunity.objects.update(state="withdrawn", title="DÉMO Réécrit par le groupe")

    one = imported(client, table(again))

    assert one.counts()["same"] == 1
    assert Opportunity.objects.get().title == "DÉMO Réécrit par le groupe"


@pytest.mark.parametrize("told", [{"project": "1-2026"}, {"notice_url": f"{TED}/1-2026"}])
def test_a_notice_that_the_group_posted_by_itself_is_left_alone(client, told):
    its = OpportunityFactory(kind="tender", details=told)

    one = imported(client, table(line(1), line(2)), owner=its.owner)

    assert one.counts() == {"created": 1, "completed": 0, "same": 1, "refused": 0}
    assert one.rows.get(outcome="same").opportunity == its


def test_two_groups_may_answer_the_same_call(client):
    for owner in OrganisationFactory.create_batch(2, group=True):
        imported(client, table(line(1)), owner=owner)

    assert Opportunity.objects.count() == TenderNotice.objects.count() == 2


def test_only_an_approved_group_may_have_them(client):
    for owner in (OrganisationFactory(), OrganisationFactory(group=True, waiting=True)):
        send(client, table(line(1)), owner=owner)

    assert not NoticeImport.objects.exists()


@pytest.mark.parametrize(
    ("its", "said"),
    [
        ({"title": ""}, "Le titre manque."),
        ({"number": "", "url": ""}, "il faut le numéro de l'avis ou son adresse."),
        ({"number": "1" * 81}, "numéro de l'avis : Plus de 80 caractères."),
        ({"url": f"https://demo.example/{'a' * 500}"}, "adresse de l'avis : Plus de 500 caractères."),
        ({"url": "javascript:alert(1)"}, "adresse de l'avis : ce n'est pas une adresse internet."),
        ({"url": "ftp://ted.europa.eu/x"}, "adresse de l'avis : ce n'est pas une adresse internet."),
        ({"country": "Maroc, Atlantide"}, "pays : pays inconnu, « Atlantide »."),
        ({"cpv": "42130000, 99"}, "codes CPV : codes inconnus : 99."),
        ({"deadline": "bientôt"}, "remise des offres : ce n'est pas une date, « bientôt »."),
        ({"deadline": "31/02/2027"}, "remise des offres : ce n'est pas une date"),
        ({"deadline": "2020-01-31"}, "remise des offres : cette date est passée, 2020-01-31."),
    ],
)
def test_what_is_wrong_is_told_line_by_line(client, its, said):
    page = send(client, table(line(1), line(2, **its)))

    row = NoticeRow.objects.get(outcome="refused")
    assert row.line == 3
    assert said in page.replace("&#x27;", "'")
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize("word", ["Maroc", "morocco", "MA", "MAR", "maroc "])
def test_a_country_is_known_by_its_names_and_codes(word):
    assert notices.country(word.strip()) == "MA"


@pytest.mark.parametrize(("typed", "day"), [("2031-03-05", 5), ("05/03/2031", 5), ("5.3.2031 12:00", 5)])
def test_a_date_is_read_as_people_write_it(client, typed, day):
    imported(client, table(line(1, deadline=typed)))

    assert Opportunity.objects.get().details["submission"] == f"2031-03-{day:02}"


def test_a_long_title_is_cut_and_stands_whole_in_the_description(client):
    title = "DÉMO Fourniture " + "et pose de vannes " * 10

    imported(client, table(line(1, title=title)))

    its = Opportunity.objects.get()
    assert len(its.title) <= 120
    assert its.description.startswith(title.strip())


# from TED


def test_a_notice_of_ted_is_read(client):
    imported(client, notice(), name="notice.xml")

    its = Opportunity.objects.get()
    assert (its.title, its.language, its.places) == ("DÉMO Pompes", "en", ["PL"])
    assert its.cpv_codes == ["42122000", "42130000"]
    assert its.details == {
        "donor": "DEMO Wodociagi", "project": "12345-2026", "notice_url": f"{TED}/12345-2026", "submission": SOON,
    }  # fmt: skip


def test_french_then_english_is_read_where_there_is_some(client):
    names = '<cbc:Name languageID="ENG">DEMO Pumps</cbc:Name><cbc:Name languageID="FRA">DÉMO En français</cbc:Name>'

    imported(client, notice(names=names), name="notice.xml")

    assert (Opportunity.objects.get().title, Opportunity.objects.get().language) == ("DÉMO En français", "fr")


def test_a_table_and_ted_tell_of_the_same_notice(client):
    imported(client, table(line(12345)))

    assert imported(client, notice(), name="notice.xml").counts()["same"] == 1


SECOND = """<cac:ProcurementProjectLot><cbc:ID schemeName="Lot">LOT-0002</cbc:ID>
 <cac:TenderingTerms><cac:CallForTendersDocumentReference><cac:Attachment><cac:ExternalReference>
  <cbc:URI>https://tenders.demo.example/7</cbc:URI>
 </cac:ExternalReference></cac:Attachment></cac:CallForTendersDocumentReference></cac:TenderingTerms>
 <cac:ProcurementProject><cbc:Name languageID="POL">Zawory</cbc:Name></cac:ProcurementProject>
</cac:ProcurementProjectLot>"""


def test_one_that_ted_has_not_numbered_yet_is_known_by_its_own_number_and_leads_to_its_documents(client):
    content = notice(more=SECOND).replace(b"NoticePublicationID", b"GazetteID")

    imported(client, content, name="notice.xml")

    its = Opportunity.objects.get()
    assert its.details["project"] == "3b1d5c3a-0000-4000-8000-000000000000"
    assert its.details["notice_url"] == "https://tenders.demo.example/7"
    assert its.details["lots"] == "LOT-0001 : Pompy\nLOT-0002 : Zawory"


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip
HOSTILE = {
    "laughs": (notice("&j;", before=LAUGHS), "DOCTYPE ou des entités"),
    "outside entity": (
        notice("&x;", before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "DOCTYPE ou des entités",
    ),
    "outside DTD": (notice(before='<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">'), "DOCTYPE ou des entités"),
    "a DTD after much": (b"<?xml version='1.0'?>" + b" " * 70_000 + b"<!DOCTYPE x []><x/>", "pas un avis de TED"),
    "an unknown entity": (notice("&nbsp;"), "pas à lire ce fichier XML"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "pas un avis de TED"),
    "another XML": (b"<?xml version='1.0'?><note/>", "pas un avis de TED"),
    "no space": (notice().replace(b"specification:ubl", b"specification:other"), "pas un avis de TED"),
    "an award": (notice(root="ContractAwardNotice-2"), "n'appelle pas d'offres"),
    "cut": (notice()[:-300], "pas à lire ce fichier XML"),
    "UTF-16": (notice().decode().replace("UTF-8", "UTF-16").encode("utf-16"), "octets nuls"),
    "UTF-7": (notice().replace(b"UTF-8", b"UTF-7"), "pas à lire ce fichier XML"),
    "deep": (notice(more="<a>" * 90_000 + "</a>" * 90_000), "trop grand ou trop profond"),
    "wide": (notice(more="<a/>" * 300_000), "trop grand ou trop profond"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_notice_is_refused_in_words_and_nothing_is_kept(client, what):
    content, said = HOSTILE[what]

    page = send(client, content, name="notice.xml")

    assert said in page
    assert not NoticeRow.objects.exists()
    assert not Opportunity.objects.exists()
    assert {(one.state, bytes(one.content)) for one in NoticeImport.objects.all()} <= {("refused", b"")}


@pytest.mark.parametrize(("what", "megabytes"), [("laughs", 1), ("deep", 80), ("wide", 80)])
def test_reading_it_takes_a_bounded_memory(what, megabytes):
    content, said = HOSTILE[what]
    tracemalloc.start()

    with pytest.raises(UnreadableError) as refused:
        list(eforms.rows(content))

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said in str(refused.value)
    assert most < megabytes * 1024 * 1024


@pytest.mark.parametrize("name", ["notice.csv", "notice.svg", "notice.xml.html"])
def test_a_notice_under_another_name_is_refused(client, name):
    assert "Le nom de ce fichier finit par" in send(client, notice(), name=name)


@pytest.mark.parametrize("rows", [2, 40])
def test_a_batch_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    send(client, table(*[line(number) for number in range(rows)]))
    one = NoticeImport.objects.get()
    NoticeImport.objects.update(state=State.RUNNING, done=0)

    with django_assert_num_queries(BATCH_QUERIES):
        imports.batch(notices.WORK, one.pk)


BATCH_QUERIES = 18
