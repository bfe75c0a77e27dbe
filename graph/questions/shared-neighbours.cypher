// name: shared-neighbours
// asks: Which genes and drugs do two diseases have in common?
// param: first disease              one disease or phenotype
// param: second disease             the other
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: neighbour         gene, gene family, drug or chemical
// column: neighbour_id      its id
// column: label             what it is
// column: first_relation    how it relates to the first disease, strongest relation
// column: first_belief      belief of that edge
// column: second_relation   how it relates to the second disease, strongest relation
// column: second_belief     belief of that edge
MATCH (a:Disease|Phenotype {id: $first})<-[r1:TREATS|INDUCES|ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]-(n)
WHERE r1.belief >= $min_belief
MATCH (n)-[r2:TREATS|INDUCES|ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]->(b:Disease|Phenotype {id: $second})
WHERE r2.belief >= $min_belief
WITH n, r1, r2
ORDER BY r1.belief * r2.belief DESC, r1.id, r2.id
WITH n, collect({r1: type(r1), b1: r1.belief, r2: type(r2), b2: r2.belief})[0] AS best
RETURN n.name AS neighbour, n.id AS neighbour_id,
       CASE WHEN n:Gene THEN 'Gene' WHEN n:GeneFamily THEN 'GeneFamily' WHEN n:Drug THEN 'Drug'
            ELSE 'Chemical' END AS label,
       best.r1 AS first_relation, best.b1 AS first_belief, best.r2 AS second_relation, best.b2 AS second_belief
ORDER BY first_belief * second_belief DESC, neighbour_id
LIMIT $limit
