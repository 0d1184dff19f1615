import pytest

from opportunities.markdown import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("un\ndeux", "<p>un<br>\ndeux</p>\n"),
        ("**fort** et *fin*", "<p><strong>fort</strong> et <em>fin</em></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("2. a", '<ol start="2">\n<li>a</li>\n</ol>\n'),
        ("[site](https://example.com)", '<p><a href="https://example.com" rel="nofollow noopener">site</a></p>\n'),
        ("# Un\n### Deux\n# Trois", "<h3>Un</h3>\n<h4>Deux</h4>\n<h3>Trois</h3>\n"),
        ("A & B < C", "<p>A &amp; B &lt; C</p>\n"),
        ("", ""),
    ],
)
def test_what_groups_may_write(text, html):
    assert render(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.com/pixel.png)",
        "<a href='javascript:alert(1)'>x</a>",
        "`<script>`",
        "<style>p{}</style>",
        '[x](https://example.com "onmouseover=alert(1)")',
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_nothing_that_runs_or_loads_gets_through(text):
    html = render(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "<style" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert "title=" not in html


def test_seven_levels_of_headings_stay_headings():
    assert render("\n".join(f"{'#' * n} t" for n in range(1, 7))).count("<h6>") == 3
