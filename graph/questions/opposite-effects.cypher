// name: opposite-effects
// asks: Of which pairs does the literature say both: that one raises and that it lowers the other?
// param: concept concept = ""       only pairs with this one; empty is the whole graph
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: subject           where both edges begin
// column: subject_id        its id
// column: object            where both end
// column: object_id         its id
// column: raising           relationship type with sign 1
// column: raising_belief    belief of that edge
// column: raising_publications  publications that state it, denials included
// column: lowering          relationship type with sign -1
// column: lowering_belief   belief of that edge
// column: lowering_publications  publications that state it, denials included
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[up:ACTIVATES|AGONIST_OF|UPREGULATES|INDUCES|PROMOTES]->
      (b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE up.belief >= $min_belief AND ($concept = '' OR a.id = $concept OR b.id = $concept)
MATCH (a)-[down:INHIBITS|ANTAGONIST_OF|DOWNREGULATES|TREATS|PROTECTS_FROM]->(b)
WHERE down.belief >= $min_belief
WITH a, b, up, down
ORDER BY up.belief * down.belief DESC, a.id, b.id, type(up), type(down)
LIMIT $limit
RETURN a.name AS subject, a.id AS subject_id, b.name AS object, b.id AS object_id,
       type(up) AS raising, up.belief AS raising_belief, up.n_publications AS raising_publications,
       type(down) AS lowering, down.belief AS lowering_belief, down.n_publications AS lowering_publications
ORDER BY raising_belief * lowering_belief DESC, subject_id, object_id, raising, lowering
