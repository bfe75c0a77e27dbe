// name: family-drugs
// asks: Which drugs hit several members of a gene family?
// notes: Direct effects only: inhibition, activation, agonism, antagonism, binding.
// notes: Evidence on a mouse or rat gene counts for its human ortholog. Members of the families below it are members.
// param: gene gene                  the gene family
// param: min_members int = 2        least members that a drug hits
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: n_members         members that it hits
// column: members           their names, strongest first
// column: best_belief       belief of the strongest of these edges
// column: least_belief      belief for the member that it hits least firmly
MATCH (:GeneFamily {id: $gene})<-[:MEMBER_OF|IS_A*1..4]-(member:Gene)
WITH DISTINCT member
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(member)
WITH member, [member.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(d:Drug)
WHERE r.belief >= $min_belief
WITH d, member, max(r.belief) AS belief
ORDER BY belief DESC, member.id
WITH d, count(member) AS n_members, collect(member.name) AS members, max(belief) AS best_belief,
     min(belief) AS least_belief
WHERE n_members >= $min_members
RETURN d.name AS drug, d.id AS drug_id, n_members, members, best_belief, least_belief
ORDER BY n_members DESC, best_belief DESC, drug_id
LIMIT $limit
