// name: links
// asks: Which concepts stand between two given ones, with hubs ranked down?
// notes: The product of the two beliefs, divided by the square root of the number of things that the concept is joined
// notes: to: what is joined to everything says little.
// param: first concept              one end
// param: second concept             the other end
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: concept           what stands between
// column: concept_id        its id
// column: label             what it is
// column: n_neighbours      things that it is joined to
// column: n_ways            pairs of edges that lead through it
// column: first_relation    its edge to the first, by the strongest pair
// column: second_relation   its edge to the second
// column: score             product of the two beliefs over the square root of its neighbours
MATCH (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $first})-[r1]-(n:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r1.belief >= $min_belief AND $first <> $second
MATCH (n)-[r2]-(:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $second})
WHERE r2.belief >= $min_belief
WITH n, r1, r2, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, r1.id, r2.id
WITH n, count(r1) AS n_ways, collect({product: product, first: type(r1), second: type(r2)})[0] AS pair
MATCH (n)-[r]-(m)
WHERE r.belief >= $min_belief
WITH n, n_ways, pair, count(DISTINCT m.id) AS n_neighbours
RETURN n.name AS concept, n.id AS concept_id,
       CASE WHEN n:Gene THEN 'Gene' WHEN n:GeneFamily THEN 'GeneFamily' WHEN n:Drug THEN 'Drug'
            WHEN n:Chemical THEN 'Chemical' WHEN n:Disease THEN 'Disease' ELSE 'Phenotype' END AS label,
       n_neighbours, n_ways, pair.first AS first_relation, pair.second AS second_relation,
       pair.product / 100000000.0 / sqrt(n_neighbours) AS score
ORDER BY score DESC, concept_id
LIMIT $limit
