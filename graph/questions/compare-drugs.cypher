// name: compare-drugs
// asks: Which targets do two drugs share, and which has only one of them?
// notes: One row a target, each drug by its strongest edge.
// notes: Evidence on a mouse or rat gene counts for its human ortholog.
// param: first drug                 one drug or chemical
// param: second drug                the other
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: target            gene or gene family
// column: target_id         its id
// column: held_by           both, first or second
// column: first_effect      how the first drug acts on it
// column: first_belief      belief of that edge
// column: second_effect     how the second drug acts on it
// column: second_belief     belief of that edge
MATCH (one:Chemical {id: $first})
MATCH (two:Chemical {id: $second})
WITH [one.id, two.id] AS drugs
UNWIND drugs AS one
MATCH (d:Chemical {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          REGULATES|BINDS|SUBSTRATE_OF|PRODUCT_OF|PART_OF]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH d.id AS drug, r, coalesce(human, g) AS target
ORDER BY r.belief DESC, r.id
WITH target, collect(CASE WHEN drug = $first THEN {effect: type(r), belief: r.belief} END)[0] AS left,
     collect(CASE WHEN drug = $second THEN {effect: type(r), belief: r.belief} END)[0] AS right
RETURN target.name AS target, target.id AS target_id,
       CASE WHEN left IS NULL THEN 'second' WHEN right IS NULL THEN 'first' ELSE 'both' END AS held_by,
       left.effect AS first_effect, left.belief AS first_belief,
       right.effect AS second_effect, right.belief AS second_belief
ORDER BY CASE held_by WHEN 'both' THEN 0 WHEN 'first' THEN 1 ELSE 2 END,
         coalesce(first_belief, 0.0) + coalesce(second_belief, 0.0) DESC, target_id
LIMIT $limit
