"""Pairs that a sentence names without saying anything of them."""

from __future__ import annotations

import re

import pytest

from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.wording.unrelated import find_unrelated
from engine.wording.unrelated.pairs import ALL, CARED, CONSUMED, HARMED, LOWERED, MOVED, RAISED, TREATED

TYPES = {"C": CHEMICAL, "D": DISEASE, "G": GENE}


def unrelated(marked: str) -> dict[tuple[str, str], frozenset[str]]:
    """What `find_unrelated` says of a sentence whose names stand as `C[aspirin]`."""
    mentions, text = [], ""
    for part in re.split(r"([CDG]\[[^]]+\])", marked):
        if re.fullmatch(r"[CDG]\[[^]]+\]", part):
            mentions.append((Span(len(text), len(text) + len(part) - 3), TYPES[part[0]]))
            part = part[2:-1]
        text += part
    found = find_unrelated(text, mentions, Span(0, len(text)), ALL)
    names = [text[span.start : span.end] for span, _ in mentions]
    return {(names[head], names[tail]): predicates for (head, tail), predicates in found.items()}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("G[ACE] inhibitor-associated D[angioedema]", {("ACE", "angioedema")}),
        ("G[ACE]-inhibitors in D[angioedema]", {("ACE", "angioedema")}),
        ("G[ACE]\u2010inhibitors in D[angioedema]", {("ACE", "angioedema")}),
        ("G[angiotensin-converting enzyme] (G[ACE]) inhibitors in D[angioedema]",
         {("ACE", "angioedema"), ("angiotensin-converting enzyme", "angioedema")}),
        ("G[Calcium channel] blockers for D[angioedema]", {("Calcium channel", "angioedema")}),
        ("G[ACE] activity in D[angioedema]", set()),
        ("G[ACE], inhibitors and D[angioedema]", set()),
    ],
)  # fmt: skip
def test_a_gene_in_the_name_of_a_class_of_drugs_relates_to_no_disease(text: str, pairs: set[tuple[str, str]]) -> None:
    found = unrelated(text)
    assert set(found) == pairs
    assert all(predicates == ALL[GENE, DISEASE] for predicates in found.values())


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("C[Nifedipine] is a C[dihydropyridine], and C[lisinopril] is an G[ACE] inhibitor.", set()),
        ("C[Nifedipine] is a calcium antagonist, and C[lisinopril] is an G[ACE] inhibitor.", {("Nifedipine", "ACE")}),
        ("C[Nifedipine], a G[calcium channel] blocker, and C[lisinopril], an G[ACE] inhibitor, were given.",
         {("Nifedipine", "ACE"), ("lisinopril", "calcium channel")}),
        ("C[Sirolimus] and second-generation G[mTOR] inhibitors, such as C[temsirolimus], are safe.", set()),
        ("The G[JNK] inhibitor C[SP600125] prevented what C[isoproterenol] induced.", set()),
    ],
)  # fmt: skip
def test_only_a_drug_of_another_class_is_told_apart_from_a_class(text: str, pairs: set[tuple[str, str]]) -> None:
    assert set(unrelated(text)) == pairs


def test_what_is_measured_neither_treats_nor_harms_and_what_is_drunk_doesnt_treat() -> None:
    assert unrelated("Serum C[creatinine] rose in D[nephropathy].") == {("creatinine", "nephropathy"): CARED}
    assert unrelated("Cirrhosis by C[alcohol] abuse, with D[ascites].") == {("alcohol", "ascites"): TREATED}
    resisted = unrelated("C[Teicoplanin] for C[methicillin]-resistant Staphylococcus D[infection].")
    assert resisted == {("methicillin", "infection"): CARED}
    assert unrelated("C[Cisplatin] refractory D[cancer].") == {("Cisplatin", "cancer"): CARED}
    assert unrelated("C[Steroid]-dependent D[asthma].") == {}


