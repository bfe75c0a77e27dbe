// name: feedback-loops
// asks: Which two genes regulate each other, and does the loop amplify or dampen?
// param: concept concept = ""       only loops with this gene; empty is the whole graph
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: first             one gene or gene family
// column: first_id          its id
// column: second            the other
// column: second_id         its id
// column: forward           what the first does to the second
// column: backward          what the second does to the first
// column: kind              positive (amplifies) or negative (dampens)
// column: score             product of the two beliefs
MATCH (a:Gene|GeneFamily)-[r1:UPREGULATES|DOWNREGULATES]->(b:Gene|GeneFamily)
WHERE a.id < b.id AND r1.belief >= $min_belief AND ($concept = '' OR a.id = $concept OR b.id = $concept)
MATCH (b)-[r2:UPREGULATES|DOWNREGULATES]->(a)
WHERE r2.belief >= $min_belief
WITH a, b, r1, r2, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
RETURN a.name AS first, a.id AS first_id, b.name AS second, b.id AS second_id, type(r1) AS forward,
       type(r2) AS backward, CASE WHEN r1.sign * r2.sign > 0 THEN 'positive' ELSE 'negative' END AS kind,
       product / 100000000.0 AS score
ORDER BY score DESC, r1.id, r2.id
LIMIT $limit
