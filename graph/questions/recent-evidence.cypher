// name: recent-evidence
// asks: What has been said of something since a year, and of which of its edges for the first time?
// notes: Also new evidence for edges that are old; retracted publications are left out. Since 0 means ever, publications without a year too.
// param: concept concept            a gene, drug, disease or other entity
// param: since int = 2020           evidence of this year or later
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: n_since           sentences since that year
// column: n_before          sentences before it, or, unless it is 0, without a year
// column: affirmed_since    those since that affirm it
// column: negated_since     those since that deny it
// column: sentence          strongest sentence since
// column: publication       where that sentence stands
MATCH (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief IS NOT NULL
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH r, e, p, CASE WHEN p.year >= $since OR ($since = 0 AND p.year IS NULL) THEN 1 ELSE 0 END AS new
ORDER BY new DESC, e.score DESC, e.id
WITH r, count(DISTINCT CASE WHEN new = 1 THEN p.id + ' ' + e.sentence END) AS n_since,
     count(DISTINCT CASE WHEN new = 0 THEN p.id + ' ' + e.sentence END) AS n_before,
     count(DISTINCT CASE WHEN new = 1 AND e.assertion = 'affirmed' THEN p.id + ' ' + e.sentence END) AS affirmed_since,
     count(DISTINCT CASE WHEN new = 1 AND e.assertion = 'negated' THEN p.id + ' ' + e.sentence END) AS negated_since,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
WHERE n_since > 0
RETURN startNode(r).name AS subject, startNode(r).id AS subject_id, type(r) AS predicate, endNode(r).name AS object,
       endNode(r).id AS object_id, n_since, n_before, affirmed_since, negated_since,
       best.sentence AS sentence, best.publication AS publication
ORDER BY n_since DESC, n_before, r.id
LIMIT $limit
