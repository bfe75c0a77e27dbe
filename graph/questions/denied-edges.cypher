// name: denied-edges
// asks: What has been looked for and not found: which edges are denied, and never affirmed?
// notes: Negative results. Sentences that only suppose the edge may stand beside those that deny it.
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: n_negated         sentences that deny it
// column: n_speculated      sentences that suppose it
// column: n_publications    publications of either
// column: sentence          the strongest sentence that denies it
// column: publication       where that sentence stands
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.n_negated > 0 AND r.n_negated + r.n_speculated = r.n_evidence
  AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.n_negated DESC, r.n_speculated, r.id
LIMIT $limit
WITH a, b, type(r) AS predicate, r.n_negated AS n_negated, r.n_speculated AS n_speculated,
     r.n_publications AS n_publications, r.id AS id
OPTIONAL MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE e.assertion = 'negated' AND NOT coalesce(p.retracted, false)
WITH a, b, predicate, n_negated, n_speculated, n_publications, id, e, p
ORDER BY e.score DESC, e.id
WITH a, b, predicate, n_negated, n_speculated, n_publications, id,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN a.name AS subject, a.id AS subject_id, predicate, b.name AS object, b.id AS object_id, n_negated,
       n_speculated, n_publications, best.sentence AS sentence, best.publication AS publication
ORDER BY n_negated DESC, n_speculated, id
