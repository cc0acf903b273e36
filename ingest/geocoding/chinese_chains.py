"""Which division an address means: from the names found in it, and from what else is known where they leave a doubt.

Here: the choice, over one signature at a time (some ten thousand for a million addresses). Not here: finding the names
(chinese_text.py), the columns of the result (chinese.py).

Each name speaks for the divisions that it may mean and for all within them; the division with the most support wins, the wider one of two
where the narrower adds nothing. Where several divisions that do not contain one another have equal support, the address is left at
what they share, unless the postal code, the credit code or the telephone speaks for one of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest.geocoding.chinese_latin import OPEN
from ingest.geocoding.chinese_tables import MUNICIPALITIES, Sense, current_code, divisions, lineage, senses, shared_division
from ingest.geocoding.chinese_text import HOUSE, LAND, MUCH, ROAD, STREET_PART, TOWN, WITH_TOWN, ZONE, read_signature

_PARTS = 3  # the first three segments are region, city and district; what follows is address and street
# Support: a full name at its place is worth 16. A short name is worth less than a full one, a former name less than one in
# force, and any name less the further it stands from the beginning. Set by hand, 2026-11-22: their order decides, not their size.
_FULL, _SHORT, _SHORT_DISTRICT = 16.0, 10.0, 7.0
_ZONE_OF = 4.0  # the city of a district after which a development zone is called
_SHORT_LATER = 2.9  # a short name of a district after another name: true only together with its city
_ALIKE = 2.0  # a district in Latin letters alone: as many people are called Heshan or Anda
_SHORT_COUNTY = 2.5  # of 44 counties named in short at the start of a training address 21 were a hill, a market or a housing estate
_NEXT_TO_NOTHING = 1.0  # a city further on, in nothing that looks like a name of its own
_ASIDE = 0.5  # a city in the name of a street, a bank, a company: decides only between places that are named themselves
_ENOUGH = 3.0  # below it a name alone decides nothing, and only helps to choose
_FORMER_LOSS, _LOOSE_LOSS = 1, 4
_RANK = {"province": 0, "city": 1, "district": 2}
# Full names that are parts of other names more often than districts, unless they stand where a district stands.
_GENERIC = frozenset(
    {"城区", "郊区", "矿区", "东区", "西区", "南区", "北区", "城东区", "城西区", "城中区", "城北区", "新城区", "新市区", "高新区"}
)
_ENOUGH_TO_CONTRADICT = 10
_HINT = {"postal_code": 5, "credit_code": 6, "phone": 3}
_DISTANCE = {"": 1.0, "^": 1.0, "near": 0.8, "far": 0.4, "street": 0.2}


@dataclass(frozen=True, slots=True)
class Mention:
    """One name in an address and how much it says for each division that it may mean."""

    segment: int
    name: str
    support: tuple[tuple[str, float], ...]

    def strongest(self) -> float:
        return max((support for _, support in self.support), default=0.0)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an address says: the division that is certain (`code`), what it might be beyond that, and why."""

    code: str | None = None
    candidates: tuple[str, ...] = ()
    district_name: str | None = None
    method: str = "none"
    codes: tuple[str, ...] = ()
    unsettled: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the postal code, the credit code or the telephone could say more."""
        return self.unsettled or self.code is None or divisions()[self.code].level == "province"


def _kind_of_distance(before: str) -> str:
    if STREET_PART in before or ROAD in before:
        return "street"
    if MUCH in before:
        return "far"
    return "near" if before not in ("", "^") else before


def _support(sense: Sense, name: str, after: str, distance: str, in_part: bool) -> tuple[str, float]:
    """The division that one meaning of a name speaks for, and how much; 0 where it means a street, a town or an institution there."""
    code, level = sense.code, divisions()[sense.code].level
    if name[0] == OPEN:  # in Latin letters between commas: a whole name, but perhaps of a village or a person
        return code, 0.0 if distance == "street" else _FULL - 1.0 if sense.kind == "full" else _ALIKE if level == "district" else _SHORT
    at_its_place = distance in ("", "^")
    if not sense.kind.endswith("short") and (len(name) > 2 or (after in ("", WITH_TOWN) and at_its_place)):
        loss = _FORMER_LOSS if sense.kind == "former" else _LOOSE_LOSS if sense.kind == "loose" else 0
        is_generic = name in _GENERIC and not at_its_place
        return code, 0.0 if is_generic else (_FULL - loss) * (1.0 if in_part else _DISTANCE[distance])
    is_local = level == "district" or not code.endswith("00")  # 东方 and 白沙, cities under a province, are as small as districts
    if is_local and after == ZONE and divisions()[code].name.endswith("区") and not in_part:
        return divisions()[code].parent, {"^": _ZONE_OF, "": _SHORT_LATER}.get(
            distance, 0.0
        )  # 武进高新区 is in 常州, and perhaps not in 武进区
    weight = _short_local(sense, after, distance, in_part) if is_local else _short_wide(after, distance, in_part)
    return code, weight - _FORMER_LOSS if sense.kind.startswith("former") and weight > _FORMER_LOSS else weight


def _short_local(sense: Sense, after: str, distance: str, in_part: bool) -> float:
    """What the short name of a district is worth: only where a district stands, and nothing in front of what makes it another name."""
    if in_part:
        return _SHORT_DISTRICT + 1
    if after in (ROAD, TOWN, HOUSE, LAND) or distance not in ("", "^") or (sense.kind == "former_short" and distance == "^"):
        return 0.0
    is_doubtful = divisions()[sense.code].name[-1] in "县旗" and after != WITH_TOWN
    return _SHORT_LATER if distance == "" else _SHORT_COUNTY if is_doubtful else _SHORT_DISTRICT


def _short_wide(after: str, distance: str, in_part: bool) -> float:
    """What the short name of a province or city is worth. Streets are called after cities far away: 南京东路 is in Shanghai."""
    if in_part:
        return _SHORT
    if after in (ROAD, TOWN):
        return 0.0
    if distance not in ("", "^"):
        return _ASIDE if after or distance == "street" else _NEXT_TO_NOTHING
    if after == HOUSE:
        return _SHORT_DISTRICT if distance == "^" else _ASIDE
    return _SHORT


def mentions(signature: str) -> list[Mention]:
    """The names of a signature that speak for some division."""
    found: list[Mention] = []
    passed: set[tuple[int, str]] = set()  # past a street everything is a house, a company, a second address
    for segment, before, name, after in read_signature(signature):
        distance, in_part = _kind_of_distance(before), segment < _PARTS
        for kind in ("far", "street"):
            if distance == kind or (segment, kind) in passed:
                passed.add((segment, kind))
                distance = kind
        if after == ROAD:
            passed.add((segment, "street"))
        support: dict[str, float] = {}
        for code, weight in (_support(sense, name, after, distance, in_part) for sense in senses()[name]):
            support[code] = max(weight, support.get(code, 0.0))
        if not in_part and name in _GENERIC:  # 西区 of 成都高新 is no division; 攀枝花's only where something speaks for 攀枝花
            support = {
                code: weight if any(_speaks_for(one, divisions()[code].parent) for one in found) else min(weight, _ASIDE)
                for code, weight in support.items()
            }
        if not in_part and name[0] != OPEN and not _is_full(name):
            support = _after_narrower(support, [mention for mention in found if mention.segment == segment])
        pairs = tuple(pair for pair in sorted(support.items()) if pair[1] > 0)
        if pairs:
            found.append(Mention(segment, name, pairs))
    return _named_once(found)


def _is_full(name: str) -> bool:
    return len(name) > 2 and any(sense.kind in ("full", "former", "loose") for sense in senses()[name])


def _after_narrower(support: dict[str, float], before: list[Mention]) -> dict[str, float]:
    """A short name of a province after a city, or of a city after a city or district, is part of another name (沭阳县浙江商城)."""
    ranks = [
        min(_RANK[divisions()[code].level] for code, _ in mention.support) for mention in before if mention.strongest() > _NEXT_TO_NOTHING
    ]
    narrowest = max(ranks, default=-1)
    return {code: weight if _RANK[divisions()[code].level] > narrowest else min(weight, _ASIDE) for code, weight in support.items()}


def _named_once(found: list[Mention]) -> list[Mention]:
    """Each name once a segment group, so that an address that says everything twice is not surer than one that says it once."""
    seen, kept = set(), []
    for mention in found:
        key = (mention.segment < _PARTS, mention.name)
        if key not in seen:
            seen.add(key)
            kept.append(mention)
    return kept


def _scores(found: list[Mention], candidates: Iterable[str]) -> dict[str, float]:
    return {code: sum(_speaks_for(mention, code) for mention in found) for code in candidates}


def _speaks_for(mention: Mention, code: str) -> float:
    above = lineage(code)
    return max((support for meant, support in mention.support if meant in above), default=0.0)


def choose(signature: str) -> Choice:
    """The division that the written names alone give."""
    found = mentions(signature)
    scores = _scores(found, {code for mention in found for code, weight in mention.support if weight > _ASIDE})
    if not scores:
        return Choice()
    best = max(scores.values())
    top = _widest(sorted(code for code, score in scores.items() if score == best))
    if best < _ENOUGH:
        return Choice(candidates=tuple(top), unsettled=True)
    if len(top) > 1:
        first = _stated_first(found, top)
        if first:
            return Choice(first[0], tuple(top), None, _method(found, first[0]), (first[1],), unsettled=True)
        return _left_open(found, top)
    return _settled(found, top[0])


def _widest(codes: list[str]) -> list[str]:
    """Of equal divisions one of which lies in another, the wider one."""
    return [code for code in codes if not any(other != code and other in lineage(code) for other in codes)]


def _stated_first(found: list[Mention], top: list[str]) -> tuple[str, str] | None:
    """Of several places each named by itself the first, and the code that says so; None for one name of many meanings.

    杭州市徐汇区 is left at 杭州; of two whole addresses in one field the first counts.
    """
    spoken = [[code for code in top if _speaks_for(mention, code)] for mention in found]
    spoken = [codes for codes in spoken if 0 < len(codes) < len(top)]
    if len(spoken) < 2 or len(spoken[0]) != 1 or not set(top) <= {code for codes in spoken for code in codes}:
        return None
    first = spoken[0][0]
    level = divisions()[first].level
    if level == "province" and first not in MUNICIPALITIES:
        return None
    return first, "district:several" if level == "district" else "district:contradicts_city"


def _settled(found: list[Mention], code: str) -> Choice:
    codes = _contradictions(found, code)
    if "region:contradicts_city" in codes and not _several_agree(found, code):
        stated = _stated_province(found, code)
        return Choice(code=stated, candidates=tuple(sorted({code, stated})), method=_method(found, stated), codes=codes, unsettled=True)
    return Choice(code=code, method=_method(found, code), codes=codes)


def _left_open(found: list[Mention], top: list[str]) -> Choice:
    """Several divisions with equal support: what they share is certain."""
    shared = shared_division(top)
    levels = sorted({divisions()[code].level for code in top})
    stated = next((code for mention in found for code, _ in mention.support if code in top and divisions()[code].level == "province"), None)
    if shared is None and stated:  # a province and a city elsewhere, each named once
        return Choice(stated, tuple(top), None, _method(found, stated), ("region:contradicts_city",), unsettled=True)
    is_one_name = len({divisions()[code].name for code in top}) == 1 and levels == ["district"]
    return Choice(
        code=shared,
        candidates=tuple(top),
        district_name=divisions()[top[0]].name if is_one_name else None,
        method=_method(found, shared) if shared else "none",
        codes=(f"{levels[-1] if levels != ['province'] else 'region'}:ambiguous",),
        unsettled=True,
    )


def _contradictions(found: list[Mention], code: str) -> tuple[str, ...]:
    """Names that speak against the chosen division: a province before a city elsewhere, a district of another city after it."""
    codes = set()
    for mention in found:
        if mention.strongest() < _ENOUGH_TO_CONTRADICT or _speaks_for(mention, code):
            continue
        if any(code in lineage(meant) for meant, _ in mention.support):
            continue
        levels = {divisions()[meant].level for meant, _ in mention.support}
        if "province" in levels:
            codes.add("region:contradicts_city")
        else:
            codes.add("city:contradicts_district" if "city" in levels else "district:contradicts_city")
    return tuple(sorted(codes))


def _several_agree(found: list[Mention], code: str) -> bool:
    """Whether two names at two levels speak for the chosen division, and not only the province's own."""
    levels = set()
    for mention in found:
        levels |= {divisions()[meant].level for meant, _ in mention.support if meant in lineage(code)}
    return len(levels) > 1


