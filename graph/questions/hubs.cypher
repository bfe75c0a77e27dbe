// name: hubs
// asks: Which entities have the most edges?
// param: label label = "Gene"       Gene, GeneFamily, Chemical, Drug, Disease or Phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: name              entity
// column: id                its id
// column: n_edges           edges taken from text
// column: n_neighbours      different entities at their other ends
// column: n_publications    publications of all its edges added up
MATCH (n:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE $label IN labels(n)
WITH n, COUNT { (n)-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype) WHERE r.belief >= $min_belief } AS n_edges
WHERE n_edges > 0
WITH n, n_edges
ORDER BY n_edges DESC, n.id
LIMIT $limit
MATCH (n)-[r]-(m:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief >= $min_belief
WITH n, n_edges, count(DISTINCT m.id) AS n_neighbours, sum(r.n_publications) AS n_publications
RETURN n.name AS name, n.id AS id, n_edges, n_neighbours, n_publications
ORDER BY n_edges DESC, id
