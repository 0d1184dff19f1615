"""Whether the public texts of a confidential opportunity give its group away, or a question the company that asks it.
What a group writes before it is named is held to the same.

Compared without accents, case, spaces or signs: « TotalEnergies », « total énergies » and « T O T A L » are one name.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from accounts.models import GroupProfile, Organisation, User
from accounts.taxonomy import codes, places, sectors, thesaurus
from accounts.taxonomy.terms import folded
from opportunities import coordinates
from opportunities.models import Attachment, Opportunity

PUBLIC_TEXTS = ("title", "teaser", "description", "benefits", "alias", "next_step", "decided_by")
FILES = "attachments"  # what `found` calls the files joined
SHORTEST = 4  # letters of a word that says who it is, alone
SHORTEST_NAME = 3  # letters of a company's whole name that does, in a question
PREFIX = 6  # letters of a name that are recognised at the head of a longer word: "xyzcorpservices"
# companies' legal forms, then the words that half of them bear, then where everyone may have an address
_LEGAL = "demo groupe group sa sas sasu sarl snc scop se plc inc ltd gmbh"
_COMMON = """
    holding compagnie company societe corporation international internationale world global europe europeen europeenne
    france francais francaise national nationale generale general industrie industries industriel services service
    solutions systems systemes technologies technology technique ingenierie engineering conseil developpement
    production energie energies energy eau eaux water environnement transport transports mobilite construction travaux
    infrastructures reseaux defense marine naval aviation espace sante food foods nord sud est ouest atlantique
    mediterranee paris lyon projet export avec dans pour chez the and des les www com example net org
"""
_PUBLIC_MAIL = """
    gmail.com outlook.com outlook.fr hotmail.com hotmail.fr yahoo.com yahoo.fr orange.fr wanadoo.fr free.fr sfr.fr
    laposte.net icloud.com live.fr proton.me protonmail.com
"""
# what makes of the word that follows somebody's name
_ANNOUNCING = "chez societe entreprise sommes"
_TITLES = "m mr mme monsieur madame"
LEGAL = frozenset(_LEGAL.split())
COMMON = LEGAL | frozenset(_COMMON.split())
PUBLIC_MAIL = frozenset(_PUBLIC_MAIL.split())


def found(opportunity: Opportunity) -> dict[str, str]:
    """{field: what gives the group away there, or coordinates}; the fields of its kind are named "details.role"."""
    if not opportunity.confidential:
        return {}
    wanted = tells(opportunity)
    texts = public_texts(opportunity)
    seen = {name: first_in(text, wanted) or coordinates.first_in(text) for name, text in texts}
    seen[FILES] = next(iter(in_files(opportunity).values()), "")
    return {name: tell for name, tell in seen.items() if tell}


def in_files(opportunity: Opportunity) -> dict[int, str]:
    """{its key: what gives the group away in the name of a file, or in what the file says of itself}."""
    if opportunity.pk is None or not opportunity.confidential:
        return {}
    wanted = tells_in_files(opportunity)
    rows = opportunity.attachments.exclude(state=Attachment.State.INFECTED).order_by("pk")
    seen = {
        pk: first_in(f"{name} / {said}", wanted) for pk, name, said in rows.values_list("pk", "name", "properties")
    }
    return {pk: tell for pk, tell in seen.items() if tell}


def public_texts(opportunity: Opportunity) -> Iterator[tuple[str, str]]:
    """(field, text) of all that everyone may read."""
    for name in PUBLIC_TEXTS:
        yield name, getattr(opportunity, name)
    for name, value in opportunity.details.items():
        if isinstance(value, str):
            yield f"details.{name}", value
    yield "questions", " · ".join(one["text"] for one in opportunity.questions)


def tells(opportunity: Opportunity, *writers: User) -> frozenset[str]:
    """What would give the group away, letters and digits alone; `writers`: others of it who say something."""
    people = [(opportunity.contact_name, opportunity.contact_email)]
    people += [(opportunity.deputy_name, opportunity.deputy_email)]
    people += [_person(one) for one in (opportunity.created_by, *writers) if one]
    return tells_of_group(opportunity.owner, people)


def withheld(opportunity: Opportunity, writer: User) -> frozenset[str]:
    """What this person of its group does not write to companies; nothing where they read the group's name anyway."""
    return tells(opportunity, writer) if opportunity.confidential else frozenset()


def tells_of_writer(group: Organisation, writer: User) -> frozenset[str]:
    """The same for what this person of the group writes to somebody who does not know which group it is."""
    return tells_of_group(group, [_person(writer)])


