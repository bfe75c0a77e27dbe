// name: drug-proteins
// asks: Which proteins does a drug act on, through the genes that encode them?
// notes: Text seldom tells a gene from its product, so edges are kept on the gene; this is the protein's view.
// notes: Evidence on a mouse or rat gene counts for the proteins of its human ortholog.
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: protein           protein
// column: protein_id        its id
// column: gene              the gene that encodes it
// column: gene_id           its id
// column: effect            how the drug acts on it
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included (added up over the edges joined)
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (d:Chemical {id: $drug})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          REGULATES|BINDS|SUBSTRATE_OF|PRODUCT_OF|PART_OF]-(g:Gene)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH r, coalesce(human, g) AS gene
ORDER BY r.id
WITH gene, type(r) AS effect, max(r.belief) AS belief, sum(r.n_publications) AS n_publications,
     sum(r.n_negated) AS n_negated, max(r.last_year) AS last_year, collect(r.id) AS triples
MATCH (gene)-[:ENCODES]->(protein:Protein)
WITH protein, gene, effect, belief, n_publications, n_negated, last_year, triples
ORDER BY belief DESC, n_publications DESC, protein.id, gene.id, effect
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH protein, gene, effect, belief, n_publications, n_negated, last_year, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH protein, gene, effect, belief, n_publications, n_negated, last_year,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN protein.name AS protein, protein.id AS protein_id, gene.name AS gene, gene.id AS gene_id, effect, belief,
       n_publications, n_negated, last_year, best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, protein_id, gene_id, effect