def test_what_a_drug_lessens_it_does_not_induce_and_what_it_brings_about_it_does_not_treat() -> None:
    assert unrelated("C[Ramipril]-induced regression of left D[hypertrophy].") == {("Ramipril", "hypertrophy"): HARMED}
    assert unrelated("Healing of C[NSAID]-associated gastric D[ulcers].") == {("NSAID", "ulcers"): TREATED}
    assert unrelated("C[Ramipril] is related to D[cough].") == {}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("D[Abscess] due to C[methicillin]-resistant bacteria", {("methicillin", "Abscess"): CARED}),
        ("C[meropenem]-susceptible D[meningitis]", {("meropenem", "meningitis"): CARED}),
        ("D[asthma] in C[aspirin]-intolerant patients", {("aspirin", "asthma"): TREATED}),
        ("D[Tumor] growth-inhibitory effects of C[taxol]", {("taxol", "Tumor"): HARMED}),
        ("D[embolism] was successfully treated with C[oxygen]", {("oxygen", "embolism"): HARMED}),
        ("D[neutropenia] in patients treated with C[taxol]", {}),
        ("C[lobaplatin], with reduced D[toxicity]", {("lobaplatin", "toxicity"): TREATED}),
        ("C[morphine], with reduced D[pain]", {}),
        ("C[Dexrazoxane] reduced D[cardiotoxicity]", {}),
        ("D[acidosis] was successfully treated with withdrawal of C[metformin]", {}),
        ("C[Somatostatin] analogs in D[acromegaly]", {}),
        (
            "the C[vitamin D] analog C[calcipotriol] in D[psoriasis]",
            {("vitamin D", "psoriasis"): ALL[CHEMICAL, DISEASE]},
        ),
        ("C[aspirin]-sensitive D[asthma]", {}),
        ("C[Salbutamol] is the drug of choice for D[asthma]", {("Salbutamol", "asthma"): HARMED}),
        ("There was less D[nausea] with C[fentanyl]", {("fentanyl", "nausea"): HARMED}),
        ("Less commonly, D[hepatitis] came with C[minocycline]", {}),
        ("C[PEG] caused less D[nausea]", {}),
        ("D[reflux] that persists during C[omeprazole] therapy", {("omeprazole", "reflux"): TREATED}),
        ("Patients with D[asthma] who failed to achieve control were treated with C[omalizumab]", {}),
        ("D[diabetes] in patients who did not achieve the goal with C[metformin] or C[insulin]",
         {("metformin", "diabetes"): CARED, ("insulin", "diabetes"): CARED}),
        ("C[Melperone] in the treatment of D[psychosis] in D[Parkinson's disease]",
         {("Melperone", "Parkinson's disease"): TREATED}),
        ("C[Melperone] for D[psychosis] in D[Parkinson's disease]", {("Melperone", "Parkinson's disease"): TREATED}),
        ("C[Levodopa] for D[rigidity] in D[Parkinson's disease]", {}),
        ("C[isradipine] of the C[dihydropyridine] class in D[angina]",
         {("dihydropyridine", "angina"): ALL[CHEMICAL, DISEASE]}),
        ("C[FK317], a novel substituted C[dihydrobenzoxazine], in D[cancer]",
         {("dihydrobenzoxazine", "cancer"): ALL[CHEMICAL, DISEASE]}),
        ("C[FK317], a prodrug of C[FR900482], in D[cancer]", {}),
        ("Methylphenidate hydrochloride (C[HCl]) in D[ADHD]", {("HCl", "ADHD"): ALL[CHEMICAL, DISEASE]}),
        ("Doxorubicin hydrochloride (C[DOX]) for D[cancer]", {}),
        ("C[aspirin], a C[statin], and C[clopidogrel] after D[stroke]", {}),
        ("C[aspirin] > 325 mg/day and D[bleeding]", {}),
        ("C[creatinine] > 2 mg/dl and D[bleeding]", {("creatinine", "bleeding"): CARED}),
        ("C[creatinine], > or =132 micromol/L, and D[diabetes]", {("creatinine", "diabetes"): CARED}),
        ("C[sumatriptan] D[migraine]", {}),
        ("C[sumatriptan] for D[migraine] with or without D[aura]", {("sumatriptan", "aura"): TREATED}),
        ("C[gemcitabine] with or without surgery for D[cancer]", {}),
        ("C[losartan] did not cause rebound D[hypertension]", {("losartan", "hypertension"): TREATED}),
        ("C[labetalol] controlled rebound D[hypertension]", {}),
        ("C[aspirin] in non-D[diabetic] patients", {("aspirin", "diabetic"): TREATED}),
        ("D[Nausea] was significantly less frequent in patients on C[losartan]", {("losartan", "Nausea"): HARMED}),
        ("a smaller percentage of C[losartan]-treated patients experienced D[cough]", {("losartan", "cough"): HARMED}),
        ("C[fentanyl] caused a higher incidence of D[nausea] than C[ketamine]", {("ketamine", "nausea"): HARMED}),
        ("the benefits of C[losartan] in D[stroke]", {("losartan", "stroke"): HARMED}),
        ("C[losartan] has beneficial effects on D[stroke]", {("losartan", "stroke"): HARMED}),
        ("indications for C[digoxin] include D[heart failure]", {("digoxin", "heart failure"): HARMED}),
        ("C[zinc] brought a decrease of D[pneumonia]", {("zinc", "pneumonia"): HARMED}),
        ("C[halothane] caused a decrease in blood pressure and D[bradycardia]", {}),
        ("C[methotrexate] dose was reduced in patients with D[hepatotoxicity]", {}),
        ("D[Bleeding] was less common in men than in women taking C[warfarin]", {}),
        ("D[bradycardia] was more common with low than with high doses of C[propofol]", {}),
        ("The benefits of C[estrogen] on bone outweigh the risk of D[thrombosis]", {}),
        ("Complete D[emesis] control in patients on C[cisplatin]", {}),
        ("Contra-indications for C[metformin] include D[lactic acidosis]", {}),
        ("D[Parkinsonism] improved after C[levodopa] challenge", {}),
        ("Patients with D[depression] who had failed SSRIs received treatment with C[lithium]", {}),
        ("Patients with D[hypertension] and contraindications to beta-blockers were given C[amlodipine]", {}),
        ("C[alendronate] prevented D[decrease in bone density]", {}),
        ("cessation of C[zinc] brought a decrease of D[pneumonia]", {}),
        ("C[aminophylline] brought a decrease in D[fibrillation] threshold", {}),
        ("D[Headache] response rates with C[eletriptan]", {("eletriptan", "Headache"): HARMED}),
        ("D[seizure]-free days on C[valproate]", {("valproate", "seizure"): HARMED}),
        ("the D[hypotensive] response to C[propofol]", {}),
        ("C[dobutamine] stress echocardiography in D[angina]", {("dobutamine", "angina"): TREATED}),
        ("International D[Headache] Society criteria for C[sumatriptan]",
         {("sumatriptan", "Headache"): ALL[CHEMICAL, DISEASE]}),
        ("a study of D[headache] after C[sumatriptan]", {}),
        ("C[diltiazem] reduced ST D[depression]", {("diltiazem", "depression"): ALL[CHEMICAL, DISEASE]}),
        ("C[losartan] and D[blood pressure reduction]", {("losartan", "blood pressure reduction"): TREATED}),
        ("bupropion or placebo (C[PLA]) in D[depression]", {("PLA", "depression"): ALL[CHEMICAL, DISEASE]}),
        ("D[Migraine] that failed treatment with C[ergotamine]", {("ergotamine", "Migraine"): CARED}),
        ("C[Risperidone] in the treatment of C[dopamine]-induced D[psychosis] in D[Parkinson's disease]",
         {("Risperidone", "Parkinson's disease"): TREATED, ("dopamine", "psychosis"): TREATED}),
        ("a C[platinum] complex for D[cancer]", {("platinum", "cancer"): ALL[CHEMICAL, DISEASE]}),
    ],
)  # fmt: skip
def test_what_a_drug_neither_brings_about_nor_is_given_for(
    text: str, pairs: dict[tuple[str, str], frozenset[str]]
) -> None:
    assert unrelated(text) == pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("the D[tumour] suppressor G[TET2] is a substrate of G[AMPK]", {("AMPK", "tumour")}),
        ("G[Mxi1] is regarded as a D[tumor] suppressor", set()),
        ("G[AR] and G[mTOR] inhibitors in D[cancer]", {("AR", "cancer"), ("mTOR", "cancer")}),
        ("G[CD4] lymphocyte counts and D[AIDS]", {("CD4", "AIDS")}),
        ("G[COX-2]-selective inhibitors in D[arthritis]", {("COX-2", "arthritis")}),
        ("G[insulin] resistance in D[obesity]", {("insulin", "obesity")}),
        ("G[TRAIL] resistance in D[cancer]", set()),
        ("G[CD4] counts and D[overdose]", {("CD4", "overdose")}),
        ("In D[cancer] with mutant G[KRAS], G[EGFR] inhibitors fail", {("EGFR", "cancer")}),
    ],
)
def test_genes_that_a_disease_is_not_said_of(text: str, pairs: set[tuple[str, str]]) -> None:
    assert {pair for pair, predicates in unrelated(text).items() if predicates == ALL[GENE, DISEASE]} == pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Knockdown of G[RSK2] expression reduces G[IFNG]", {("RSK2", "IFNG"): {"DOWNREGULATES"}}),
        ("lower levels of G[IFNG] in the G[RSK2] KO mice", {("RSK2", "IFNG"): {"DOWNREGULATES"}}),
        ("G[RSK2]-deficient cells had increased G[IFNG]", {("RSK2", "IFNG"): {"UPREGULATES"}}),
        ("G[RSK2] reduces G[IFNG]", {}),
        ("upregulation of G[CD80] was reduced in G[HOIP]-deficient cells", {}),
        ("Knockdown of G[STAT3] slowed growth and reduced G[MYC]", {("STAT3", "MYC"): {"DOWNREGULATES"}}),
        ("Knockdown of G[MDM2] reduced degradation of G[p53]", {}),
        ("G[IL1] increased G[IL6] in wild-type but not in G[MYD88]-null mice", {}),
    ],
)
def test_what_moves_where_a_gene_is_lost_the_gene_moves_the_other_way(
    text: str, pairs: dict[tuple[str, str], set[str]]
) -> None:
    assert unrelated(text) == pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("C[gefitinib] with the G[YAP1] inhibitor C[verteporfin]", {("gefitinib", "YAP1")}),
        ("C[Doxorubicin] and C[MI-2] (a G[menin] inhibitor), and C[AZD1], an G[ERK] inhibitor",
         {("MI-2", "ERK"), ("AZD1", "menin")}),
        ("C[rofecoxib], a G[COX-2]-specific inhibitor, with that of C[ibuprofen]", {("ibuprofen", "COX-2")}),
        ("C[meloxicam], which preferentially inhibits G[COX-2] over G[COX-1], versus C[piroxicam]",
         {("piroxicam", "COX-2")}),
        ("G[ACE] inhibition by C[captopril], beta-blocker therapy by C[metoprolol]", {("metoprolol", "ACE")}),
        ("C[roxithromycin] and its combination with a G[proton pump] inhibitor", {("roxithromycin", "proton pump")}),
        ("C[rofecoxib] compared with nonselective G[COX-1] and G[COX-2] inhibitors",
         {("rofecoxib", "COX-1"), ("rofecoxib", "COX-2")}),
        ("G[proton pump] inhibitors (PPI) or C[ranitidine]", {("ranitidine", "proton pump")}),
        ("G[beta2] agonist and high dose C[budesonide]", {("budesonide", "beta2")}),
        ("G[Proton pump] inhibitors are used in combination with C[amoxicillin]", {("amoxicillin", "Proton pump")}),
        ("C[lansoprazole] was superior to G[H2-receptor] antagonists", {("lansoprazole", "H2-receptor")}),
    ],
)  # fmt: skip
def test_a_drug_beside_the_class_of_another(text: str, pairs: set[tuple[str, str]]) -> None:
    assert pairs <= set(unrelated(text))


