// name: combination-ideas
// asks: Which drugs of a disease hit different targets, and has nobody stated together?
// notes: Both treat the disease, have targets, have none in common, and no sentence says or guesses anything of the two
// notes: together. To check, not a finding.
// notes: Evidence on a mouse or rat gene counts for its human ortholog. A gene and a family that it belongs to are not
// notes: different targets, two members of a family are. Looked at are the 100 drugs of the disease that are believed
// notes: most.
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: first             one drug
// column: first_id          its id
// column: second            the other drug
// column: second_id         its id
// column: first_targets     names of at most five targets of the first, in the order of their ids
// column: second_targets    names of at most five targets of the second
// column: score             product of the beliefs that each treats the disease
MATCH (:Disease|Phenotype {id: $disease})<-[t:TREATS]-(d:Drug)
WHERE t.belief >= $min_belief
MATCH (d)-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH DISTINCT d, t.belief AS belief, coalesce(human, g) AS g
ORDER BY g.id
WITH d, belief, collect(g.id) AS ids, collect(g.name)[0..5] AS names
ORDER BY belief DESC, d.id
LIMIT 100
UNWIND ids AS target
OPTIONAL MATCH (:Gene|GeneFamily {id: target})-[:MEMBER_OF|IS_A*1..4]->(family:GeneFamily)
WITH d, belief, ids, names, collect(DISTINCT family.id) AS families
ORDER BY belief DESC, d.id
WITH collect({id: d.id, name: d.name, belief: belief, ids: ids, names: names, reach: ids + families}) AS drugs
UNWIND drugs AS one
UNWIND drugs AS two
WITH one, two
WHERE one.id < two.id AND none(id IN one.ids WHERE id IN two.reach) AND none(id IN two.ids WHERE id IN one.reach)
OPTIONAL MATCH (:Drug {id: one.id})-[r]-(:Drug {id: two.id})
WHERE r.n_evidence > r.n_negated
WITH one, two, count(r) AS n_edges
WHERE n_edges = 0
RETURN one.name AS first, one.id AS first_id, two.name AS second, two.id AS second_id, one.names AS first_targets,
       two.names AS second_targets, one.belief * two.belief AS score
ORDER BY score DESC, first_id, second_id
LIMIT $limit
