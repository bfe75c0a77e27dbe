"""A vocabulary folder of a few lines a file, in the real files' form, for tests that build a lexicon."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.link import curated
from engine.link.archive import compress
from engine.link.build import build_lexicon
from engine.link.usage import Usage

_NO_USAGE = Usage()

_FILES = {
    "genes_human.tsv.gz": """
hgnc_id|symbol|name|locus_group|entrez_id|uniprot_ids|ensembl|mgi_ids|rgd_ids|synonyms
HGNC:3236|EGFR|epidermal growth factor receptor|protein-coding gene|1956|P00533|ENSG1|MGI:95294|RGD:2543|ERBB1;HER1
HGNC:11998|TP53|tumor protein p53|protein-coding gene|7157|P04637|ENSG2|MGI:98834|RGD:3889|p53;LFS1
HGNC:195|ADAM17|ADAM metallopeptidase domain 17|protein-coding gene|6868|P78536|ENSG3|MGI:1096335||TACE;CSVP
HGNC:1516|CAT|catalase|protein-coding gene|847|P04040|ENSG4|MGI:88271|RGD:2279|
HGNC:6008|IL2RA|interleukin 2 receptor subunit alpha|protein-coding gene|3559|P01589|ENSG5|MGI:96549||CD25
HGNC:6130|ISG20|interferon stimulated exonuclease gene 20|protein-coding gene|3669|Q96AZ6|ENSG6|||CD25
HGNC:20257|IMPACT|impact RWD domain protein|protein-coding gene|55364|Q9P2X3|ENSG7|||
HGNC:17208|BICD2|BICD cargo adaptor 2|protein-coding gene|23299|Q8TD16|ENSG8|||
HGNC:2342|CRAT|carnitine O-acetyltransferase|protein-coding gene|1384|P43155|ENSG9|||CATX
""",
    "genes_mouse.tsv.gz": """
entrez_id|mgi_id|symbol|name|type|synonyms
13649|95294|Egfr|epidermal growth factor receptor|protein-coding|Erbb;wa2
22059|98834|Trp53|transformation related protein 53|protein-coding|p53;p44
16184|96549|Il2ra|interleukin 2 receptor, alpha chain|protein-coding|CD25;Il2r
12359|88271|Cat|catalase|protein-coding|Cas-1
69000|1000|Gm1234|predicted gene 1234|protein-coding|
17709||COX2|cytochrome c oxidase subunit II|protein-coding|
""",
    "genes_rat.tsv.gz": """
rgd_id|symbol|ensembl|synonyms
2543|Egfr|ENSRNOG1|ERBB1;LOC24329
9999|LOC100911545|ENSRNOG2|
""",
    "uniprot_human_mouse_rat.tsv.gz": """
accession|entry_name|taxon
P00533|EGFR_HUMAN|9606
Q01279|EGFR_MOUSE|10090
P04637|P53_HUMAN|9606
""",
    "mesh_descriptors.tsv.gz": """
mesh_id|name|synonyms|tree_numbers
D001241|Aspirin|2-(Acetyloxy)benzoic Acid|D02.455.426
D005947|Glucose|Dextrose;D-Glucose|D09.947.875.359.448
D000068877|Imatinib Mesylate|Imatinib Methanesulfonate|D02.065.277.456
D014867|Water||D01.045.250
D001943|Breast Neoplasms|Breast Neoplasm;Breast Tumors|C04.588.180
D006973|Hypertension|Blood Pressure, High|C14.907.489
D012640|Seizures|Seizure|C10.597.742;C23.888.592.742
D010146|Pain||C23.888.592.612
D011839|Radiodermatitis|Dermatitis, Radiation-Induced|C17.800.174
D008238|Lysergic Acid Diethylamide|LSD|D03.132.327
D013999|Timolol Maleate|(S)-Timolol|D02.033
D010406|Penicillins|Antibiotics, Penicillin|D02.065.589
D006526|Hepatitis C|Parenterally-Transmitted Non-A, Non-B Hepatitis|C01.221.250.750
D011470|Prostatic Hyperplasia|Hyperplasia, Prostatic|C12.100.500.565.500
D000784|Aortic Dissection|Dissecting Aneurysm Aorta|C14.907.055.239
D007775|Lactation Disorders||C13.703.844
D000077192|Adenocarcinoma of Lung|Lung Adenocarcinoma|C04.588.894.797.520.055
D004066|Digestive System Diseases||C06
D007676|Kidney Failure, Chronic|Renal Failure, Chronic;End-Stage Kidney Disease;End-Stage Renal Failure;ESRD|C12.777.500
D051436|Renal Insufficiency, Chronic|Chronic Renal Insufficiency|C12.777
D008944|Mitral Valve Insufficiency|Mitral Regurgitation|C14.280.484.461
D000096142|Melanoma, Cutaneous Malignant|Cutaneous Malignant Melanoma|C04.588.805.444
""",
    "mesh_supp.tsv.gz": """
mesh_id|name|synonyms|mapped_to
C000001|EGFR protein, human|epidermal growth factor receptor protein, human;cerbB-1 protein, human|D000068877
C000002|bevonium|piribenzil|D001241
""",
    "chebi.tsv.gz": """
chebi_id|name|synonyms|alt_ids|is_a
CHEBI:15365|acetylsalicylic acid|||
CHEBI:45783|imatinib|||
CHEBI:17334|penicillin|||
CHEBI:17234|glucose|||
CHEBI:999|D-Glucose|||
""",
    "mondo.tsv.gz": """
