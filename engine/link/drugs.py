"""Which chemicals are drugs: what DrugBank lists under a medicine's name, and is no mere nutrient or metabolite.

The rule. A concept is a Drug if DrugBank's vocabulary lists it; if a naming authority or a drug compendium names it
(UNII's tags: INN, USAN, JAN, WHO-DD, USP, Orange Book, ...), so that ligands that DrugBank took from crystal
structures stay Chemicals; if MeSH doesn't place it among elements and ions only; and if it is none of the
substances of the body and the kitchen below. Vitamins and hormones stay drugs. Knows nothing else.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

from engine.link.normalise import name_key

_DRUG_TAGS: Final = frozenset(
    {
        *("INN", "USAN", "JAN", "WHO-DD", "WHO DD", "WHO-IP", "MART.", "VANDF", "ORANGE BOOK", "PURPLE BOOK CDER"),
        *("GREEN BOOK", "USP-RS", "USP MONOGRAPH", "USP", "EP MONOGRAPH", "EP", "EMA EPAR", "EMA EPAR VETERINARY"),
        *("JP", "CHP"),
    }
)
_ELEMENTS_AND_IONS: Final = ("D01.268", "D01.248", "D01.552", "D23", "D01.075")
_USED_AS_DRUGS: Final = frozenset({"lithium", "gold", "radium", "strontium"})
_OF_BODY_AND_KITCHEN: Final = """
    acetaldehyde; acetate; acetic acid; acetone; acetyl coenzyme a; adenine; adenosine 5'-monophosphate; adenosine
    diphosphate; adenosine monophosphate; adenosine triphosphate; agar; alanine; albumin; alcohol;
    alpha-ketoglutaric acid; aluminium; aluminum; ammonia; ammonium; aniline; arachidonic acid; arginine; arsenic;
    asparagine; aspartate; aspartic acid; benzene; betaine; bicarbonate; bicarbonate ion; bilirubin; biliverdin;
    bisphenol a; bromine; butyric acid; cadmium; caffeic acid; calcium; calcium cation; carbon; carbon dioxide;
    carbon monoxide; carnosine; cellulose; ceramide; chitin; chloride; chloride ion; chlorine; chloroform;
    cholesterol; choline; chromium; citric acid; citrulline; cobalt; coenzyme a; collagen; copper; corn oil;
    creatine; creatinine; cupric cation; cyclic adenosine monophosphate; cyclic amp; cyclic gmp; cysteine; cystine;
    cytidine; cytosine; d-glucose; d-serine; dextrose; dimethyl sulfoxide; docosahexaenoic acid; egg; estrone
    sulfate; ethanol; ferrous cation; fish oil; fluoride; fluoride ion; formaldehyde; formic acid; fructose; fumaric
    acid; galactose; gamma-aminobutyric acid; gelatin; glucose; glutamate; glutamic acid; glutamine; glutathione;
    glutathione disulfide; gluten; glycerin; glycerol; glycine; guanine; guanosine; guanosine triphosphate; helium;
    heme; hemin; histamine; histidine; histone; homocysteine; hyaluronic acid; hydrochloric acid; hydrogen; hydrogen
    peroxide; hydrogen sulfide; hydroxyproline; hypoxanthine; inosine; inositol; iodide; iodine; iron; isoleucine;
    isopropyl alcohol; kynurenic acid; kynurenine; lactate; lactic acid; lactose; lauric acid; lead; lecithin;
    leucine; linoleic acid; lysine; magnesium; magnesium cation; malic acid; malondialdehyde; maltose; manganese;
    mannitol 6-phosphate; mannose; mercury; methanol; methionine; milk; myristic acid; nad; nad+; nadh; nadp; nadph;
    nickel; nicotinamide adenine dinucleotide; nitrate; nitric oxide; nitrite; nitrogen; octanoic acid; oleic acid;
    olive oil; ornithine; oxalic acid; oxaloacetic acid; oxygen; palmitic acid; pectin; phenol; phenylalanine;
    phosphate; phosphate ion; phosphatidylcholine; phosphatidylserine; phosphocreatine; phosphoric acid; phosphorus;
    phosphorylcholine; potassium; potassium cation; prolactin; proline; propionic acid; propylene glycol;
    putrescine; pyruvate; pyruvic acid; quinolinic acid; ribose; selenium; serine; serotonin; silicon dioxide;
    sodium; sodium bicarbonate; sodium cation; sodium chloride; sodium dodecyl sulfate; sorbitol; soybean oil;
    spermidine; spermine; sphingosine; squalene; starch; stearic acid; succinic acid; sucrose; sulfate; sulfur;
    sulfuric acid; superoxide; tartaric acid; taurine; threonine; thymidine; thymine; tobacco leaf; toluene;
    trehalose; tryptamine; tryptophan; tyramine; tyrosine; uracil; urea; urethane; uric acid; uridine; valine;
    water; wheat; xanthine; xylene; xylose; zinc; zinc cation
"""
_NO_DRUGS: Final = frozenset(name_key(name) for name in _OF_BODY_AND_KITCHEN.split(";"))


def is_drug(names: AbstractSet[str], *, tags: AbstractSet[str], trees: tuple[str, ...]) -> bool:
    """Whether a concept that DrugBank lists is a drug, by its preferred names, UNII tags and MeSH trees."""
    keys = {name_key(name) for name in names} | {name_key(name.removeprefix("L-")) for name in names}
    if keys & _USED_AS_DRUGS:
        return True
    if not tags & _DRUG_TAGS or keys & _NO_DRUGS:
        return False
    return not trees or not all(tree.startswith(_ELEMENTS_AND_IONS) for tree in trees)
