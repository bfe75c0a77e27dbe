// name: low-belief-edges
// asks: Which edges do many publications state, and should yet be believed little?
// notes: Weak scores, denials or suppositions: what a reader should look at before resting on the number of papers.
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: min_publications int = 3   least publications that state the edge
// param: max_belief belief = 0.5    greatest belief
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: belief            how far to believe the edge, 0 to 1
// column: n_publications    publications that state it, denials included
// column: n_affirmed        sentences that affirm it
// column: n_speculated      sentences that suppose it
// column: n_negated         sentences that deny it
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[r]->(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.n_publications >= $min_publications AND r.belief <= $max_belief
  AND ($concept = '' OR a.id = $concept OR b.id = $concept)
WITH a, b, r
ORDER BY r.n_publications DESC, r.belief, r.id
LIMIT $limit
RETURN a.name AS subject, a.id AS subject_id, type(r) AS predicate, b.name AS object, b.id AS object_id,
       r.belief AS belief, r.n_publications AS n_publications,
       r.n_evidence - r.n_negated - r.n_speculated AS n_affirmed, r.n_speculated AS n_speculated,
       r.n_negated AS n_negated
ORDER BY n_publications DESC, belief, r.id
