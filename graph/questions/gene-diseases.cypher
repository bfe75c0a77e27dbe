// name: gene-diseases
// asks: Which diseases and phenotypes does a gene have to do with?
// notes: Evidence on the mouse and rat orthologs of the gene is counted in; `orthologs` lists them.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: disease           disease or phenotype
// column: disease_id        its id
// column: role              PROMOTES, PROTECTS_FROM or ASSOCIATED_WITH
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included (added up over the edges joined)
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: orthologs         ids of the mouse and rat genes whose evidence is counted in
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (target:Gene|GeneFamily {id: $gene})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH target, [target.id] + collect(rodent.id) AS genes
UNWIND genes AS gene
MATCH (g:Gene|GeneFamily {id: gene})-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]->(x:Disease|Phenotype)
WHERE r.belief >= $min_belief
WITH x, r, g, target
ORDER BY g.id, r.id
WITH x, type(r) AS role, max(r.belief) AS belief, sum(r.n_publications) AS n_publications,
     sum(r.n_negated) AS n_negated, max(r.last_year) AS last_year, collect(r.id) AS triples,
     collect(CASE WHEN g.id <> target.id THEN g.id END) AS orthologs
ORDER BY belief DESC, n_publications DESC, x.id, role
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH x, role, belief, n_publications, n_negated, last_year, orthologs, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH x, role, belief, n_publications, n_negated, last_year, orthologs,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN x.name AS disease, x.id AS disease_id, role, belief, n_publications, n_negated, last_year, orthologs,
       best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, disease_id, role
