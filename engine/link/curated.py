"""Names that the vocabularies lack, or give to a rarer concept: our own word, read by a person, written by hand.

Each line names a concept by type (of its tag, or GeneFamily) and preferred name, then the names that mean it first of
all; "-" for the concept takes away names that annotators gave to something, and leaves what a vocabulary calls so to
texts that spell it out: names of a class that lists have under one member. Knows nothing of documents. A line whose
concept the vocabularies don't know (or know twice) fails the build.
"""

from __future__ import annotations

from typing import Final

from engine.link.entry import ANNOTATED, CURATED, FULL_NAME, WEAK, Entry, build_key
from engine.schema import GENE, TAGGED_AS

CURATED_NAMES: Final = """
Gene | VEGFA | VEGF; vascular endothelial growth factor
Gene | PTGS2 | COX-2; COX2; cyclooxygenase-2; cyclo-oxygenase-2
Gene | PTGS1 | COX-1; COX1; cyclooxygenase-1; cyclo-oxygenase-1
Gene | TGFB1 | TGF-beta; TGFbeta; transforming growth factor-beta; transforming growth factor beta
Gene | IL2RA | CD25
Gene | SLC6A4 | serotonin transporter; 5-HT transporter; SERT; 5-HTT
Gene | SLC6A3 | dopamine transporter
Gene | SLC6A2 | norepinephrine transporter; noradrenaline transporter
Gene | NR3C1 | glucocorticoid receptor
Gene | NR3C2 | mineralocorticoid receptor
Gene | ESR1 | estrogen receptor alpha; oestrogen receptor alpha; ERalpha; estrogen receptor
Gene | ESR2 | estrogen receptor beta; ERbeta
Gene | PGR | progesterone receptor
Gene | ABCB1 | P-glycoprotein; P-gp; Pgp; MDR1
Gene | KCNH2 | hERG; HERG channel; hERG channel
Gene | KLK3 | PSA; prostate-specific antigen; prostate specific antigen
Gene | NOS2 | iNOS; inducible nitric oxide synthase; inducible NOS
Gene | NOS3 | eNOS; endothelial nitric oxide synthase; endothelial NOS
Gene | NOS1 | nNOS; neuronal nitric oxide synthase; neuronal NOS
Gene | HMGCR | HMG-CoA reductase; HMGCoA reductase
Gene | DPP4 | DPP-4; DPP-IV; dipeptidyl peptidase-4; dipeptidyl peptidase IV
Gene | ACHE | acetylcholinesterase; AChE
Gene | BCHE | butyrylcholinesterase; BChE
Gene | ACE | angiotensin-converting enzyme; angiotensin converting enzyme
Gene | MAOA | MAO-A; monoamine oxidase A; monoamine oxidase-A
Gene | MAOB | MAO-B; monoamine oxidase B; monoamine oxidase-B
Gene | OPRM1 | mu-opioid receptor; mu opioid receptor; MOR
Gene | OPRK1 | kappa-opioid receptor; kappa opioid receptor
Gene | OPRD1 | delta-opioid receptor; delta opioid receptor
Gene | CNR1 | CB1; CB1 receptor; cannabinoid receptor 1
Gene | CNR2 | CB2; CB2 receptor; cannabinoid receptor 2
Gene | DRD1 | D1 receptor; dopamine D1 receptor
Gene | DRD2 | D2 receptor; dopamine D2 receptor
Gene | DRD3 | D3 receptor; dopamine D3 receptor
Gene | HTR1A | 5-HT1A; 5-HT1A receptor; 5-HT(1A); 5-HT(1A) receptor
Gene | HTR2A | 5-HT2A; 5-HT2A receptor; 5-HT(2A); 5-HT(2A) receptor
Gene | HTR2C | 5-HT2C; 5-HT2C receptor; 5-HT(2C); 5-HT(2C) receptor
Gene | AGTR1 | AT1 receptor; AT1R; angiotensin II type 1 receptor
Gene | AGTR2 | AT2 receptor; AT2R; angiotensin II type 2 receptor
Gene | RELA | p65; NF-kappaB p65
Gene | NFKB1 | NF-kappaB p50; NF-kappaB1
Gene | CDKN1A | p21; p21Cip1; p21WAF1; p21(Cip1); p21(WAF1)
Gene | CDKN1B | p27; p27Kip1; p27(Kip1)
Gene | CDKN2A | p16; p16INK4a; p16(INK4a); p14ARF; p19ARF
Gene | TP53 | p53; p53 tumor suppressor
Gene | AKT1 | Akt1; AKT1
Gene | F2 | thrombin; prothrombin
Gene | F10 | factor Xa
Gene | CD274 | PD-L1; PDL1
Gene | PDCD1 | PD-1; PD1
Gene | KDR | VEGFR2; VEGFR-2; VEGF receptor 2
Gene | ERBB2 | HER2; HER-2; HER2/neu; HER-2/neu; ErbB2; c-erbB-2
Gene | EGFR | EGF receptor; ErbB1
Gene | KIT | c-kit; c-Kit; CD117
Gene | MET | c-Met; c-met; HGF receptor
Gene | MYC | c-myc; c-Myc; myc; Myc
Gene | FOS | c-fos; c-Fos; Fos
Gene | JUN | c-jun; c-Jun
Gene | SRC | c-Src; c-src; Src
Gene | ABL1 | c-Abl; Abl; ABL
Gene | IL17A | IL-17; interleukin-17
Gene | CXCL8 | IL-8; interleukin-8
Gene | IL12B | IL-12p40; IL-12 p40
Gene | CCL2 | MCP-1; monocyte chemoattractant protein-1
Gene | IFNG | IFN-gamma; interferon-gamma; interferon gamma; IFN-g
Gene | TNF | TNF-alpha; TNF; tumor necrosis factor alpha; tumor necrosis factor-alpha; TNF-a
Gene | CSF2 | GM-CSF; granulocyte-macrophage colony-stimulating factor
Gene | CSF3 | G-CSF; granulocyte colony-stimulating factor
Gene | CRP | C-reactive protein; C reactive protein
Gene | SNCA | alpha-synuclein; a-synuclein
Gene | MAPT | tau; tau protein
Gene | APP | amyloid precursor protein; beta-amyloid precursor protein
Gene | BDNF | brain-derived neurotrophic factor; brain derived neurotrophic factor
Gene | POMC | proopiomelanocortin; pro-opiomelanocortin
Gene | GNRH1 | GnRH; gonadotropin-releasing hormone; LHRH
Gene | PPARGC1A | PGC-1alpha; PGC-1a
Gene | TNFRSF1A | TNFR1; TNF receptor 1
Gene | HSPA5 | GRP78; BiP
Gene | HMOX1 | HO-1; heme oxygenase-1; heme oxygenase 1
Gene | NFE2L2 | Nrf2; NRF2
Gene | SLC2A4 | GLUT4; GLUT-4
Gene | SLC2A1 | GLUT1; GLUT-1
Gene | CASP3 | caspase-3; cleaved caspase-3
Gene | BCL2 | Bcl-2; bcl-2
Gene | BAX | Bax; bax
Gene | MMP9 | MMP-9; matrix metalloproteinase-9
Gene | MMP2 | MMP-2; matrix metalloproteinase-2
Gene | ICAM1 | ICAM-1
Gene | VCAM1 | VCAM-1
Gene | CYP3A4 | CYP3A4; cytochrome P450 3A4
Gene | HLA-DRB1 | HLA-DRB1
Gene | TERT | telomerase; telomerase reverse transcriptase
Gene | EPO | erythropoietin
Gene | TYMS | thymidylate synthase
Gene | DHFR | dihydrofolate reductase
Gene | XDH | xanthine oxidase
Gene | REN | renin
Gene | ADRB2 | beta2-adrenergic receptor; beta2 adrenoceptor; beta2-adrenoceptor; beta 2-adrenergic receptor
Gene | ADRB1 | beta1-adrenergic receptor; beta1 adrenoceptor; beta1-adrenoceptor; beta 1-adrenergic receptor
Gene | SIGMAR1 | sigma-1 receptor; sigma 1 receptor
Gene | TRPV1 | vanilloid receptor 1; VR1
Gene | GRIN1 | NR1; NMDAR1
Gene | SLC6A9 | GlyT1
Gene | PARP1 | PARP-1
Gene | PCSK9 | PCSK9
Gene | ACTB | beta-actin; beta actin; b-actin
Gene | PLAT | t-PA; tPA; rt-PA; tissue plasminogen activator; tissue-type plasminogen activator
Gene | PLAU | uPA; u-PA; urokinase; urokinase plasminogen activator; urokinase-type plasminogen activator
Gene | EIF2S1 | eIF2alpha; eIF2-alpha; eIF-2alpha
Gene | EGR1 | Zif268; zif268; Egr-1
Gene | MS4A1 | CD20
Gene | PRF1 | perforin; perforin-1
Gene | MUSK | MuSK; muscle-specific kinase
Gene | SLC1A3 | GLAST; EAAT1
Gene | SLC1A2 | GLT-1; GLT1; EAAT2
Gene | NPPA | atrial natriuretic peptide; atrial natriuretic factor
Gene | NPPB | brain natriuretic peptide; B-type natriuretic peptide
Gene | CALCA | calcitonin gene-related peptide
Gene | HRH1 | histamine H1 receptor; histamine H(1) receptor; H1 receptor; H(1) receptor
Gene | HRH2 | histamine H2 receptor; histamine H(2) receptor; H2 receptor; H(2) receptor
Gene | HRH3 | histamine H3 receptor; histamine H(3) receptor; H3 receptor; H(3) receptor
Gene | CHRM1 | M1 muscarinic receptor; muscarinic M1 receptor; M1 receptor; M1 muscarinic acetylcholine receptor
Gene | CHRM2 | M2 muscarinic receptor; muscarinic M2 receptor; M2 receptor; M2 muscarinic acetylcholine receptor
Gene | CHRM3 | M3 muscarinic receptor; muscarinic M3 receptor; M3 receptor; M3 muscarinic acetylcholine receptor
Gene | CHRM4 | M4 muscarinic receptor; muscarinic M4 receptor; M4 muscarinic acetylcholine receptor
Gene | CHRM5 | M5 muscarinic receptor; muscarinic M5 receptor; M5 muscarinic acetylcholine receptor
Gene | NPY1R | Y1 receptor; NPY Y1 receptor; Y1R
Gene | NPY2R | Y2 receptor; NPY Y2 receptor; Y2R
Gene | MTNR1A | MT1 melatonin receptor; melatonin MT1 receptor; melatonin receptor 1; MT1 receptor
Gene | MTNR1B | MT2 melatonin receptor; melatonin MT2 receptor; melatonin receptor 2; MT2 receptor
Gene | DRD2 | D2; D(2) receptor; dopamine D(2) receptor
Gene | PLAUR | uPAR; u-PAR; urokinase receptor
Gene | CYP11B2 | aldosterone synthase
Gene | CHRM5 | M5 receptor
Gene | HTR1B | 5-HT1B; 5-HT(1B); 5-HT1B receptor; 5-HT(1B) receptor; 5-HT1B receptors; 5-HT(1B) receptors
Gene | HTR1D | 5-HT1D; 5-HT(1D); 5-HT1D receptor; 5-HT(1D) receptor; 5-HT1D receptors; 5-HT(1D) receptors
Gene | HTR3A | 5-HT3; 5-HT(3); 5-HT3 receptor; 5-HT(3) receptor; 5-HT3 receptors; 5-HT(3) receptors
Gene | HTR4 | 5-HT4; 5-HT(4); 5-HT4 receptor; 5-HT(4) receptor; 5-HT4 receptors; 5-HT(4) receptors
Gene | HTR6 | 5-HT6; 5-HT(6); 5-HT6 receptor; 5-HT(6) receptor; 5-HT6 receptors; 5-HT(6) receptors
Gene | HTR7 | 5-HT7; 5-HT(7); 5-HT7 receptor; 5-HT(7) receptor; 5-HT7 receptors; 5-HT(7) receptors
Gene | AVP | vasopressin
Gene | AVPR2 | V2 receptor; vasopressin V2 receptor; V(2) receptor
Gene | AVPR1A | V1 receptor; vasopressin V1 receptor; V1a receptor
Gene | PTGFR | FP receptor; FP prostanoid receptor
Gene | PDGFRA | alpha-PDGFR; PDGF alpha receptor; PDGFR-alpha
Gene | PDGFRB | beta-PDGFR; PDGF beta receptor; PDGFR-beta
Gene | TOP1 | topoisomerase I; topoisomerase 1
Gene | ABCC9 | SUR2B; SUR2A
Gene | AOC3 | SSAO; semicarbazide-sensitive amine oxidase
Gene | LPA | Lp(a); apo(a); apolipoprotein(a)
Gene | F5 | factor V; factor Va; FVa
Gene | F7 | factor VII; factor VIIa; FVII; FVIIa
Gene | F8 | factor VIII; factor VIIIa; FVIII
Gene | F9 | factor IX; factor IXa; FIX; FIXa
Gene | F11 | factor XI; factor XIa; FXI; FXIa
Gene | F12 | factor XII; factor XIIa; FXII; FXIIa
GeneFamily | AKT | protein kinase B
GeneFamily | GRIN | NMDAR; NMDARs; N-methyl-D-aspartate receptor; NMDA-type glutamate receptor
GeneFamily | GABR | GABAAR; GABA(A)R; GABA(A)-R; GABAA receptor; GABA-A receptor
GeneFamily | TCR | TCR; T cell receptor; T-cell receptor; T cell antigen receptor; T-cell antigen receptor
GeneFamily | UGT | UGTs; UDP-glucuronosyltransferase; UDP glucuronosyltransferase
GeneFamily | PPAR | PPARs; peroxisome proliferator-activated receptors
GeneFamily | TLR | TLRs; toll-like receptor; toll-like receptors
GeneFamily | FGFR | FGFRs; fibroblast growth factor receptor; fibroblast growth factor receptors
GeneFamily | PDGFR | PDGFRs; platelet-derived growth factor receptor; PDGF receptor
GeneFamily | MMP | matrix metalloproteinase; matrix metalloproteinases; matrix metalloprotease; matrix metalloproteases
GeneFamily | GSK3 | glycogen synthase kinase-3; glycogen synthase kinase 3
GeneFamily | ALDH | aldehyde dehydrogenase; aldehyde dehydrogenases
GeneFamily | Protease | protease; proteases; peptidase; peptidases
GeneFamily | HTR | serotonin receptor; serotonin receptors; 5-HT receptor; 5-HT receptors
GeneFamily | HTR1 | 5-HT1; 5-HT1 receptor
GeneFamily | HTR2 | 5-HT2; 5-HT2 receptor
GeneFamily | CHRM | muscarinic receptor; muscarinic acetylcholine receptor; mAChR; mAChRs
GeneFamily | CHRN | nAChR; nAChRs; nicotinic receptor; nicotinic acetylcholine receptor
GeneFamily | ADRB | beta-adrenoceptor; beta-adrenoceptors; beta-adrenergic receptor; beta-adrenergic receptors
GeneFamily | AGTR | angiotensin II receptor; angiotensin II receptors; angiotensin receptor; angiotensin receptors
GeneFamily | COX | cyclooxygenase; cyclo-oxygenase; cyclooxygenases
GeneFamily | ADORA | adenosine receptor; adenosine receptors
Chemical | Ethanol | alcohol; EtOH; ethyl alcohol
Chemical | Epinephrine | adrenaline; adrenalin
Chemical | Norepinephrine | noradrenaline; NE
Chemical | Serotonin | 5-HT; 5-hydroxytryptamine
Chemical | Doxorubicin | adriamycin; Adriamycin; DOX
Chemical | Tacrolimus | FK506; FK-506; Prograf
Chemical | Imatinib | Gleevec; Glivec; STI571; STI-571; imatinib mesylate
Chemical | Gefitinib | Iressa; ZD1839
Chemical | Erlotinib Hydrochloride | Tarceva; OSI-774
Chemical | Sirolimus | rapamycin; Rapamune
Chemical | Fluorouracil | 5-FU; 5FU; fluorouracil
Chemical | Carmustine | BCNU
Chemical | Albuterol | salbutamol; Ventolin
Chemical | Sildenafil Citrate | Viagra; sildenafil
Chemical | Fluoxetine | Prozac
Chemical | Paclitaxel | Taxol; taxol
Chemical | Docetaxel | Taxotere
Chemical | Bevacizumab | Avastin
Chemical | Trastuzumab | Herceptin
Chemical | Rituximab | Rituxan; MabThera
Chemical | Infliximab | Remicade
Chemical | Adalimumab | Humira
Chemical | Etanercept | Enbrel
Chemical | Cetuximab | Erbitux
Chemical | Bortezomib | Velcade; PS-341
Chemical | Cyclosporine | CsA; cyclosporin; cyclosporin A; ciclosporin; cyclosporine A
Chemical | N-Methylaspartate | NMDA; N-methyl-D-aspartate
Chemical | Dopamine | DA
Chemical | Adrenergic beta-Antagonists | beta blockers; beta blocker
Chemical | Estradiol | E2; 17beta-estradiol; 17beta-oestradiol
Chemical | Zidovudine | AZT
Chemical | Calcium | Ca2+; Ca(2+); Ca++; calcium ion; calcium ions; Ca
Chemical | Sodium | Na+; Na(+); sodium ion; sodium ions; Na
Chemical | Potassium | K+; K(+); potassium ion; potassium ions
Chemical | Magnesium | Mg2+; Mg(2+); magnesium ion; Mg
Chemical | Zinc | Zn2+; Zn(2+); zinc ion; Zn
Chemical | Lithium | Li+; Li
Chemical | Copper | Cu2+; Cu(2+); Cu
Chemical | Manganese | Mn2+; Mn(2+); Mn
Chemical | Cadmium | Cd2+; Cd(2+); Cd
Chemical | Lead | Pb2+; Pb
Chemical | Iron | Fe2+; Fe3+; Fe
Chemical | Mercury | Hg2+; Hg
Chemical | Chlorides | Cl-; chloride
Chemical | Lithium Chloride | LiCl
Chemical | Sodium Chloride | NaCl
Chemical | Potassium Chloride | KCl
Chemical | Calcium Chloride | CaCl2
Chemical | Hydrogen Peroxide | H2O2; H(2)O(2)
Chemical | Water | H2O
Chemical | Ammonia | NH3
Chemical | Carbon Dioxide | CO2
Chemical | Oxygen | O2
Chemical | Nitric Oxide | NO
Chemical | Carbon Monoxide | CO
Chemical | Adenosine Triphosphate | ATP
Chemical | Glutamic Acid | glutamate; L-glutamate
Chemical | Aspartic Acid | aspartate; L-aspartate
Chemical | gamma-Aminobutyric Acid | GABA
Chemical | N-Methyl-3,4-methylenedioxyamphetamine | MDMA; ecstasy; 3,4-methylenedioxymethamphetamine
Chemical | Lipopolysaccharides | LPS; lipopolysaccharide
Chemical | Tetradecanoylphorbol Acetate | TPA; PMA; 12-O-tetradecanoylphorbol-13-acetate
Chemical | 1-Methyl-4-phenyl-1,2,3,6-tetrahydropyridine | MPTP
Chemical | Oxidopamine | 6-OHDA; 6-hydroxydopamine
Chemical | Streptozocin | STZ; streptozotocin
Chemical | Levodopa | L-DOPA; L-dopa; levodopa
Chemical | Acetylcysteine | NAC; N-acetylcysteine; N-acetyl-L-cysteine
Chemical | Tretinoin | ATRA; all-trans retinoic acid; all-trans-retinoic acid
Chemical | Dinoprostone | PGE2; prostaglandin E2
Chemical | Dexamethasone | DEX; dex
Chemical | Thyroxine | T4; L-thyroxine; levothyroxine
Chemical | Triiodothyronine | T3
Chemical | Thioctic Acid | alpha-lipoic acid
Chemical | Amoxicillin | AMPC
Chemical | Cysteine | cysteines
Chemical | Pyrethrins | pyrethroid; pyrethroids
Chemical | - | flavin; D3; thiopurine; thiopurines; protease
Chemical | Cisplatin | CDDP; DDP; cis-platinum; cis-diamminedichloroplatinum
Chemical | Methotrexate | MTX
Chemical | Cyclophosphamide | CTX; Cytoxan
Chemical | Gemcitabine | Gemzar
Chemical | Cytarabine | Ara-C; cytosine arabinoside
Chemical | Valproic Acid | VPA; valproate; sodium valproate
Chemical | Methamphetamine | METH
Chemical | Phencyclidine | PCP
Chemical | Diethylstilbestrol | DES
Chemical | Diethylnitrosamine | DEN
Chemical | Acetaminophen | APAP; paracetamol; Tylenol
Chemical | Phencyclidine | angel dust
Chemical | Analgesics, Opioid | opioids; opioid; opiates
Chemical | Anti-Inflammatory Agents, Non-Steroidal | NSAIDs; NSAID
Chemical | Hydroxymethylglutaryl-CoA Reductase Inhibitors | statins; statin
Chemical | Angiotensin-Converting Enzyme Inhibitors | ACE inhibitors; ACE inhibitor; ACEI
Chemical | Selective Serotonin Reuptake Inhibitors | SSRIs; SSRI
Chemical | Steroids | steroid; steroids
Chemical | Reactive Oxygen Species | ROS
Chemical | Warfarin | Coumadin
Chemical | Clopidogrel | Plavix
Chemical | Atorvastatin | Lipitor
Chemical | Simvastatin | Zocor
Chemical | Insulin | insulin
Chemical | Heparin | heparin
Chemical | Polychlorinated Dibenzodioxins | TCDD; tetrachlorodibenzodioxin; 2,3,7,8-tetrachlorodibenzodioxin
Chemical | Polychlorinated Dibenzodioxins | 2,3,7,8-tetrachlorodibenzo-p-dioxin; 2,3,7,8-TCDD
Chemical | Hydrogen Sulfide | H2S; H(2)S
Chemical | titanium dioxide | TiO2; TiO(2)
Chemical | Silicon Dioxide | SiO2; SiO(2)
Chemical | Bicarbonates | HCO3-; HCO(3)(-); HCO3(-)
Chemical | Glutathione Disulfide | GSSG; oxidized glutathione; oxidised glutathione
Chemical | Glutamine | glutamine; L-glutamine
Chemical | Aldehydes | aldehyde; aldehydes
Chemical | Irinotecan | CPT-11; CPT11; Camptosar
Chemical | Fluticasone | fluticasone propionate
Chemical | Thiazolidinediones | TZD; TZDs; thiazolidinedione; thiazolidinediones
Chemical | Methylmercury Compounds | MeHg; methylmercury
Chemical | Protons | H+; H(+)
Chemical | Silver | Ag; Ag+; Ag(+)
Chemical | Lysine | Lys
Chemical | Histidine | His
Chemical | Glutamine | Gln
Chemical | Phenylalanine | Phe
Chemical | Proline | Pro
Chemical | Glucose | Glc
Chemical | Methimazole | MMI
Chemical | Estrogens, Conjugated (USP) | Premarin; conjugated estrogen; conjugated estrogens
Chemical | Estrogens, Conjugated (USP) | conjugated equine estrogens
Chemical | Thiazides | thiazide diuretic; thiazide diuretics
Chemical | Escitalopram | escitalopram; S-citalopram
Disease | Seizures | convulsion; convulsions; seizure; seizures; fits
Disease | Drug-Related Side Effects and Adverse Reactions | toxicity; toxicities; drug toxicity
Disease | Chemical and Drug Induced Liver Injury | hepatotoxicity; drug-induced liver injury; liver toxicity
Disease | Chemical and Drug Induced Liver Injury | hepatic toxicity; liver injury; hepatic injury; liver damage
Disease | Neurotoxicity Syndromes | neurotoxicity
Disease | Cardiotoxicity | cardiotoxicity; cardiac toxicity
Disease | Drug Overdose | overdose; drug overdose
Disease | type 2 diabetes mellitus | T2DM; T2D; type 2 diabetes; NIDDM; type II diabetes
Disease | type 2 diabetes mellitus | non-insulin-dependent diabetes
Disease | type 1 diabetes mellitus | T1DM; T1D; type 1 diabetes; IDDM; type I diabetes
Disease | Psychomotor Agitation | agitation
Disease | Muscle Rigidity | rigidity
Disease | Brain Edema | cerebral edema; brain edema; cerebral oedema
Disease | Memory Disorders | memory impairment; memory impairments; memory deficit; memory deficits; memory loss
Disease | Cognitive Dysfunction | cognitive decline
Disease | Cognition Disorders | cognitive impairment; cognitive impairments; cognitive deficit; cognitive deficits
Disease | Fatty Liver | steatosis; hepatic steatosis; fatty liver
Disease | Akathisia, Drug-Induced | akathisia
Disease | neurodegenerative disease | neurodegeneration
Disease | Hyperkinesis | hyperactivity; locomotor hyperactivity; hyperlocomotion
Disease | Migraine Disorders | migraine; migraines; migraineur; migraineurs
Disease | Arrhythmias, Cardiac | arrhythmia; arrhythmias; cardiac arrhythmia; dysrhythmia; dysrhythmias
Disease | Infections | infection; infections
Disease | Psychotic Disorders | psychosis; psychoses; psychotic
Disease | Neoplasm Metastasis | metastasis; metastases
Disease | Pain | pain
Disease | Inflammation | inflammation
Disease | hypertensive disorder | hypertension; high blood pressure; HTN
Disease | Parkinson disease | Parkinson's disease; PD; parkinson
Disease | Alzheimer disease | Alzheimer's disease; AD; Alzheimer's; alzheimer
Disease | diabetes mellitus | diabetes
Disease | chronic myelogenous leukemia, BCR-ABL1 positive | CML; chronic myelogenous leukemia
Disease | chronic myelogenous leukemia, BCR-ABL1 positive | chronic myeloid leukemia
Disease | acute myeloid leukemia | AML; acute myelogenous leukemia
Disease | hepatocellular carcinoma | HCC; hepatocellular cancer
Disease | chronic obstructive pulmonary disease | COPD
Disease | non-small cell lung carcinoma | NSCLC; non-small cell lung cancer; non-small-cell lung cancer
Disease | small cell lung carcinoma | SCLC; small cell lung cancer; small-cell lung cancer
Disease | chronic kidney disease | CKD
Disease | acute kidney injury | AKI; acute kidney injury; acute renal failure
Disease | systemic lupus erythematosus | SLE; lupus
Disease | attention deficit-hyperactivity disorder | ADHD; attention deficit hyperactivity disorder
Disease | heart failure | CHF; heart failure; cardiac failure
Disease | Hypokinesia | bradykinesia; akinesia; akinetic; hypokinesia; hypokinetic
Disease | Paresis | hemiparesis; paraparesis; hemiparetic
Disease | Magnesium Deficiency | hypomagnesemia; hypomagnesaemia; hypomagnesemic
Disease | Drug-Related Side Effects and Adverse Reactions | adverse drug reaction; adverse drug reactions
Disease | Drug-Related Side Effects and Adverse Reactions | adverse reactions; side effects of drugs; ADR; ADRs
Disease | Drug-Related Side Effects and Adverse Reactions | adverse drug events
Disease | Catalepsy | cataleptic
Disease | Hyperalgesia | hyperalgesic; allodynia; mechanical allodynia; tactile allodynia
Disease | Hypothermia | hypothermic
Disease | Edema | edematous; oedema; swelling; oedematous
Disease | Congenital Abnormalities | malformation; malformations; developmental anomalies; congenital anomalies
Disease | Congenital Abnormalities | congenital anomaly; congenital defects; birth defect; birth defects
Disease | Ischemic Stroke | ischemic stroke; ischemic strokes; ischaemic stroke; ischaemic strokes
Disease | malignant colon neoplasm | colon cancer; colonic cancer; cancer of the colon
Disease | Premature Birth | preterm delivery; preterm birth; premature delivery; prematurity
Disease | Epilepsy | epileptiform activity; epileptic activity; epileptogenesis; epileptiform discharges
Disease | Epilepsy | epileptogenic
Disease | Syncope | syncopal; syncopal attacks; syncopal episodes; fainting
Disease | Neutropenia | neutropenic
Disease | Thrombocytopenia | thrombocytopenic
Disease | Leukopenia | leukopenic; leucopenia
Disease | Anemia | anemic; anaemic
Disease | Hypokalemia | hypokalemic; hypokalaemic
Disease | Hyperkalemia | hyperkalemic; hyperkalaemic
Disease | Hypocalcemia | hypocalcemic; hypocalcaemic
Disease | Hypercalcemia | hypercalcemic; hypercalcaemic
Disease | Hyponatremia | hyponatremic; hyponatraemic
Disease | Bradycardia | bradycardic
Disease | Tachycardia | tachycardic; tachyarrhythmia; tachyarrhythmias
Disease | Cardiomegaly | cardiac hypertrophy; myocardial hypertrophy; cardiac enlargement; heart hypertrophy
Disease | Vision Disorders | visual deficits; visual deficit; visual disturbances; visual impairment; visual loss
Disease | Vision Disorders | vision loss; loss of vision; visual disturbance
Disease | Sleep Wake Disorders | sleep disturbance; sleep disturbances; sleep disorder; sleep disorders
Disease | Overweight | overweight
Disease | Obesity | adiposity; obese
Disease | Wounds and Injuries | trauma; injuries; wounds; traumatic injuries
Disease | Craniocerebral Trauma | head injury; head injuries; head trauma
Disease | Weight Loss | weight loss; body weight loss; loss of body weight; loss of weight
Disease | Weight Gain | weight gain; body weight gain
Disease | Chest Pain | precordial pain; chest discomfort; retrosternal pain
Disease | Carcinogenesis | tumorigenesis; tumourigenesis; carcinogenesis; oncogenesis; carcinogenicity; carcinogenic
Disease | Carcinogenesis | tumorigenic; tumorigenicity
Disease | Dysarthria | dysarthric; slurred speech
Disease | Hallucinations | visual hallucinations; hallucinating; hallucinatory
Disease | Heart Arrest | cardiac arrest; asystole; asystolic; cardiopulmonary arrest
Disease | Unconsciousness | loss of consciousness
Disease | Substance-Related Disorders | drug abuse; substance abuse; drug addiction; drug dependence; addiction
Disease | Substance-Related Disorders | drug dependency; substance misuse; drug misuse
Disease | Opioid-Related Disorders | opiate addiction; opioid addiction; opiate dependence
Disease | Opioid-Related Disorders | opioid dependence; opioid abuse
Disease | Cocaine-Related Disorders | cocaine abuse; cocaine dependence; cocaine addiction
Disease | Amphetamine-Related Disorders | amphetamine abuse; methamphetamine abuse; amphetamine dependence
Disease | Amphetamine-Related Disorders | methamphetamine dependence
Disease | alcohol abuse | alcohol abuse; alcohol misuse; excessive drinking
Disease | Proteinuria | protein excretion; urinary protein excretion; proteinuric
Disease | Albuminuria | albumin excretion; urinary albumin excretion; albuminuric; microalbuminuria
Disease | Ocular Hypertension | elevated intraocular pressure; increased intraocular pressure
Disease | Ocular Hypertension | raised intraocular pressure
Disease | Hearing Loss | hearing impairment; loss of hearing; hearing deficit; hearing impaired
Disease | Fever | febrile; pyrexia; hyperthermia
Disease | Cough | coughing
Disease | Vomiting | emesis; emetic; vomit
Disease | Nausea | nauseous; nauseated
Disease | Headache | headaches; cephalalgia
Disease | Fatigue | tiredness; fatigued; exhaustion
Disease | Lethargy | lethargic
Disease | Hypotension | hypotensive; low blood pressure; hypotensive episode; drop in blood pressure
Disease | Hypotension | decrease in blood pressure
Disease | Coma | comatose
Disease | Confusion | confused; confusional state; mental confusion
Disease | Hemorrhage | bleeding; blood loss; hemorrhage; haemorrhage; hemorrhagic; haemorrhagic
Disease | Ataxia | ataxic; incoordination; gait ataxia
Disease | Tremor | tremors; tremulousness
Disease | Dystonia | dystonic
Disease | Chorea | choreic; choreiform movements
Disease | Myoclonus | myoclonic; myoclonic jerks
Disease | Paralysis | paralytic; paralyzed; palsy
Disease | Anhedonia | anhedonic
Disease | Spinal Curvatures | spinal deformity; spinal deformities; adult spinal deformity
Disease | Kyphosis | kyphotic deformity; kyphosis deformity; kyphotic deformities
Disease | Pruritus | itching; itch; pruritic
Disease | Exanthema | rash; skin rash; rashes; skin eruption; skin eruptions; cutaneous eruption
Disease | Dyspnea | dyspnoea; shortness of breath; breathlessness; respiratory distress
Disease | Jaundice | icterus; icteric
Disease | Xerostomia | dry mouth
Disease | cirrhosis of liver | cirrhosis; cirrhotic
Disease | Insulin Resistance | insulin resistance; insulin-resistant; insulin resistant
Disease | Hyperglycemia | hyperglycemic; hyperglycaemic; hyperglycaemia
Disease | Hypoglycemia | hypoglycemic; hypoglycaemic; hypoglycaemia
Disease | Hyperlipidemias | hyperlipidemic; hyperlipidemia; hyperlipidaemia
Disease | Death | death; deaths
Disease | Disorders of Excessive Somnolence | drowsiness; drowsy; sleepiness; daytime sleepiness; somnolence
Disease | Disorders of Excessive Somnolence | somnolent; hypersomnolence
Disease | Sialorrhea | salivation; hypersalivation; drooling
Disease | Dyskinesias | involuntary movements; involuntary movement; abnormal movements
Disease | Long QT Syndrome | QT prolongation; QTc prolongation; prolonged QT interval; prolonged QTc interval
Disease | Long QT Syndrome | QT interval prolongation; prolongation of the QT interval
Disease | Anorexia | loss of appetite; anorectic; appetite loss; decreased appetite; reduced appetite
Disease | HIV Infections | HIV infection; HIV-1 infection; HIV infected; HIV-infected; HIV-positive
Disease | Hypoxia | hypoxic; anoxia; anoxic
Disease | Atherosclerosis | atherosclerotic
Disease | Language Development Disorders | language delay; delayed language development
Disease | Growth Disorders | growth retardation; growth impairment; impaired growth; stunted growth
Disease | Psychomotor Disorders | psychomotor retardation; psychomotor impairment; psychomotor slowing
Disease | Heroin Dependence | heroin addiction; heroin dependence; heroin addicts; heroin addict; heroin abuse
Disease | Precancerous Conditions | precancerous; premalignant; precancerous lesions; preneoplastic
Disease | Hemianopsia | homonymous hemianopsia; homonymous hemianopia; hemianopia
Disease | Hematologic Diseases | hematological toxicity; hematologic toxicity; haematological toxicity
Disease | Hematologic Diseases | hematologic toxicities; hematological abnormalities
Disease | Gastrointestinal Diseases | gastrointestinal toxicity; GI toxicity; gastrointestinal side effects
Disease | Gastrointestinal Diseases | gastrointestinal complications; gastrointestinal symptoms
Disease | Cognition Disorders | impaired cognitive function; mental slowing
Disease | Anxiety | anxious; anxiogenic; anxiety-like behavior; anxiety-like behaviour
Disease | Suicide | suicidal; suicidality
Disease | Venous Thrombosis | venous thrombosis; deep vein thrombosis; deep venous thrombosis; DVT
Disease | allergic disease | allergy; allergies; allergic; allergic reaction; allergic reactions; hypersensitivity
Disease | Aggression | aggression; aggressive; aggressiveness; aggressive behavior; aggressive behaviour
Disease | hepatitis | hepatitis
Disease | Helicobacter pylori infectious disease | Helicobacter pylori infection; Helicobacter pylori infections
Disease | Helicobacter pylori infectious disease | H. pylori infection; H. pylori infections; H pylori infection
Disease | Helicobacter pylori infectious disease | pylori infection; pylori infections
Disease | dilated cardiomyopathy | idiopathic dilated cardiomyopathy
Disease | Abortion, Spontaneous | abortion; abortions
Disease | polycythemia | erythrocytosis
Disease | Bronchial Hyperreactivity | bronchial hyperresponsiveness; airway hyperresponsiveness; airway hyperreactivity
Disease | spinal stenosis | lumbar stenosis; lumbar spinal stenosis; lumbar spine stenosis
Disease | end stage renal failure | end-stage renal disease; end stage renal disease; end-stage kidney disease; ESRD
Disease | end stage renal failure | chronic renal failure; chronic kidney failure
Disease | psychotic disorder | psychotic symptoms; psychotic symptom
Disease | nervous system disorder | neurologic diseases; neurological diseases; neurologic disorders
Disease | - | analgesia; permanent disability; advanced disease; twitch; pancreas
Disease | - | deformity; deformities; hemodilution; haemodilution; rotation; functional impairment; pulmonary lesions
Disease | - | mitochondrial swelling; mucosal injury; platelet aggregation; stage I/II disease; vertebral deformity
Disease | - | ST depression; ST segment depression; ST-segment depression
Disease | - | cytotoxicity; cytotoxic; cytotoxicities; heat shock; heat-shock; heat-shocks; heat shocks
Gene | - | hormone receptor; cytokine receptor; growth factor receptor; neurotrophin; receptor tyrosine kinase
Gene | - | serine protease; ubiquitin ligase; heparan sulfate proteoglycan; v-SNARE; t-SNARE; SNARE; 16S ribosomal RNA
Gene | - | alpha1; beta2; beta3; kappa; cysteine protease; calcium-binding protein; protein D; S protein; M protein
Gene | - | 16S rRNA; 18S rRNA; 28S rRNA
"""
_NOTHING: Final = "-"


