// name: stale-edges
// asks: Which edges were affirmed often once, and not since a year?
// notes: Publications that only deny or suppose an edge count for nothing here.
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: before int = 2015          the newest publication that affirms the edge is older than this year
// param: min_publications int = 2   least publications that affirm the edge
// param: min_belief belief = 0.01   least belief of an edge
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: belief            how far to believe the edge, 0 to 1
// column: n_publications    publications that affirm it
// column: first_year        oldest publication that affirms it
// column: last_year         newest publication that affirms it
// column: n_negated         sentences that deny it
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.last_year < $before AND r.n_publications >= $min_publications AND r.belief >= $min_belief
  AND r.n_negated + r.n_speculated > 0 AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH r, r.id AS id
MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication)
WHERE e.assertion = 'affirmed' AND NOT coalesce(p.retracted, false)
WITH r, count(DISTINCT p.id) AS n
WHERE n >= $min_publications
WITH r, n
ORDER BY n DESC, r.last_year, r.belief DESC, r.id
LIMIT $limit
WITH collect(r.id) AS ids, collect({id: r.id, n: n}) AS counted
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.last_year < $before AND r.n_publications >= $min_publications AND r.belief >= $min_belief
  AND (r.n_negated + r.n_speculated = 0 OR r.id IN ids) AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r, CASE WHEN r.n_negated + r.n_speculated = 0 THEN r.n_publications
                   ELSE [one IN counted WHERE one.id = r.id][0].n END AS n_publications
ORDER BY n_publications DESC, r.last_year, r.belief DESC, r.id
LIMIT $limit
RETURN a.name AS subject, a.id AS subject_id, type(r) AS predicate, b.name AS object, b.id AS object_id,
       r.belief AS belief, n_publications, r.first_year AS first_year, r.last_year AS last_year,
       r.n_negated AS n_negated
ORDER BY n_publications DESC, last_year, belief DESC, r.id
