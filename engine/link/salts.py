"""Salts and the names of their bases: "imatinib mesylate" is told of, and looked up as, imatinib.

Knows nothing of vocabularies. Trade-off: only a last word from a closed list is taken off, and only from a drug's
organic name, so "sodium chloride" and "lithium carbonate" stay what they are.
"""

from __future__ import annotations

from typing import Final

_SALT_WORDS: Final = """
    acetate anhydrous besilate besylate bisulfate bisulphate bitartrate bromide calcium camsylate chloride citrate
    dihydrate dihydrochloride dimaleate disodium ditosylate edisylate esylate fumarate gluconate hcl hemihydrate
    hyclate hydrobromide hydrochloride hydrogen lactate magnesium malate maleate mesilate mesylate methanesulfonate
    methylsulfate monohydrate monohydrochloride napsylate nitrate olamine oxalate pamoate phosphate potassium sodium
    succinate sulfate sulphate tartrate tosylate trihydrate tromethamine xinafoate
"""
_SALTS: Final = frozenset(_SALT_WORDS.split())
_FIRST: Final = frozenset({"sodium", "potassium", "calcium", "magnesium", "disodium"})
# What is a salt of one of these is a substance of its own, not a form of a drug.
_MINERAL_WORDS: Final = """
    adenosine aluminium aluminum ammonium arsenic barium benzyl butyl cadmium calcium carbonyl cellulose cesium
    choline chondroitin chromium cobalt copper creatine cupric cuprous dermatan dextran dihydroxyacetone ethyl
    ferric ferrous fructose glucose glycerol gold guanosine heparan hydrogen inositol iron keratan lead lithium
    magnesium manganese mercuric mercury methyl myristate nickel phenyl phorbol polyvinyl potassium pyridoxal
    retinyl rubidium silver sodium strontium thallium tin tocopheryl uridine vinyl zinc
"""
_MINERALS: Final = frozenset(_MINERAL_WORDS.split())


def base_of_salt(name: str) -> str | None:
    """The name without its salt words; None if it has none, or what is left is a mineral or no drug's name."""
    words = name.split()
    if len(words) == 2 and words[0].lower() in _FIRST and words[1].lower().endswith("ate") and len(words[1]) > 8:
        return words[1] if words[1].lower() not in _SALTS else None  # "sodium valproate"
    end = len(words)
    while end > 1 and words[end - 1].lower() in _SALTS:
        end -= 1
    rest = words[:end]
    if end == len(words) or len(" ".join(rest)) < 5 or rest[0].lower() in _MINERALS or "," in name:
        return None
    return " ".join(rest)
