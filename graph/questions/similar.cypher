// name: similar
// asks: What is most like a given gene, drug or disease, by the neighbours that they share?
// notes: Of the 200 of the same kind that share most, ordered by the share of all neighbours that are common (Jaccard).
// notes: Where the entity has more than 500 neighbours, the 500 with fewest edges choose those 200.
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
WITH a, collect(DISTINCT n) AS mine
WITH labels(a) AS kind, size(mine) AS n_mine, mine
UNWIND mine AS n
WITH kind, n_mine, n, COUNT { (n)--() } AS degree
ORDER BY degree, n.id
LIMIT 500
MATCH (n)-[r]-(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief >= $min_belief AND b.id <> $concept AND any(label IN labels(b) WHERE label IN kind)
WITH n_mine, b, count(DISTINCT n.id) AS n_rare
ORDER BY n_rare DESC, b.id
LIMIT 200
MATCH (concept:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})
MATCH (b)-[r]-(m)
WHERE r.belief >= $min_belief
WITH DISTINCT n_mine, concept, b, m
WITH n_mine, b, m, EXISTS { (concept)-[s]-(m) WHERE s.belief >= $min_belief } AS common
ORDER BY m.id
WITH n_mine, b, count(m) AS n_neighbours, sum(CASE WHEN common THEN 1 ELSE 0 END) AS n_shared,
     collect(CASE WHEN common THEN m.name END)[0..5] AS shared
RETURN b.name AS other, b.id AS other_id, n_shared, n_neighbours,
       1.0 * n_shared / (n_mine + n_neighbours - n_shared) AS jaccard, shared
ORDER BY jaccard DESC, other_id
LIMIT $limit
