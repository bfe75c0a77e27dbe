// name: side-effect-targets
// asks: Which targets do the drugs that bring about a disease or symptom have in common?
// notes: `share` compares with all drugs of the target: near 1 it is the target, low it is a popular target.
// notes: Direct effects only: inhibition, activation, agonism, antagonism, binding.
// notes: Evidence on a mouse or rat gene counts for its human ortholog.
// param: disease disease            the disease or phenotype
// param: min_drugs int = 2          least drugs that share the target
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: target            gene or gene family
// column: target_id         its id
// column: n_drugs           drugs that bring it about and hit the target
// column: n_inducers        drugs that bring it about
// column: n_drugs_of_target  drugs that hit the target
// column: share             share of the target's drugs that bring it about
// column: drugs             names of those that do, in the order of their ids
MATCH (:Disease|Phenotype {id: $disease})<-[r:INDUCES]-(d:Drug)
WHERE r.belief >= $min_belief
WITH collect(DISTINCT d.id) AS inducers
UNWIND inducers AS one
MATCH (d:Drug {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH DISTINCT inducers, d, coalesce(human, g) AS target
ORDER BY d.id
WITH size(inducers) AS n_inducers, target, count(d) AS n_drugs, collect(d.name) AS drugs
WHERE n_drugs >= $min_drugs
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH n_inducers, target, n_drugs, drugs, [target.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene|GeneFamily {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(d:Drug)
WHERE r.belief >= $min_belief
WITH n_inducers, target, n_drugs, drugs, count(DISTINCT d.id) AS n_drugs_of_target
RETURN target.name AS target, target.id AS target_id, n_drugs, n_inducers, n_drugs_of_target,
       1.0 * n_drugs / n_drugs_of_target AS share, drugs
ORDER BY n_drugs DESC, share DESC, target_id
LIMIT $limit
