"""Words: the one tokenizer, for French and English alike."""

import re
import unicodedata
from functools import lru_cache

import Stemmer

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss"})
WORD = re.compile(r"[^\W_]+")
COMPOUND = re.compile(r"\banti-([^\W_]+)", re.IGNORECASE)  # whose halves are read whole
FRENCH = Stemmer.Stemmer("french")
ENGLISH = Stemmer.Stemmer("english")
FUNCTION_WORDS = """
    a afin ainsi apres au aucun aucune aussi autre autres aux avant avec avoir avons c car ce ceci cela celle celui ces
    cette ceux chaque chez comme d dans de deja depuis des deux dont du elle elles en encore entre es est et ete etre
    eux fait faire il ils j je jusqu l la le les leur leurs lors lot lots lui m ma mais marche marches me meme memes
    mes moins mon n ne ni no nos notre nous numero objet on ont ou par pas pendant peu peut plus plusieurs pour qu
    quand que quel quelle qui relatif relatifs relative relatives s sa sans se selon sera seront ses si soit son sont
    sous sur t ta te tes toi ton tous tout toute toutes tres tu un une vers vos votre vous y
    an and are as at be been but by can for from has have in into is it its more not of on or our over such than that
    the their there these they this those to under up was we were which who will with you your
"""
NOTICE_WORDS = """
    anti besoin besoins cherche cherchent chercher cherchons filiere filieres looking need needs pme proposent
    proposons recherchent recherchons seek seeking seeks souhaite souhaitent souhaitons
"""  # what every notice says, and the half of a compound that says nothing alone
UNITS = "km mm cm ha kg kw kwh mw mwh gw kv kva mva hz"
STOP_WORDS = frozenset(f"{FUNCTION_WORDS} {NOTICE_WORDS} {UNITS}".split())


def fold(text: str) -> str:
    """Lower case without accents or ligatures."""
    spread = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    return "".join(letter for letter in spread if not unicodedata.combining(letter)).lower()


@lru_cache(maxsize=500_000)
def root(written: str) -> str:
    """What a word shares with its other forms, "" when it tells nothing; a product word ("316L") stays whole."""
    word = fold(written)
    if len(word) < 2 or word in STOP_WORDS or word.isdigit():
        return ""
    return ENGLISH.stemWord(FRENCH.stemWord(word)) if word.isalpha() else word


def words(text: str) -> list[tuple[str, str]]:
    """(root, word as written) of each word that tells something, in order; "anti-retour" is written whole."""
    text = unicodedata.normalize("NFC", text)
    whole = {found[1]: found[0] for found in COMPOUND.finditer(text)}
    found = WORD.findall(text)
    return [(term, whole.get(written, written)) for written in found if (term := root(written))]


def terms(text: str) -> list[str]:
    found = WORD.findall(unicodedata.normalize("NFC", text))
    return [term for term in map(root, found) if term]
