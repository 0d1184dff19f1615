"""What a company's own text says of it, read by rules: proposals with the sentence they come from.

Nothing is guessed: a word of our lists stands in the sentence, or the sentence itself is what is proposed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from accounts.models import CountryExperience
from accounts.taxonomy import codes, languages, places, terms, thesaurus
from accounts.taxonomy.certifications import CERTIFICATIONS
from accounts.taxonomy.terms import folded

LONGEST = 50_000  # characters of a text
SENTENCE, PRODUCT, TITLE = 300, 300, 160
MOST_REFERENCES, MOST_PRODUCTS = 15, 10
CLOSE = r"(?!\w)"
BULLETS = ("•", "·", "*", "-", "–")
_CUES = {name: re.compile(pattern) for name, pattern in terms.read_table("cues.tsv")}
NOT_YET, OF_CERTIFICATE, OF_LANGUAGE, OF_PRODUCT, OF_REFERENCES = (
    _CUES[name] for name in ("not_yet", "of_certificate", "of_language", "of_product", "of_references")
)
CLAUSE, NOWHERE, NAMES_ALONE, OPEN_VERB = (_CUES[name] for name in ("clause", "nowhere", "names_alone", "open_verb"))
NOTHING, AIM = ("", ""), ("target", "")
OF_PLACES = [  # the first that a clause holds: a kind of proposal and its level
    (NOWHERE, NOTHING),
    (_CUES["of_aim"], AIM),
    (_CUES["of_others"], NOTHING),
    (_CUES["of_site"], ("place", CountryExperience.Level.LOCAL)),
    (_CUES["of_sales"], ("place", CountryExperience.Level.OCCASIONAL)),
]
CODE = re.compile(r"\b(cpv|sh|hs|naf|ape)\b\W{0,3}(?:code\W{0,3})?(\d[\d.]{1,9}[A-Za-z]?)", re.IGNORECASE)
TOO_COMMON = {"ce", "ab", "q1", "organic", "iris", "bio"}  # words of every day: only with what tells them apart
WITH_A_CUE = 4  # names that short are someone's initials as well


@dataclass(frozen=True, slots=True)
class Proposal:
    """`kind` says where it would go; `code` is what would be kept."""

    kind: str
    code: str
    sentence: str
    level: str = ""

    @property
    def key(self) -> str:
        """The same for the same text, whatever the order."""
        mark = blake2b(f"{self.kind}\0{self.code}".encode(), digest_size=8).hexdigest()
        return f"{self.kind}-{mark}"


def read(text: str) -> list[Proposal]:
    """Each thing once, with the first sentence that says it; by kind."""
    found: dict[str, Proposal] = {}
    text = text[:LONGEST].replace("’", "'")
    for sentence in sentences(text):
        plain = folded(sentence)
        for one in [
            *_certifications(sentence, plain), *_languages(sentence, plain), *_places(sentence),
            *_codes(sentence), *_products(sentence, plain),
        ]:  # fmt: skip
            found.setdefault(one.key, one)
    for one in _references(text):
        found.setdefault(one.key, one)
    kept = sorted(found.values(), key=lambda one: KINDS.index(one.kind))
    products = [one for one in kept if one.kind == "product"][MOST_PRODUCTS:]
    return [one for one in kept if one not in products]


KINDS = ("certification", "language", "place", "target", "cpv", "hs", "product", "reference")


def sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for part in re.split(r"(?<=[.!?;])\s+", line):
            if bare := " ".join(part.split()).strip("•·*-– "):
                yield bare[:SENTENCE]


def _certifications(sentence: str, plain: str) -> Iterator[Proposal]:
    if NOT_YET.search(plain):
        return
    for code, name, pattern in _certificate_names():
        hit = pattern.search(plain)
        if hit is None:
            continue
        short = len(name) <= WITH_A_CUE
        if not short or (OF_CERTIFICATE.search(plain) and name.upper() in sentence):
            yield Proposal("certification", code, sentence)


@cache
def _certificate_names() -> list[tuple[str, str, re.Pattern[str]]]:
    found = []
    for code, one in CERTIFICATIONS.items():
        heads = [re.split(r" – | \(", label)[0] for label in (one.label_fr, one.label_en)]
        parts = [part for head in heads for part in re.split(r" / ", head)]
        names = [folded(name) for name in (*parts, *one.synonyms)]
        names = [name for name in names if name not in TOO_COMMON]
        for name in dict.fromkeys(names):
            spaced = r"[\s/-]*".join(re.escape(word) for word in re.split(r"[\s/-]+", name))
            found.append((code, name, re.compile(rf"(?<!\w){spaced}{CLOSE}")))
        if spelled := _CUES.get(f"spelled:{code}"):
            found.append((code, spelled.pattern, re.compile(rf"(?<!\w)(?:{spelled.pattern}){CLOSE}")))
    return found


def _languages(sentence: str, plain: str) -> Iterator[Proposal]:
    if not OF_LANGUAGE.search(plain):
        return
    for code, one in languages.LANGUAGES.items():
        names = {folded(label.split(" (")[0]) for label in (one.label_fr, one.label_en)}
        if any(re.search(rf"(?<!\w){re.escape(name)}{CLOSE}", plain) for name in names):
            yield Proposal("language", code, sentence)


def _places(sentence: str) -> Iterator[Proposal]:
    """Countries where the company says it sells, is or aims to go; a capital tells the country from the adjective.

    Each clause speaks for its own countries, by the words before them or else after; one that says nothing goes on
    with the clause before it, or announces the one that follows; with an aim, only where it names countries alone.
    """
    names, pattern = _country_names()
    hits = list(pattern.finditer(sentence))
    clauses = _clauses(sentence, hits) if hits else []
    said = [_said(sentence[start:end]) for start, end in clauses]
    carried = next((one for one in said if one is not None), NOTHING)
    for (start, end), whole in zip(clauses, said, strict=True):
        plain = _bare(sentence[start:end])
        alone = whole is None and NAMES_ALONE.match(folded(pattern.sub(" ", sentence[start:end])))
        if NOWHERE.search(plain) or (carried == AIM and (OPEN_VERB.search(plain) or (whole is None and not alone))):
            carried = NOTHING
            continue
        carried = carried if whole is None else whole
        for hit in (hit for hit in hits if start <= hit.start() < end):
            around = (_said(sentence[start : hit.start()]), _said(sentence[hit.end() : end]), carried)
            kind, level = next(one for one in around if one is not None)
            if kind:
                yield Proposal(kind, names[hit[0]], sentence, level=level)


def _clauses(sentence: str, hits: list[re.Match[str]]) -> list[tuple[int, int]]:
    """Where each begins and ends: « Bosnia and Herzegovina » is not cut in two."""
    cuts = [cut.start() for cut in CLAUSE.finditer(sentence)]
    cuts = [cut for cut in cuts if not any(hit.start() < cut < hit.end() for hit in hits)]
    return list(zip([0, *cuts], [*cuts, len(sentence)], strict=True))


def _said(words: str) -> tuple[str, str] | None:
    """What they say of a country, a kind and its level: nothing at all, or that it is nothing to the company."""
    plain = _bare(words)
    return next((told for cue, told in OF_PLACES if cue.search(plain)), None)


def _bare(words: str) -> str:
    return folded(words).strip(" ,;:()–—-")


@cache
def _country_names() -> tuple[dict[str, str], re.Pattern[str]]:
    every = thesaurus.usual_names()
    names: dict[str, str] = {}
    for code in places.COUNTRIES:
        if code == "FR":
            continue
        its = places.COUNTRIES[code]
        for name in (its.label_fr, its.label_en, *(name for name in every[code] if name[0].isupper())):
            names.setdefault(name, code)
    longest = sorted(names, key=len, reverse=True)
    return names, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))}){CLOSE}")


def _codes(sentence: str) -> Iterator[Proposal]:
    for hit in CODE.finditer(sentence):
        scheme = {"sh": "hs"}.get(hit[1].lower(), hit[1].lower())
        if scheme in {"cpv", "hs"}:
            try:
                yield Proposal(scheme, codes.parse(scheme, hit[2].rstrip(".")), sentence)
            except ValueError:
                continue


def _products(sentence: str, plain: str) -> Iterator[Proposal]:
    if OF_PRODUCT.search(plain):
        yield Proposal("product", sentence[:PRODUCT], sentence)


def _references(text: str) -> Iterator[Proposal]:
    """The lines under « Nos références », as far as its bullets or its paragraph go, or the names after the colon."""
    left, heading, listed = 0, "", False
    for line in text.splitlines():
        bare = " ".join(line.split()).strip("•·*-– ")
        bulleted = line.strip().startswith(BULLETS)
        if hit := OF_REFERENCES.match(folded(bare)):
            inline = bare.partition(":")[2].strip() if hit["rest"] else ""
            for name in _names(inline)[:MOST_REFERENCES]:
                yield Proposal("reference", name[:TITLE], bare[:SENTENCE])
            left, heading, listed = 0 if inline else MOST_REFERENCES, bare.rstrip(" :"), False
        elif (listed and not bulleted) or (not bare and left < MOST_REFERENCES):
            left, listed = 0, False
        elif bare and left:
            left, listed = left - 1, bulleted
            yield Proposal("reference", bare[:TITLE], f"{heading} : {bare}"[:SENTENCE])


def _names(inline: str) -> list[str]:
    names = [name.strip(" .…") for name in re.split(r"[,;]", inline)]
    return [name for name in names if name and name.casefold() != "etc"]
