// name: rising-concepts
// asks: Which entities have gained most edges since a year?
// param: label label = "Gene"       Gene, GeneFamily, Chemical, Drug, Disease or Phenotype
// param: since int = 2020           edges first affirmed in this year or later are new
// param: min_belief belief = 0.01   least belief of an edge
// param: limit int = 25             most rows
// column: name              entity
// column: id                its id
// column: n_new             its new edges
// column: n_edges           all its edges that somebody affirms
// column: share             share of them that are new
MATCH (n:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE $label IN labels(n)
WITH n, COUNT {
       (n)-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype) WHERE r.first_year >= $since AND r.belief >= $min_belief
     } AS n_new
WHERE n_new > 0
WITH n, n_new, COUNT {
       (n)-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype) WHERE r.first_year IS NOT NULL AND r.belief >= $min_belief
     } AS n_edges
RETURN n.name AS name, n.id AS id, n_new, n_edges, 1.0 * n_new / n_edges AS share
ORDER BY n_new DESC, share DESC, id
LIMIT $limit