@pytest.mark.parametrize(
    "text",
    [
        "C[Indomethacin] more potently inhibits G[COX-1] than C[aspirin]",
        "G[COX-2] inhibition by C[celecoxib] and to a lesser extent by C[aspirin]",
        "C[Captopril] was compared with the G[ACE] inhibitor (C[captopril])",
        "C[Afatinib] is a more potent G[EGFR] inhibitor than C[gefitinib]",
        "C[Rofecoxib] is an alternative to standard G[COX] inhibitors",
        "C[Lapatinib] is superior to first-generation G[EGFR] inhibitors",
    ],
)
def test_a_drug_beside_another_of_its_class(text: str) -> None:
    assert ALL[CHEMICAL, GENE] not in unrelated(text).values()


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("C[lisinopril] improves G[insulin] sensitivity", {("lisinopril", "insulin"): MOVED}),
        ("C[lisinopril] lowers urinary G[albumin] excretion", {("lisinopril", "albumin"): MOVED}),
        ("C[lisinopril] lowers G[insulin] levels", {}),
        ("C[lansoprazole] is metabolised into C[sulphone] by G[CYP3A4]", {("sulphone", "CYP3A4"): CONSUMED}),
        ("G[PLpro] is rich in C[cysteines]", {("cysteines", "PLpro"): CONSUMED}),
        ("C[ethanol] is oxidised by G[ADH] to C[acetaldehyde]", {("acetaldehyde", "ADH"): CONSUMED}),
        ("C[losartan] lowered glycated G[hemoglobin]", {("losartan", "hemoglobin"): MOVED}),
        ("C[celecoxib] spares G[COX-1]", {("celecoxib", "COX-1"): LOWERED}),
        (
            "C[aspirin] reversed the C[cisplatin]-induced inhibition of G[IL-6]",
            {("aspirin", "IL-6"): LOWERED, ("cisplatin", "IL-6"): RAISED},
        ),
        ("C[aspirin] prevented the increase in G[IL-6] expression", {("aspirin", "IL-6"): RAISED}),
        ("C[aspirin] prevented the induction of G[IL-6] gene expression by C[LPS]", {("aspirin", "IL-6"): RAISED}),
        ("In rats given C[cisplatin], C[melatonin] prevented the increase in G[TNF]", {("melatonin", "TNF"): RAISED}),
        ("C[Melatonin] prevented the increase in G[TNF] induced by C[cisplatin]", {("Melatonin", "TNF"): RAISED}),
        ("Inhibition of constitutive activation of G[STAT3] by C[curcumin]", {}),
        ("Reduced activation of G[NF-kB] by C[curcumin]", {}),
        ("An increase in degradation of G[HIF1A] by C[geldanamycin]", {("geldanamycin", "HIF1A"): RAISED}),
        ("Unlike C[indomethacin], C[celecoxib] spares G[COX-1]", {("celecoxib", "COX-1"): LOWERED}),
        ("C[ibuprofen] did not spare G[COX-1]", {}),
        ("C[cisplatin] increased urinary G[KIM-1]", {}),
        ("Reversible inhibition of G[CES1] by C[aspirin]", {("aspirin", "CES1"): RAISED}),
        ("activation of G[NF-kB] was reduced by C[catalpol]", {}),
        ("G[IL-24] induction by C[sulindac]", {("sulindac", "IL-24"): LOWERED}),
        ("suppression of G[IL-6] expression by C[aspirin]", {("aspirin", "IL-6"): RAISED}),
        ("Inhibition of G[NF-kappa B] activation by C[PDTC]", {}),
        ("Inhibition of the induction of G[iNOS] by C[dexamethasone]", {}),
        ("Codeine is metabolized by G[CYP2D6] to C[morphine], a substrate of G[UGT2B7]", {}),
        ("C[Midazolam] is metabolized by G[CYP3A4], similar to C[triazolam]", {}),
        ("inhibition of G[IL-6]-producing cells by C[aspirin]", {}),
    ],
)
def test_what_a_drug_does_not_do_to_a_protein(text: str, pairs: dict[tuple[str, str], frozenset[str]]) -> None:
    assert unrelated(text) == pairs


def test_what_made_the_animals_ill_brought_their_disease_about() -> None:
    found = unrelated("C[Losartan] and pressure in C[streptozotocin]-induced D[diabetic] rats")
    assert found == {("Losartan", "diabetic"): CARED, ("streptozotocin", "diabetic"): TREATED}
    for made_ill in ("C[streptozotocin] (C[STZ])-induced D[diabetic] rats", "C[STZ]-induced type 1 D[diabetic] rats"):
        assert not any("INDUCES" in predicates for predicates in unrelated(f"pressure in {made_ill}").values())


def test_only_the_types_that_are_asked_for_are_read() -> None:
    text, spans = "ACE inhibitors in angioedema", [(Span(0, 3), GENE), (Span(18, 28), DISEASE)]
    assert find_unrelated(text, spans, Span(0, len(text)), {(CHEMICAL, GENE)}) == {}
    assert set(find_unrelated(text, spans, Span(0, len(text)), {(GENE, DISEASE)})) == {(0, 1)}
