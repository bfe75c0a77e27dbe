// name: paths
// asks: By which ways of at most three edges are two things joined, strongest first?
// notes: Edges count in both directions; no entity comes twice. Ask with a higher `min_belief` where hubs lie between.
// param: first concept              one end
// param: second concept             the other end
// param: min_belief belief = 0.3    least belief of each edge on the way
// param: limit int = 25             most rows
// column: steps             edges on the way
// column: names             the entities, from the first to the second
// column: ids               their ids
// column: relations         relationship types, with arrows that show which way they point
// column: beliefs           beliefs of the edges
// column: score             product of the beliefs
MATCH path = (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $first})-[*1..3]-
             (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $second})
WHERE $first <> $second AND all(r IN relationships(path) WHERE r.belief >= $min_belief)
WITH nodes(path) AS along, relationships(path) AS edges
WHERE all(n IN along[1..] WHERE n.id <> $first) AND all(n IN along[..-1] WHERE n.id <> $second)
WITH size(edges) AS steps, [n IN along | n.name] AS names, [n IN along | n.id] AS ids,
     [i IN range(0, size(edges) - 1) |
      (CASE WHEN startNode(edges[i]).id = along[i].id THEN type(edges[i]) + ' >' ELSE '< ' + type(edges[i]) END)
     ] AS relations,
     [r IN edges | r.belief] AS beliefs, reduce(product = 1.0, r IN edges | product * r.belief) AS score,
     reduce(key = '', r IN edges | key + r.id + ' ') AS path_id
RETURN steps, names, ids, relations, beliefs, score
ORDER BY steps, score DESC, path_id
LIMIT $limit
