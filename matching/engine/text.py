"""Words: the one tokenizer, for French and English alike."""

import re
import unicodedata
from functools import lru_cache

import Stemmer

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss"})
WORD = re.compile(r"[^\W_]+")
FRENCH = Stemmer.Stemmer("french")
ENGLISH = Stemmer.Stemmer("english")
FUNCTION_WORDS = """
    a ainsi au aux avec c ce ces cette d dans de des du elle en est et ete etre eux il ils j je l la le les leur leurs
    lot lots lui m ma mais marche marches me mes mon n ne no nos notre nous numero objet on ont ou par pas pour qu que
    qui relatif relatifs relative relatives s sa se sera ses son sont sur t ta te tes toi ton tu un une vos votre vous
    y an and are as at by for from in is it of on or our the their this to we with you your
"""
STOP_WORDS = frozenset(FUNCTION_WORDS.split())


def fold(text: str) -> str:
    """Lower case without accents or ligatures."""
    spread = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    return "".join(letter for letter in spread if not unicodedata.combining(letter)).lower()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The root that a folded word shares with its other forms; a product word ("h2o", "iso9001") stays whole."""
    if not word.isalpha():
        return word
    return ENGLISH.stemWord(FRENCH.stemWord(word))


def words(text: str) -> list[tuple[str, str]]:
    """(root, word as written) of each word that tells something, in order."""
    found = []
    for written in WORD.findall(text):
        word = fold(written)
        if len(word) > 1 and word not in STOP_WORDS and not word.isdigit():
            found.append((stem(word), written))
    return found


def terms(text: str) -> list[str]:
    return [root for root, _ in words(text)]
