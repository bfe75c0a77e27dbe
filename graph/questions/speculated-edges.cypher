// name: speculated-edges
// asks: Which edges has nobody affirmed or denied, only supposed?
// notes: Ideas of others, most often supposed first.
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: n_publications    publications that suppose it
// column: n_evidence        sentences that suppose it
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.n_speculated = r.n_evidence AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.n_publications DESC, r.n_evidence DESC, r.id
LIMIT $limit
WITH a, b, type(r) AS predicate, r.n_publications AS n_publications, r.n_evidence AS n_evidence, r.id AS id
OPTIONAL MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH a, b, predicate, n_publications, n_evidence, id, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH a, b, predicate, n_publications, n_evidence, id, collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN a.name AS subject, a.id AS subject_id, predicate, b.name AS object, b.id AS object_id, n_publications,
       n_evidence, best.sentence AS sentence, best.publication AS publication
ORDER BY n_publications DESC, n_evidence DESC, id