def tells_of_group(group: Organisation, people: Collection[tuple[str, str]] = ()) -> frozenset[str]:
    """What would tell which group it is; `people`: the name and the address of those who act for it."""
    addresses = [address for _name, address in people]
    site = urlsplit(group.website).hostname or ""
    hosts = [site.removeprefix("www."), *(address.partition("@")[2].lower() for address in addresses)]
    hosts = [host for host in dict.fromkeys(hosts) if host and host not in PUBLIC_MAIL]
    own = [word for host in hosts for word in _telling(" ".join(host.split(".")[:-1]))]
    profiles = GroupProfile.objects.filter(organisation=group)
    names = [name for known in profiles.values_list("known_names", flat=True) for name in known]
    written = [group.name, *names, *(name for name, _address in people), *addresses, *hosts]
    known = {"".join(_words(text)) for text in written} | {_core(group.name), *_telling(group.name), *own}
    return frozenset(known - {""})


def _person(user: User) -> tuple[str, str]:
    return user.get_full_name(), user.email


def tells_in_files(opportunity: Opportunity) -> frozenset[str]:
    """Also the surname of those who may have written a file: it is put there by itself."""
    creator = opportunity.created_by
    people = [opportunity.contact_name, opportunity.deputy_name, creator.get_full_name() if creator else ""]
    return tells(opportunity) | {word for name in people for word in _telling(name.rpartition(" ")[2])}


def tells_of_asker(asker: User, opportunity: Opportunity) -> frozenset[str]:
    """What would tell which company asks, and who; not what is announced."""
    company, announced = asker.organisation, [text for _field, text in public_texts(opportunity)]
    return (tells_of_company(company, announced=announced) if company else frozenset()) | tells_of_person(asker)


def tells_of_company(company: Organisation, *, announced: Collection[str] = ()) -> frozenset[str]:
    """A name of one word tells nothing when it is a word of the trade or of what is announced: a company called
    « Vannes » may speak of « vannes », and not say « chez Vannes »."""
    name = company.name
    host = (urlsplit(company.website).hostname or "").removeprefix("www.")
    usual = {_stem(word) for text in announced for word in _words(text)} | _trade()
    alone = [name, host, *map(_core, (name, host.rpartition(".")[0]))]
    squeezed = {"".join(_words(text)) for text in alone}
    known = {one for one in squeezed if len(one) >= SHORTEST_NAME and _stem(one) not in usual}
    bare = [word for word in _words(name) if word not in LEGAL]
    said = [f"{way}{one}" for way in _ANNOUNCING.split() for one in ("".join(bare), *_telling(name)) if one]
    return frozenset({*known, *said})


def tells_of_person(person: User) -> frozenset[str]:
    first, last = ("".join(_words(part)) for part in (person.first_name, person.last_name))
    if not first or not last:
        return frozenset()
    return frozenset({*(f"{title}{last}" for title in _TITLES.split()), first + last, last + first})


def first_in(text: str, wanted: Collection[str]) -> str:
    """The first run of whole words, as written there, that squeezed together is one of `wanted`; or nothing."""
    as_written = re.findall(r"[^\W_]+", unescape(text))  # Markdown shows « &#97; » as « a »
    words = [folded(word) for word in as_written]
    longest = max(map(len, wanted), default=0)
    for start, word in enumerate(words):
        if any(len(tell) >= PREFIX and word.startswith(tell) for tell in wanted):
            return as_written[start]
        run = ""
        for stop, more in enumerate(words[start:], start + 1):
            run += more
            if run in wanted:
                return " ".join(as_written[start:stop])
            if len(run) > longest:
                break
    return ""


def _core(name: str) -> str:
    """The name without its legal form; nothing when only a common word or a number is left."""
    kept = [word for word in _words(name) if word not in LEGAL]
    is_telling = any(not word.isdigit() for word in kept) and (len(kept) > 1 or kept[0] not in _common())
    return "".join(kept) if is_telling else ""


def _telling(text: str) -> list[str]:
    """The words that point to one company alone."""
    return [word for word in _words(text) if len(word) >= SHORTEST and word not in _common() and not word.isdigit()]


@cache
def _common() -> frozenset[str]:
    """Words of every name, and those of our own lists of sectors and places."""
    terms: list[Any] = [*sectors.SECTORS.values(), *places.PLACES.values()]
    listed = {word for term in terms for text in (term.label_fr, term.label_en) for word in _words(text)}
    return frozenset(COMMON | listed)


@cache
def _trade() -> frozenset[str]:
    """Words that half of a trade says, without their plural."""
    listed = [text for one in thesaurus.meanings() for text in (*one.words, *one.also)]
    divisions = [one for scheme in codes.DIVISIONS.values() for one in scheme.values()]
    listed += [text for one in divisions for text in (one.label_fr, one.label_en)]
    return frozenset({_stem(word) for word in (*_common(), *(word for text in listed for word in _words(text)))})


def _stem(word: str) -> str:
    return word.rstrip("sx")


def _words(text: str) -> list[str]:
    return [folded(word) for word in re.findall(r"[^\W_]+", text)]
