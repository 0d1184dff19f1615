"""What the design system promises: icons that exist, fields that say what they are, components that ask for little."""

import re
from html import unescape
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template.loader import render_to_string

from pacte.devstack import icons


class Application(forms.Form):
    company = forms.CharField(label="Raison sociale", help_text="Telle qu'au registre.")
    website = forms.CharField(label="Site", required=False)
    pitch = forms.CharField(label="Réponse", max_length=1100, widget=forms.Textarea)
    languages = forms.MultipleChoiceField(
        label="Langues", choices=[("fr", "français"), ("en", "anglais")], widget=forms.CheckboxSelectMultiple
    )
    consent = forms.BooleanField(label="J'accepte")


def test_the_sprite_holds_every_icon_that_templates_name():
    drawn = set(re.findall('id="([a-z0-9-]+)"', icons.SPRITE.read_text()))

    assert icons.names() - drawn == set(), "run: python -m pacte.devstack.icons"


def test_a_field_ties_its_label_help_and_error_to_its_control():
    html = Application({})["company"].as_field_group()

    assert '<label for="id_company">Raison sociale</label>' in html
    assert 'aria-describedby="id_company_helptext id_company_error"' in html
    assert 'id="id_company_helptext">Telle qu\'au registre.' in html
    assert '<ul class="errors errorlist" id="id_company_error">' in html
    assert 'aria-invalid="true"' in html


def test_only_what_is_optional_is_marked_so():
    form = Application()

    assert "facultatif" in form["website"].as_field_group()
    assert "facultatif" not in form["company"].as_field_group()
    assert "facultatif" not in form["consent"].as_field_group()


def test_a_text_with_a_limit_says_it():
    html = Application()["pitch"].as_field_group()

    assert "1100 caractères au plus" in html.replace("\u202f", "").replace("\xa0", "")
    assert 'data-counter="id_pitch"' in html


def test_errors_are_summed_up_first_each_with_a_way_to_its_field():
    html = Application({"company": "x", "pitch": "x", "consent": "on"}).render()

    assert html.index("Un point est à corriger") < html.index("id_company")
    assert '<a href="#id_languages_0">Langues</a>' in html
    assert 'id="id_languages_0"' in html


def card(**changes):
    facts = {
        "url": "/opportunites/1/vannes/", "title": "Vannes", "lang": "", "kind_label": "Co-export",
        "icon": "handshake",
        "public_name": "Un groupe", "teaser": "", "places": "Maroc", "sectors": "Eau", "deadline": "Sans date limite",
        "soon": False, "first_exporters": False, "fit": None,
    }  # fmt: skip
    return SimpleNamespace(**facts | changes)


def reason(answer):
    return SimpleNamespace(answer=answer, text="Vous exportez au Maroc")


@pytest.mark.parametrize("answer", ["met", "partly", "missing", "unknown"])
@pytest.mark.parametrize("band", ["strong", "good", "possible", "incomplete"])
def test_a_card_shows_the_fit_as_a_shape_a_word_and_reasons(band, answer):
    fit = SimpleNamespace(band=band, band_label="Adéquation", reasons=[reason(answer)])

    html = render_to_string("components/opportunity_card.html", {"card": card(fit=fit)})

    assert f"#band-{band}" in html
    assert "Adéquation" in html
    assert "Vous exportez au Maroc" in html


def test_a_long_title_above_is_cut_to_stand_on_a_phone_s_line_beside_another():
    its = {"url": "/", "label": "Candidatures", "url2": "/", "label2": "Une vanne " * 12, "here": "Ici"}

    html = render_to_string("components/breadcrumb.html", its)

    assert f">{('Une vanne ' * 4)[:27]}…<" in html


def test_a_long_consent_left_out_is_named_by_its_first_words_among_the_errors():
    class Consent(forms.Form):
        consent = forms.BooleanField(
            label="J'accepte que tout soit transmis. " * 9, error_messages={"required": "Non."}
        )

    html = unescape(render_to_string("components/error_summary.html", {"form": Consent({})}))

    assert "J'accepte que tout soit transmis. J'accepte que tout soit t…</a>" in html


def test_points_are_drawn_to_the_dot_whatever_the_language():
    rows = [
        SimpleNamespace(
            criterion="Pays",
            answer="partly",
            answer_label="En partie",
            points=1234.5,
            max=2000,
            evidence="",
            question="",
            url="",
        )
    ]

    html = render_to_string("components/why.html", {"rows": rows, "score": 12.5})

    assert 'viewBox="0 0 2000.00 10"' in html
    assert 'width="1234.50"' in html
    assert "12,5 sur 100" in html


def test_the_pager_keeps_the_rest_of_the_search():
    page = Paginator(range(60), 20).get_page(2)

    html = render_to_string(
        "components/pager.html", {"page": page, "query": QueryDict("q=vanne&pays=MA&pays=TN&page=2")}
    )

    assert 'href="?q=vanne&amp;pays=MA&amp;pays=TN&amp;page=3"' in html
    assert "Page 2 sur 3" in html


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("band", {"band": "good"}),
        ("breadcrumb", {"url": "/", "label": "Accueil", "here": "Ici"}),
        ("chips", {"chips": [SimpleNamespace(label="Maroc", url="/")]}),
        ("confirm", {"title": "Accepter ?", "label": "Accepter", "back": "/", "csrf_token": "x"}),
        ("empty", {"title": "Rien"}),
        ("facet", {"label": "Pays", "name": "pays", "options": [SimpleNamespace(value="MA", label="Maroc", count=3)]}),
        ("notice", {"text": "Attention"}),
        ("reasons", {"reasons": [reason("met")]}),
        ("state", {"state": "published", "label": "publiée"}),
        ("stats", {"stats": [{"value": 3, "label": "candidatures"}]}),
        ("stepper", {"steps": ["un", "deux"], "current": 2}),
        ("timeline", {"steps": [SimpleNamespace(label="Envoyée", status="done")]}),
    ],
)
def test_a_component_needs_no_more_than_it_names(name, context):
    assert render_to_string(f"components/{name}.html", context).strip()
