// name: disease-drugs
// asks: Which drugs treat a disease?
// param: disease disease            the disease or phenotype
// param: levels int = 0             levels of subtypes (IS_A) to take in, at most 5
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: stated_for        the disease itself, or the subtype that the evidence names
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH path = (:Disease|Phenotype {id: $disease})<-[:IS_A*0..5]-(x:Disease|Phenotype)
WHERE length(path) <= $levels
WITH DISTINCT x
MATCH (x)<-[r:TREATS]-(d:Drug)
WHERE r.belief >= $min_belief
WITH d, x, r.belief AS belief, r.n_publications AS n_publications, r.n_negated AS n_negated, r.last_year AS last_year,
     [r.id] AS triples
ORDER BY belief DESC, n_publications DESC, d.id, x.id
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, x, belief, n_publications, n_negated, last_year, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, x, belief, n_publications, n_negated, last_year,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN d.name AS drug, d.id AS drug_id, x.name AS stated_for, belief, n_publications, n_negated, last_year,
       best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, drug_id, x.id
