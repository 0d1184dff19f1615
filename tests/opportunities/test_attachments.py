"""Files beside an opportunity: known by their bytes, looked at first, opened by those who may."""

import io
import socket
import threading
import zipfile
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfWriter

from accounts.models import Membership, Organisation
from opportunities import attachments
from opportunities.models import Attachment, Opening, Pledge
from pacte import files
from tests.factories import OpportunityFactory, UserFactory, colleague, group_user, sme_user

PDF = b"%PDF-1.7 plan"


def page_of_pdf():
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(out)
    return out.getvalue()


WHOLE = page_of_pdf()


def office(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in ["[Content_Types].xml", *names]:
            packed.writestr(name, "x")
    return file.getvalue()


@pytest.fixture
def author(client):
    user = group_user(name="DÉMO Zéphyrion")
    client.force_login(user)
    return user


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(owner=author.organisation, created_by=author, published=True)


def join(client, opportunity, content=PDF, name="plan.pdf", **fields):
    url = reverse("opportunities:files", args=[opportunity.pk])
    return client.post(url, {"file": SimpleUploadedFile(name, content), **fields})


def joined(opportunity, **fields):
    row = {"name": "plan.pdf", "type": "pdf", "size": len(PDF), "content": PDF, "state": "clean", **fields}
    return Attachment.objects.create(opportunity=opportunity, **row)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PDF, "pdf"),
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (office("word/document.xml"), "docx"),
        (office("xl/workbook.xml"), "xlsx"),
        (office("ppt/presentation.xml"), "pptx"),
        (office("word/document.xml", "word/vbaProject.bin"), ""),
        (office("word/document.xml", "xl/workbook.xml"), ""),
        (office("other/file"), ""),
        (b"PK\x03\x04 broken", ""),
        (b"<html><script>", ""),
        (b"MZ\x90", ""),
        (b"", ""),
    ],
)
def test_a_file_is_what_its_bytes_say(content, found):
    assert files.type_of(content) == found


def test_a_file_is_kept_under_its_own_name_and_opened_safely(client, opportunity):
    join(client, opportunity, name="plan de l'usine.PDF")
    attachments.show_added(opportunity, by=UserFactory(staff=True))
    client.logout()

    file = Attachment.objects.get()
    answer = client.get(file.get_absolute_url())

    assert file.name == "plan de l'usine.pdf"
    assert f"/{opportunity.pk}/" not in file.get_absolute_url()
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html>", "plan.pdf"),
        (b"", "plan.pdf"),
        (PDF + bytes(files.HEAVIEST), "plan.pdf"),
        (PDF, "Zéphyrion.pdf"),
    ],
    ids=["page", "empty", "heavy", "telling"],
)
def test_what_cannot_be_taken_is_said_beside_the_field(client, author, content, name):
    secret = OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)

    answer = join(client, secret, content, name)

    assert set(answer.context["form"].errors) == {"file"}
    assert not Attachment.objects.exists()


def test_there_are_no_more_than_five(client, opportunity):
    for _ in range(attachments.MOST):
        joined(opportunity)

    assert set(join(client, opportunity).context["form"].errors) == {"file"}
    assert Attachment.objects.count() == attachments.MOST


