// name: interaction-triangles
// asks: Which pairs of a gene's interaction partners interact with each other, too?
// notes: Three that bind or interact with one another may be a complex. BINDS and INTERACTS_WITH count alike.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: first             one partner
// column: first_id          its id
// column: second            the other partner
// column: second_id         its id
// column: first_belief      belief of the gene's edge to the first, the best of those between them
// column: second_belief     belief of its edge to the second
// column: between_belief    belief of the edge between the two
// column: score             product of the three
MATCH (g:Gene|GeneFamily {id: $gene})-[r1:BINDS|INTERACTS_WITH]-(a:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
WITH g, a, max(r1.belief) AS first_belief
MATCH (a)-[r3:BINDS|INTERACTS_WITH]-(b:Gene|GeneFamily)
WHERE r3.belief >= $min_belief AND a.id < b.id
WITH g, a, b, first_belief, max(r3.belief) AS between_belief
MATCH (g)-[r2:BINDS|INTERACTS_WITH]-(b)
WHERE r2.belief >= $min_belief
WITH a, b, first_belief, between_belief, max(r2.belief) AS second_belief
RETURN a.name AS first, a.id AS first_id, b.name AS second, b.id AS second_id, first_belief, second_belief,
       between_belief, first_belief * second_belief * between_belief AS score
ORDER BY score DESC, first_id, second_id
LIMIT $limit
