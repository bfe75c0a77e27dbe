// name: similar
// asks: What is most like a given gene, drug or disease, by the neighbours that they share?
// notes: Of the 200 of the same kind that share most, ordered by the share of all neighbours that are common (Jaccard).
// notes: Relationship types do not count here.
// param: concept concept            a gene, drug, disease or other entity
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: other             the other of the same kind
// column: other_id          its id
// column: n_shared          neighbours in common
// column: n_neighbours      neighbours of the other
// column: jaccard           share of all neighbours of either that both have
// column: shared            names of at most five in common, in the order of their ids
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(n)
WHERE r.belief >= $min_belief
WITH a, collect(DISTINCT n.id) AS mine
UNWIND mine AS one
MATCH (n:Gene|GeneFamily|Chemical|Disease|Phenotype {id: one})-[r]-(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief >= $min_belief AND b.id <> $concept AND any(label IN labels(b) WHERE label IN labels(a))
WITH DISTINCT mine, b, n
ORDER BY n.id
WITH mine, b, count(n) AS n_shared, collect(n.name)[0..5] AS shared
ORDER BY n_shared DESC, b.id
LIMIT 200
MATCH (b)-[r]-(m)
WHERE r.belief >= $min_belief
WITH b, n_shared, shared, size(mine) AS n_mine, count(DISTINCT m.id) AS n_neighbours
RETURN b.name AS other, b.id AS other_id, n_shared, n_neighbours,
       1.0 * n_shared / (n_mine + n_neighbours - n_shared) AS jaccard, shared
ORDER BY jaccard DESC, other_id
LIMIT $limit