def _stated_province(found: list[Mention], code: str) -> str:
    return next(
        meant for mention in found for meant, _ in mention.support if divisions()[meant].level == "province" and meant not in lineage(code)
    )


def _method(found: list[Mention], code: str) -> str:
    segments = {mention.segment < _PARTS for mention in found if _speaks_for(mention, code)}
    return "+".join(name for name, is_there in (("parts", True in segments), ("address_text", False in segments)) if is_there)


def settle(choice: Choice, hints: dict[str, tuple[str, ...]]) -> Choice:
    """The choice with what the postal code, the credit code and the telephone say. `hints`: kind -> divisions that it stands for."""
    hints = {kind: codes for kind, codes in hints.items() if codes}
    if not hints:
        return choice
    if choice.candidates:
        decided = _decided_by(choice, hints)
        is_still_nothing = decided.code is None and not decided.codes  # a name too weak to count, and nothing else agrees with it
        return _filled(choice, hints) if is_still_nothing else decided
    if choice.code is None:
        return _filled(choice, hints)
    if divisions()[choice.code].level == "province":
        return _narrowed(choice, hints)
    return choice


def _agrees(hint: tuple[str, ...], code: str) -> bool:
    """Whether a hint's division contains the code or lies in it."""
    return any(one in lineage(code) or code in lineage(one) for one in hint)


