"""Working languages: ISO 639-1, those that French exporters meet most."""

from accounts.taxonomy import terms
from accounts.taxonomy.terms import Choices, Term

_ALL = [
    Term("fr", "français", "French"), Term("en", "anglais", "English"), Term("de", "allemand", "German"),
    Term("es", "espagnol", "Spanish"), Term("it", "italien", "Italian"), Term("pt", "portugais", "Portuguese"),
    Term("nl", "néerlandais", "Dutch"), Term("ar", "arabe", "Arabic"),
    Term("zh", "chinois (mandarin)", "Chinese (Mandarin)"),
    Term("ja", "japonais", "Japanese"), Term("ko", "coréen", "Korean"), Term("ru", "russe", "Russian"),
    Term("pl", "polonais", "Polish"), Term("tr", "turc", "Turkish"), Term("ro", "roumain", "Romanian"),
    Term("cs", "tchèque", "Czech"), Term("hu", "hongrois", "Hungarian"), Term("sv", "suédois", "Swedish"),
    Term("el", "grec", "Greek"), Term("uk", "ukrainien", "Ukrainian"), Term("he", "hébreu", "Hebrew"),
    Term("hi", "hindi", "Hindi"), Term("vi", "vietnamien", "Vietnamese"), Term("id", "indonésien", "Indonesian"),
    Term("sw", "swahili", "Swahili"),
]  # fmt: skip

LANGUAGES: dict[str, Term] = {term.code: term for term in _ALL}


def label(code: str, language: str | None = None) -> str:
    """The language's name."""
    return terms.label(LANGUAGES, code, language)


def choices() -> Choices:
    """(code, name), the most spoken first."""
    return terms.choices(LANGUAGES.values())
