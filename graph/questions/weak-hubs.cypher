// name: weak-hubs
// asks: Which entities have many edges that rest on little, so that what they join should be distrusted?
// notes: Often a name that is also a common word or another entity's abbreviation: ask `surface-forms` of it next.
// param: label label = "Gene"       Gene, GeneFamily, Chemical, Drug, Disease or Phenotype
// param: min_edges int = 3          least edges
// param: limit int = 25             most rows
// column: name              entity
// column: id                its id
// column: n_edges           edges taken from text
// column: n_single          those that a single publication speaks of
// column: n_disputed        those that some sentence denies
// column: n_unaffirmed      those that nobody affirms
// column: weak_share        share of the edges that are any of these
MATCH (n:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE $label IN labels(n)
WITH n, COUNT {
       (n)-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
       WHERE r.n_publications = 1 OR r.n_negated > 0 OR r.n_speculated = r.n_evidence
     } AS n_weak
WHERE n_weak > 0
WITH n, n_weak, COUNT { (n)-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype) WHERE r.belief IS NOT NULL } AS n_edges
WHERE n_edges >= $min_edges
WITH n, n_edges, 1.0 * n_weak / n_edges AS weak_share
ORDER BY weak_share DESC, n_edges DESC, n.id
LIMIT $limit
MATCH (n)-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief IS NOT NULL
WITH n, n_edges, weak_share, sum(CASE WHEN r.n_publications = 1 THEN 1 ELSE 0 END) AS n_single,
     sum(CASE WHEN r.n_negated > 0 THEN 1 ELSE 0 END) AS n_disputed,
     sum(CASE WHEN r.n_negated + r.n_speculated = r.n_evidence THEN 1 ELSE 0 END) AS n_unaffirmed
RETURN n.name AS name, n.id AS id, n_edges, n_single, n_disputed, n_unaffirmed, weak_share
ORDER BY weak_share DESC, n_edges DESC, id