def _decided_by(choice: Choice, hints: dict[str, tuple[str, ...]]) -> Choice:
    scores = {code: sum(_HINT[kind] for kind, hint in hints.items() if _agrees(hint, code)) for code in choice.candidates}
    best = max(scores.values())
    top = _widest(sorted(code for code, score in scores.items() if score == best)) if best else []
    if len(top) != 1:
        if len(top) > 1 and len(top) < len(choice.candidates) and (shared := shared_division(top)):
            helpers = [kind for kind, hint in hints.items() if _agrees(hint, shared)]
            return replace(choice, code=shared, candidates=tuple(top), method="+".join(filter(None, [_written(choice.method), *helpers])))
        return choice
    helpers = [kind for kind, hint in hints.items() if _agrees(hint, top[0])]
    kept = tuple(code for code in choice.codes if not code.endswith(":ambiguous"))
    method = "+".join([_written(choice.method) or "address_text", *helpers])
    return Choice(code=top[0], method=method, codes=kept)


def _written(method: str) -> str:
    return "" if method == "none" else method


def _filled(choice: Choice, hints: dict[str, tuple[str, ...]]) -> Choice:
    """Nothing is written: the credit code, the postal code and the telephone, in this order, as far as they agree."""
    for kind in _HINT_ORDER:
        if kind in hints:
            code = shared_division(list(hints[kind]))
            if code:
                others = [other for other in _HINT_ORDER if other != kind and other in hints and _agrees(hints[other], code)]
                against = [other for other in _HINT_ORDER if other in hints and not _agrees(hints[other], code)]
                codes = (*choice.codes, *(f"{other}:contradicts_{kind}" for other in against))
                return Choice(code=code, method="+".join([kind, *others]), codes=codes)
    return choice


_HINT_ORDER = ("credit_code", "postal_code", "phone")


def _narrowed(choice: Choice, hints: dict[str, tuple[str, ...]]) -> Choice:
    """A province is written: its city from the hints, where they name one in it and do not contradict one another."""
    named: dict[str, list[str]] = {}
    for kind in _HINT_ORDER:
        cities = {next((c for c in lineage(code) if divisions()[c].level == "city"), None) for code in hints.get(kind, ())}
        if len(cities) == 1 and (city := cities.pop()) and choice.code in lineage(city):
            named.setdefault(city, []).append(kind)
    if len(named) != 1:
        return choice
    city, kinds = next(iter(named.items()))
    return replace(choice, code=city, method="+".join([choice.method, *kinds]), unsettled=False)


def hints_of(credit: str | None, postal: tuple[str, ...], phone: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What the three say, as divisions: the credit code's six digits of any year, and the others as looked up."""
    registered = current_code(credit) if credit else None
    return {"credit_code": (registered,) if registered else (), "postal_code": postal, "phone": phone}