id|name|synonyms|xrefs|alt_ids|is_a
MONDO:0000001|disease|disorder|DOID:4||
MONDO:0021100|breast neoplasm|neoplasm of breast|MESH:D001943||0000001
MONDO:0004989|breast carcinoma||||0007254
MONDO:0007254|breast cancer|malignant breast neoplasm|DOID:1612||0021100
MONDO:0021101|ductal breast carcinoma||||0004989
MONDO:0005044|hypertensive disorder|hypertension|MESH:D006973;DOID:10763||0000001
MONDO:0001386|visual epilepsy||MESH:D012640||0000001
MONDO:0005277|migraine disorder|migraine|||0000001
MONDO:0005231|hepatitis C virus infection|viral hepatitis;hepatitis type C|MESH:D006526||0000001
MONDO:0010811|benign prostatic hyperplasia|BPH|MESH:D011470||0000001
MONDO:0045019|lactation disease||||0000001
MONDO:0005061|lung adenocarcinoma|adenocarcinoma of lung|MESH:C538231||0000001
MONDO:0004335|digestive system disorder||||0000001
MONDO:0002516|digestive system cancer||||0004335
MONDO:0005300|chronic kidney disease|CKD;chronic renal insufficiency;renal failure - chronic|MESH:D007676||0000001
MONDO:0004375|end stage renal failure|end stage kidney disease;ESRD|||0005300
MONDO:0001298|congenital mitral valve insufficiency|mitral regurgitation|MESH:D008944||0000001
MONDO:0005012|cutaneous melanoma|malignant cutaneous melanoma|||0000001
MONDO:0007963|melanoma, cutaneous malignant, susceptibility to, 1|melanoma, cutaneous malignant|||0005012
MONDO:0008000|migraine 1|migraine;migraine, susceptibility to|OMIM:157300||0005277
""",
    "doid.tsv.gz": """
id|name|synonyms|xrefs|alt_ids|is_a
DOID:10763|hypertension|HTN|||
DOID:0080685|aortic dissection|dissection of the aorta|||
DOID:77|gastrointestinal system disease||||
""",
    "unii_names_drugbank.tsv.gz": """
unii|drugbank_id|type|name|display_name
R16CO5Y76E|DB00945|cn|ASPIRIN [JAN]|ASPIRIN
R16CO5Y76E|DB00945|bn|ECOTRIN|ASPIRIN
BKJ8M8G5HI|DB00619|of|IMATINIB|IMATINIB
BKJ8M8G5HI|DB00619|cn|IMATINIB [INN]|IMATINIB
5SL0G7R0OK|DB01914|cn|GLUCOSE [JAN]|GLUCOSE
""",
}
_XREFS = {
    "mesh_cas_mappings.tsv.gz": "D001241|50-78-2\n",
    "cas_to_chebi.tsv.gz": "CAS|CHEBI\n50-78-2|15365\n",
    "drugbank_mappings.tsv.gz": "DRUGBANK_ID|NAMESPACE|ID|SOURCE\nDB00619|CHEBI|45783|chebi\n",
    "biomappings_positive.sssom.tsv.gz": "#curie_map:\nsubject_id|predicate_id|object_id\n",
}
_DRUGBANK = """DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms,Standard InChI Key
DB00945,,Acetylsalicylic acid,50-78-2,R16CO5Y76E,Aspirin | ASA,
DB00619,,Imatinib,152459-95-5,BKJ8M8G5HI,Imatinibum,
DB01914,,D-glucose,50-99-7,5SL0G7R0OK,Dextrose,
DB07777,,Crystal ligand,,,,
"""
_FAMPLEX = {
    "entities.csv": "ERBB\nNFkappaB\n",
    "grounding_map.csv": "ErbB family,FPLX,ERBB,,,,\nNF-kB,FPLX,NFkappaB,,,,\nEGF receptor,HGNC,EGFR,,,,\n",
    "equivalences.csv": "MESH,D016328,NFkappaB\n",
    "relations.csv": "HGNC,EGFR,isa,FPLX,ERBB\n",
}


def write_tiny_vocab(folder: Path) -> Path:
    """Writes the files below `folder` and returns the vocabulary folder."""
    vocab = folder / "vocab"
    (vocab / "xrefs").mkdir(parents=True)
    (vocab / "famplex").mkdir()
    for name, text in _FILES.items():
        _write(vocab / name, text.strip() + "\n")
    for name, text in _XREFS.items():
        _write(vocab / "xrefs" / name, text)
    _gzip(vocab / "drugbank_vocabulary.csv.gz", _DRUGBANK)
    for name, text in _FAMPLEX.items():
        (vocab / "famplex" / name).write_text(text, encoding="utf-8")
    return vocab


def pack_tiny_lexicon(folder: Path, *, usage: Usage = _NO_USAGE) -> Path:
    """A packed lexicon of the tiny vocabulary, with one curated name and what usage teaches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curated, "CURATED_NAMES", "Gene | TP53 | p53 tumour suppressor")
        packed = build_lexicon(write_tiny_vocab(folder), usage=usage).packed
    path = folder / "lexicon.zst"
    path.write_bytes(compress(packed))
    return path


def _write(path: Path, text: str) -> None:
    """Bars stand for tabs above, and semicolons for the bars inside a field."""
    _gzip(path, text.replace("|", "\t").replace(";", "|"))


def _gzip(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))  # no time of day in it: same text, same bytes
