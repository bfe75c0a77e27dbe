// name: newest-edges
// asks: What has been stated for the first time lately?
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: predicate predicate = ""   one relationship type only, such as INHIBITS
// param: since int = 0              first affirmed in this year or later
// param: min_belief belief = 0.01   least belief of an edge
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: first_year        oldest publication that affirms it
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.first_year >= $since AND r.belief >= $min_belief AND ($predicate = '' OR type(r) = $predicate)
  AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.first_year DESC, r.belief DESC, r.id
LIMIT $limit
WITH a, b, type(r) AS predicate, r.first_year AS first_year, r.belief AS belief, r.n_publications AS n_publications,
     r.n_negated AS n_negated, r.last_year AS last_year, r.id AS id
OPTIONAL MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH a, b, predicate, first_year, belief, n_publications, n_negated, last_year, id, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH a, b, predicate, first_year, belief, n_publications, n_negated, last_year, id,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN a.name AS subject, a.id AS subject_id, predicate, b.name AS object, b.id AS object_id, first_year, belief,
       n_publications, n_negated, last_year, best.sentence AS sentence, best.publication AS publication
ORDER BY first_year DESC, belief DESC, id
