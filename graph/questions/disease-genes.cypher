// name: disease-genes
// asks: Which genes have to do with a disease, and in which role?
// notes: Evidence on a mouse or rat gene counts for its human ortholog;
// notes: `orthologs` lists the genes that it came through.
// param: disease disease            the disease or phenotype
// param: levels int = 0             levels of subtypes (IS_A) to take in, at most 5
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: gene              gene or gene family
// column: gene_id           its id
// column: role              PROMOTES, PROTECTS_FROM or ASSOCIATED_WITH
// column: stated_for        the disease itself, or the subtype that the evidence names
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included (added up over the edges joined)
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: orthologs         ids of the mouse and rat genes whose evidence is counted in
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH path = (:Disease|Phenotype {id: $disease})<-[:IS_A*0..5]-(x:Disease|Phenotype)
WHERE length(path) <= $levels
WITH DISTINCT x
MATCH (x)<-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH x, r, g, coalesce(human, g) AS gene
ORDER BY g.id, r.id
WITH x, gene, type(r) AS role, max(r.belief) AS belief, sum(r.n_publications) AS n_publications,
     sum(r.n_negated) AS n_negated, max(r.last_year) AS last_year, collect(r.id) AS triples,
     collect(CASE WHEN g.id <> gene.id THEN g.id END) AS orthologs
ORDER BY belief DESC, n_publications DESC, gene.id, role, x.id
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH x, gene, role, belief, n_publications, n_negated, last_year, orthologs, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH x, gene, role, belief, n_publications, n_negated, last_year, orthologs,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN gene.name AS gene, gene.id AS gene_id, role, x.name AS stated_for, belief, n_publications, n_negated, last_year,
       orthologs, best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, gene_id, role, x.id
