// name: drug-diseases
// asks: Which diseases does a drug treat?
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: disease           disease or phenotype
// column: disease_id        its id
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (d:Chemical {id: $drug})-[r:TREATS]->(x:Disease|Phenotype)
WHERE r.belief >= $min_belief
WITH x, r.belief AS belief, r.n_publications AS n_publications, r.n_negated AS n_negated, r.last_year AS last_year,
     [r.id] AS triples
ORDER BY belief DESC, n_publications DESC, x.id
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH x, belief, n_publications, n_negated, last_year, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH x, belief, n_publications, n_negated, last_year, collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN x.name AS disease, x.id AS disease_id, belief, n_publications, n_negated, last_year,
       best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, disease_id
