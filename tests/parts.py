"""Matches as people read them: (criterion, answer, points, most points[, evidence]) for each criterion."""

from matching import answers

FACTS = {
    "text": ("words",), "reference": ("work", "words"), "codes": ("code",), "near": ("count",),
    "code_place": ("work", "place", "code"), "place": ("work", "place"), "reach": ("count",), "wanted": ("wish",),
    "experience": ("has",), "certifications": ("has",), "languages": ("has",), "sectors": ("has",),
}  # fmt: skip


def kept(parts):
    """The same as the table keeps it: a legend, and what refers to it."""
    legend = {
        "criteria": [],
        "words": {"text": [], "reference": []},
        "nodes": {"code": [], "place": [], "wish": []},
        "asked": {},
        "must": {},
    }
    points, said, facts = [], 0, []
    for place, (criterion, answer, got, most, *evidence) in enumerate(parts):
        names = FACTS.get(criterion, ())
        legend["criteria"].append([criterion, round(most * answers.POINT), names])
        points.append(round(got * answers.POINT))
        said |= answers.ANSWERS.index(answer) << 2 * place
        facts += [fact(legend, criterion, name, *evidence) for name in names]
        if evidence and "must" in evidence[0]:
            legend["must"][criterion] = evidence[0]["must"]
    return {"legend": legend, "points": points, "said": said, "facts": facts}


def fact(legend, criterion, name, evidence=None):
    evidence = evidence or {}
    if name == "work":
        work = evidence.get("work")
        return -1 if not work else -2 if work == "x" else int(work[1:])
    if name == "count":
        return evidence.get("count", 0)
    if name == "has":
        legend["asked"][criterion] = [*evidence.get("has", []), *evidence.get("lacks", [])]
        return (1 << len(evidence.get("has", []))) - 1
    if name == "words":
        legend["words"][criterion] = evidence.get("words", [])
        return (1 << len(evidence.get("words", []))) - 1
    node = evidence.get("place" if name == "wish" else name)
    if node is None:
        return 0
    legend["nodes"][name].append(node)
    return len(legend["nodes"][name])
