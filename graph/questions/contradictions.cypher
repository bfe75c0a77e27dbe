// name: contradictions
// asks: Which edges do some sentences affirm and others deny?
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: belief            how far to believe the edge, 0 to 1
// column: n_affirmed        sentences that affirm it
// column: n_negated         sentences that deny it
// column: affirming         strongest sentence that affirms it
// column: affirming_publication  where it stands
// column: denying           strongest sentence that denies it
// column: denying_publication  where it stands
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.n_negated > 0 AND r.n_evidence > r.n_negated + r.n_speculated
  AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.n_negated DESC, r.n_evidence - r.n_negated - r.n_speculated DESC, r.id
LIMIT $limit
WITH a, b, type(r) AS predicate, r.id AS id, r.belief AS belief, r.n_negated AS n_negated,
     r.n_evidence - r.n_negated - r.n_speculated AS n_affirmed
OPTIONAL MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE e.assertion = 'affirmed' AND NOT coalesce(p.retracted, false)
WITH a, b, predicate, id, belief, n_negated, n_affirmed, e, p
ORDER BY e.score DESC, e.id
WITH a, b, predicate, id, belief, n_negated, n_affirmed,
     collect({sentence: e.sentence, publication: p.id})[0] AS pro
OPTIONAL MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE e.assertion = 'negated' AND NOT coalesce(p.retracted, false)
WITH a, b, predicate, id, belief, n_negated, n_affirmed, pro, e, p
ORDER BY e.score DESC, e.id
WITH a, b, predicate, id, belief, n_negated, n_affirmed, pro,
     collect({sentence: e.sentence, publication: p.id})[0] AS con
RETURN a.name AS subject, a.id AS subject_id, predicate, b.name AS object, b.id AS object_id, belief, n_affirmed,
       n_negated, pro.sentence AS affirming, pro.publication AS affirming_publication,
       con.sentence AS denying, con.publication AS denying_publication
ORDER BY n_negated DESC, n_affirmed DESC, id
