// name: stale-edges
// asks: Which edges were affirmed often once, and not since a year?
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: before int = 2015          the newest publication that affirms the edge is older than this year
// param: min_publications int = 2   least publications that state the edge
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: belief            how far to believe the edge, 0 to 1
// column: n_publications    publications that state it, denials included
// column: first_year        oldest publication that affirms it
// column: last_year         newest publication that affirms it
// column: n_negated         sentences that deny it
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.last_year < $before AND r.n_publications >= $min_publications AND r.belief >= $min_belief
  AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.n_publications DESC, r.last_year, r.belief DESC, r.id
LIMIT $limit
RETURN a.name AS subject, a.id AS subject_id, type(r) AS predicate, b.name AS object, b.id AS object_id,
       r.belief AS belief, r.n_publications AS n_publications, r.first_year AS first_year, r.last_year AS last_year,
       r.n_negated AS n_negated
ORDER BY n_publications DESC, last_year, belief DESC, r.id
