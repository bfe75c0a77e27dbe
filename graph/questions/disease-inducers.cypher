// name: disease-inducers
// asks: Which drugs and chemicals bring about a disease, and which of them are also said to treat it?
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: chemical          drug or chemical
// column: chemical_id       its id
// column: label             Drug or Chemical
// column: belief            how far to believe the edge, 0 to 1
// column: n_publications    publications that state it, denials included
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: treats            belief that it treats the disease; empty if nobody says so
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (x:Disease|Phenotype {id: $disease})<-[r:INDUCES]-(c:Chemical)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (c)-[t:TREATS]->(x)
WITH c, r.belief AS belief, r.n_publications AS n_publications, r.n_negated AS n_negated, r.last_year AS last_year,
     r.id AS triple, t.belief AS treats
ORDER BY belief DESC, n_publications DESC, c.id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH c, belief, n_publications, n_negated, last_year, treats, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH c, belief, n_publications, n_negated, last_year, treats,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN c.name AS chemical, c.id AS chemical_id, CASE WHEN c:Drug THEN 'Drug' ELSE 'Chemical' END AS label, belief,
       n_publications, n_negated, last_year, treats, best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, chemical_id
