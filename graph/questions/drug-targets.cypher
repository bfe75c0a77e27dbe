// name: drug-targets
// asks: Which genes does a drug act on, and how?
// notes: Evidence on a mouse or rat gene counts for its human ortholog;
// notes: `orthologs` lists the genes that it came through.
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: target            gene or gene family
// column: target_id         its id
// column: effect            how the drug acts on it
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included (added up over the edges joined)
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: orthologs         ids of the mouse and rat genes whose evidence is counted in
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (d:Chemical {id: $drug})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          REGULATES|BINDS|SUBSTRATE_OF|PRODUCT_OF|PART_OF]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH r, g, coalesce(human, g) AS target
ORDER BY g.id, r.id
WITH target, type(r) AS effect, max(r.belief) AS belief, sum(r.n_publications) AS n_publications,
     sum(r.n_negated) AS n_negated, max(r.last_year) AS last_year, collect(r.id) AS triples,
     collect(CASE WHEN g.id <> target.id THEN g.id END) AS orthologs
ORDER BY belief DESC, n_publications DESC, target.id, effect
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH target, effect, belief, n_publications, n_negated, last_year, orthologs, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH target, effect, belief, n_publications, n_negated, last_year, orthologs,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN target.name AS target, target.id AS target_id, effect, belief, n_publications, n_negated, last_year, orthologs,
       best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, target_id, effect
