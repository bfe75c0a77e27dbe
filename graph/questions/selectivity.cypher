// name: selectivity
// asks: How selective for a gene are the drugs that hit it, against the other members of its families?
// notes: Direct effects only: inhibition, activation, agonism, antagonism, binding. What nobody has tested counts as
// notes: not hit.
// notes: Evidence on a mouse or rat gene counts for its human ortholog. Families are those at every level.
// param: gene gene                  the gene
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: belief            belief that it hits the gene
// column: n_relatives       other members of the gene's families
// column: n_hit             those that it hits, too
// column: hit               their names, strongest first
// column: margin            belief for the gene less that for the strongest of them
MATCH (target:Gene {id: $gene})-[:MEMBER_OF|IS_A*1..4]->(family:GeneFamily)
WITH DISTINCT target, family
MATCH (family)<-[:MEMBER_OF|IS_A*1..4]-(other:Gene)
WHERE other.id <> $gene
WITH target, collect(DISTINCT other.id) AS relatives
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH relatives, target, [target.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(d:Drug)
WHERE r.belief >= $min_belief
WITH relatives, d, max(r.belief) AS belief
OPTIONAL MATCH (d)-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(g:Gene)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH relatives, d, belief, coalesce(human, g) AS g, r
WITH relatives, d, belief, CASE WHEN g.id IN relatives THEN g.id END AS hit,
     CASE WHEN g.id IN relatives THEN g.name END AS name, max(r.belief) AS hit_belief
ORDER BY hit_belief DESC, hit
WITH d, belief, size(relatives) AS n_relatives, count(hit) AS n_hit, collect(name) AS hit,
     max(CASE WHEN hit IS NOT NULL THEN hit_belief END) AS strongest
RETURN d.name AS drug, d.id AS drug_id, belief, n_relatives, n_hit, hit, belief - coalesce(strongest, 0.0) AS margin
ORDER BY margin DESC, n_hit, drug_id
LIMIT $limit
