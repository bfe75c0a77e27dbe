// name: single-paper-edges
// asks: Which edges rest on one publication alone?
// notes: On one that affirms or supposes the edge; others may deny it.
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: min_belief belief = 0.01   least belief of an edge
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: belief            how far to believe the edge, 0 to 1
// column: n_evidence        sentences of that publication that affirm or suppose it
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
// column: year              its year
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.n_publications > 1 AND r.n_negated > 0 AND r.belief >= $min_belief
  AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH r, r.id AS id
MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE e.assertion <> 'negated' AND NOT coalesce(p.retracted, false)
WITH r, count(DISTINCT p.id) AS n
WHERE n = 1
WITH r
ORDER BY r.belief DESC, r.n_evidence - r.n_negated DESC, r.id
LIMIT $limit
WITH collect(r.id) AS disputed
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE ((r.n_publications = 1 AND r.n_evidence > r.n_negated) OR (r.n_negated > 0 AND r.id IN disputed))
  AND r.belief >= $min_belief AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.belief DESC, r.n_evidence - r.n_negated DESC, r.id
LIMIT $limit
WITH a, b, type(r) AS predicate, r.belief AS belief, r.n_evidence - r.n_negated AS n_evidence, r.id AS id
OPTIONAL MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH a, b, predicate, belief, n_evidence, id, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH a, b, predicate, belief, n_evidence, id,
     collect({sentence: e.sentence, publication: p.id, year: p.year})[0] AS best
RETURN a.name AS subject, a.id AS subject_id, predicate, b.name AS object, b.id AS object_id, belief, n_evidence,
       best.sentence AS sentence, best.publication AS publication, best.year AS year
ORDER BY belief DESC, n_evidence DESC, id
