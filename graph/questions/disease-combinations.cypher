// name: disease-combinations
// asks: Which drugs of a disease are combined with one another, or interact?
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: first             one drug
// column: first_id          its id
// column: second            the other drug
// column: second_id         its id
// column: relation          COMBINED_WITH or INTERACTS_WITH
// column: belief            belief of that edge
// column: n_publications    publications that state it, denials included
// column: first_treats      belief that the first treats the disease
// column: second_treats     belief that the second does
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (x:Disease|Phenotype {id: $disease})<-[t1:TREATS]-(a:Drug)
WHERE t1.belief >= $min_belief
MATCH (a)-[r:COMBINED_WITH|INTERACTS_WITH]-(b:Drug)
WHERE r.belief >= $min_belief AND a.id < b.id
MATCH (b)-[t2:TREATS]->(x)
WHERE t2.belief >= $min_belief
WITH a, b, type(r) AS relation, r.belief AS belief, r.n_publications AS n_publications, r.id AS triple_id,
     t1.belief AS first_treats, t2.belief AS second_treats
ORDER BY belief DESC, n_publications DESC, triple_id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: triple_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH a, b, relation, belief, n_publications, triple_id, first_treats, second_treats, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH a, b, relation, belief, n_publications, triple_id, first_treats, second_treats,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN a.name AS first, a.id AS first_id, b.name AS second, b.id AS second_id, relation, belief, n_publications,
       first_treats, second_treats, best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, triple_id