def add_curated(entries: list[Entry]) -> None:
    """Adds the names above, human genes only; raises ValueError for a line whose concept is unknown or ambiguous."""
    wanted = [line for line in _lines() if line[1] != _NOTHING]
    keys = {(kind, build_key(name)) for kind, name, _ in wanted}
    found: dict[tuple[str, str], dict[int, list[Entry]]] = {}
    for entry in entries:
        kind = entry.type if entry.type == "GeneFamily" else TAGGED_AS.get(entry.type)
        if kind is None or (kind == GENE and not entry.concept_id.startswith("hgnc:")):
            continue
        ranks: dict[str, int] = {}
        for name, rank in entry.names.items():
            if rank <= FULL_NAME:
                key = build_key(name)
                ranks[key] = min(rank, ranks.get(key, 9))
        for key, rank in ranks.items():
            if (kind, key) in keys:
                found.setdefault((kind, key), {}).setdefault(rank, []).append(entry)
    for kind, name, names in wanted:
        by_rank = found.get((kind, build_key(name)), {})
        homes = by_rank[min(by_rank)] if by_rank else []
        if len(homes) != 1:
            known = ", ".join(e.concept_id for e in homes) or "no concept"
            raise ValueError(f"curated name {name!r} ({kind}): expected one concept, found {known}")
        for alias in names.split(";"):
            homes[0].add(alias, CURATED)


def drop_meaningless(entries: list[Entry]) -> None:
    """Takes away the names that mean nothing where annotators gave them, and leaves vocabularies' to context."""
    nothing = {(kind, build_key(name)) for kind, of, names in _lines() if of == _NOTHING for name in names.split(";")}
    for entry in entries:
        kind = TAGGED_AS.get(entry.type)
        for name in [n for n in entry.names if (kind, build_key(n)) in nothing]:
            if entry.names[name] == ANNOTATED:
                del entry.names[name]
            elif entry.type != "GeneFamily":  # a class's own name means the class
                entry.names[name] = WEAK


def _lines() -> list[tuple[str, ...]]:
    return [tuple(part.strip() for part in line.split("|")) for line in CURATED_NAMES.strip().splitlines()]