@pytest.fixture
def antivirus(settings):
    """A daemon that finds something in what holds « virus »."""
    server = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD = f"127.0.0.1:{server.getsockname()[1]}"

    def serve():
        while True:
            try:
                client, _address = server.accept()
            except OSError:
                return
            with client:
                seen = b""
                while not seen.endswith(b"\0\0\0\0"):
                    seen += client.recv(65536)
                client.sendall(b"stream: Eicar FOUND\0" if b"virus" in seen else b"stream: OK\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_nobody_opens_a_file_before_the_antivirus_has(client, opportunity, antivirus):
    join(client, opportunity)
    join(client, opportunity, PDF + b"virus")
    clean, infected = Attachment.objects.order_by("pk")
    before = client.get(clean.get_absolute_url()).status_code

    files.scan_due(Attachment)
    files.scan_due(Attachment)

    assert before == 404
    assert client.get(clean.get_absolute_url()).status_code == 200
    assert client.get(infected.get_absolute_url()).status_code == 404
    infected.refresh_from_db()
    assert (infected.state, bytes(infected.content)) == ("infected", b"")
    assert infected.name not in client.get(opportunity.get_absolute_url()).context["announcement"]["files"]


def test_without_an_answer_from_the_antivirus_a_file_waits(client, opportunity, settings):
    settings.CLAMD = "127.0.0.1:1"
    join(client, opportunity)

    files.scan_due(Attachment)

    assert Attachment.objects.get().state == "waiting"


def test_a_confidential_file_is_opened_once_the_company_has_agreed(client, opportunity, author):
    file = joined(opportunity, confidential=True, content=WHOLE)
    person, url = sme_user(), reverse("opportunities:pledge", args=[opportunity.pk])
    client.force_login(person)
    led = client.get(file.get_absolute_url())
    asked = client.get(url)
    for _ in range(2):
        client.post(url)

    assert led.url == url
    assert file.get_absolute_url() not in asked.text
    pledge = Pledge.objects.get()
    assert (pledge.company, pledge.person, pledge.version) == (person.organisation, person, attachments.PLEDGE)
    assert "Je ne les" in pledge.text
    client.force_login(colleague(person))
    assert client.post(file.get_absolute_url()).content.startswith(b"%PDF-")
    client.force_login(author)
    assert person.organisation.name in client.get(reverse("opportunities:files", args=[opportunity.pk])).text


def test_a_new_version_of_the_text_asks_again(client, opportunity, monkeypatch):
    file, person = joined(opportunity, confidential=True), sme_user()
    attachments.pledge(opportunity, by=person)
    client.force_login(person)
    monkeypatch.setattr(attachments, "PLEDGE", "2")

    assert client.post(file.get_absolute_url()).status_code == 302


def test_who_opens_a_confidential_file(client, opportunity, author):
    file = joined(opportunity, confidential=True)
    answers = {}
    for who, person in {"own": author, "other group": group_user(), "staff": UserFactory(staff=True)}.items():
        client.force_login(person)
        answers[who] = client.get(file.get_absolute_url()).status_code
    client.logout()

    assert answers == {"own": 200, "other group": 403, "staff": 403}
    assert client.get(file.get_absolute_url()).url.startswith(reverse("account_login"))


def test_the_files_of_a_draft_are_its_group_s_alone(client, author):
    file = joined(OpportunityFactory(owner=author.organisation))
    own = client.get(file.get_absolute_url()).status_code
    client.force_login(sme_user())

    assert (own, client.get(file.get_absolute_url()).status_code) == (200, 404)


def test_removing_a_file_is_noted_and_final(client, opportunity):
    file = joined(opportunity)

    for _ in range(2):
        client.post(reverse("opportunities:file_remove", args=[file.pk]))

    assert client.get(file.get_absolute_url()).status_code == 404
    assert [line.changes for line in opportunity.history.all()] == [{"attachments": ["plan.pdf", ""]}]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries_and_reads_no_content(
    client, opportunity, count, django_assert_num_queries
):
    for _ in range(count):
        joined(opportunity)
        attachments.pledge(opportunity, by=sme_user())
    url = reverse("opportunities:files", args=[opportunity.pk])
    client.get(url)

    with django_assert_num_queries(8) as captured:
        client.get(url)

    assert not any('"content"' in query["sql"] for query in captured.captured_queries)


def test_each_copy_of_a_confidential_file_names_its_reader_and_the_group_sees_who_opened_it(
    client, opportunity, author, time_machine
):
    time_machine.move_to("2026-11-23T10:00:00+01:00")
    file, person = joined(opportunity, confidential=True, content=WHOLE), sme_user()
    attachments.pledge(opportunity, by=person)
    client.force_login(person)

    served = [client.post(file.get_absolute_url())["Content-Disposition"] for _ in range(2)]
    client.force_login(author)
    own = client.get(file.get_absolute_url())["Content-Disposition"]
    client.post(reverse("opportunities:file_remove", args=[file.pk]))
    page = client.get(reverse("opportunities:files", args=[opportunity.pk]))

    assert all(f"plan - {person.organisation.name} - 2026-11-23.pdf" in unquote(name) for name in served)
    assert person.organisation.name not in unquote(own)
    assert [(one["company__name"], one["name"], one["times"]) for one in page.context["openings"]] == [
        (person.organisation.name, "plan.pdf", 2)
    ]
    assert "Qui a ouvert quoi" in page.text


def test_a_company_that_is_suspended_since_takes_no_confidential_file(client, opportunity):
    file, person = joined(opportunity, confidential=True, content=WHOLE), sme_user()
    attachments.pledge(opportunity, by=person)
    Organisation.objects.filter(pk=person.organisation.pk).update(state=Organisation.State.SUSPENDED)
    client.force_login(person)

    assert client.post(file.get_absolute_url()).status_code == 403
    assert not Opening.objects.exists()


def test_whoever_only_follows_the_link_of_a_confidential_file_takes_no_copy(client, opportunity):
    file, person = joined(opportunity, confidential=True, content=WHOLE), sme_user()
    attachments.pledge(opportunity, by=person)
    client.force_login(person)

    led = [client.get(file.get_absolute_url()), client.head(file.get_absolute_url())]

    pledge = reverse("opportunities:pledge", args=[opportunity.pk])
    assert [(answer.status_code, answer["Location"]) for answer in led] == [(302, pledge)] * 2
    assert not Opening.objects.exists()
    assert f'<form method="post" action="{file.get_absolute_url()}">' in client.get(pledge).text


def test_who_only_reads_opens_what_a_colleague_has_agreed_to_and_agrees_to_nothing(client, opportunity):
    file, person = joined(opportunity, confidential=True, content=WHOLE), sme_user()
    reader = colleague(person, Membership.Role.READER)
    client.force_login(reader)
    url = reverse("opportunities:pledge", args=[opportunity.pk])

    before = client.get(url), client.post(url), client.post(file.get_absolute_url())
    attachments.pledge(opportunity, by=person)
    after = client.post(file.get_absolute_url())

    assert "doit s'engager d'abord" in before[0].text
    assert '<form method="post" class="actions"' not in before[0].text
    assert [answer.status_code for answer in before[1:]] == [403, 302]
    assert after.content.startswith(b"%PDF-")
    assert Opening.objects.get().person == reader


def test_an_open_file_is_nobody_s_and_leaves_no_trace(client, opportunity):
    file = joined(opportunity)
    client.force_login(sme_user())

    served = client.get(file.get_absolute_url())["Content-Disposition"]

    assert served == 'attachment; filename="plan.pdf"'
    assert not Opening.objects.exists()


@pytest.mark.parametrize("name", ["plan.docx", "plan.xlsx", "plan.pptx", "plan.png", "plan.jpg"])
def test_a_confidential_file_that_cannot_bear_its_reader_s_name_is_refused_in_words(client, opportunity, name):
    contents = {
        "plan.docx": office("word/document.xml"),
        "plan.xlsx": office("xl/workbook.xml"),
        "plan.pptx": office("ppt/presentation.xml"),
        "plan.png": b"\x89PNG\r\n\x1a\n...",
        "plan.jpg": b"\xff\xd8\xff\xe0",
    }

    refused = join(client, opportunity, contents[name], name, confidential="on")
    taken = join(client, opportunity, contents[name], name)

    assert "doit être un PDF" in refused.context["form"].errors["file"][0]
    assert taken.status_code == 302
    assert Attachment.objects.get().confidential is False


def test_a_confidential_one_of_another_type_that_was_here_before_is_still_opened_under_its_reader_s_name(
    client, opportunity
):
    content = office("word/document.xml")
    file, person = joined(opportunity, confidential=True, name="plan.docx", type="docx", content=content), sme_user()
    attachments.pledge(opportunity, by=person)
    client.force_login(person)

    answer = client.post(file.get_absolute_url())

    assert answer.content == content
    assert f"plan - {person.organisation.name} - " in unquote(answer["Content-Disposition"])


def properties(name, text):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("[Content_Types].xml", "x")
        packed.writestr("word/document.xml", "x")
        packed.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 << /Author (Z\xe9phyrion SA) >>",
        b"%PDF-1.7 << /Title <FEFF005A00E9007000680079007200690006F006E> /Company (\\132\\351phyrion) >>",
        b"%PDF-1.7 << /Author <FEFF005A00E9007000680079007200690 06F006E> >>",
        b"%PDF-1.7 <x:xmpmeta><dc:creator>zephyrion</dc:creator></x:xmpmeta>",
        b"\x89PNG\r\n\x1a\n....tEXtAuthor\x00Zephyrion",
        b"\xff\xd8\xff\xe0 Exif Zephyrion",
        properties("docProps/app.xml", "<Company>Zéphyrion</Company>"),
        properties("docProps/core.xml", "<dc:creator>ZEPHYRION</dc:creator>"),
    ],
)
def test_what_a_file_says_of_itself_does_not_name_a_confidential_group(client, author, content):
    secret = OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)

    response = join(client, secret, content, f"plan.{files.type_of(content)}")

    assert "Les propriétés du fichier" in response.text
    assert not Attachment.objects.exists()


def test_the_same_file_is_taken_where_the_group_is_named(client, opportunity):
    join(client, opportunity, b"%PDF-1.7 << /Author (Zephyrion) >>")

    assert Attachment.objects.count() == 1


def test_the_language_of_a_file_is_said_beside_it(client, opportunity):
    join(client, opportunity, language="en")
    joined(opportunity, name="autre.pdf")
    Attachment.objects.update(to_look=False)  # staff have looked
    client.force_login(sme_user())

    page = client.get(opportunity.get_absolute_url()).content.decode()

    assert Attachment.objects.get(name="plan.pdf").language == "en"
    assert page.count("en anglais") == 1
