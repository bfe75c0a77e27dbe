// name: target-safety
// asks: Which side effects do the drugs of a target have in common?
// notes: A harm that several drugs of one target share may come from the target.
// notes: Evidence on a mouse or rat gene counts for its human ortholog.
// param: gene gene                  the gene or gene family
// param: min_drugs int = 2          least drugs that share the side effect
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: effect            disease or phenotype
// column: effect_id         its id
// column: n_drugs           drugs of the target that cause it
// column: n_drugs_of_target  drugs that hit the target
// column: drugs             names of those that cause it, strongest first
// column: belief            belief of the strongest of these edges
// column: n_publications    publications of these edges added up
MATCH (target:Gene|GeneFamily {id: $gene})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH target, [target.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene|GeneFamily {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(d:Drug)
WHERE r.belief >= $min_belief
WITH collect(DISTINCT d.id) AS drugs
UNWIND drugs AS drug
MATCH (d:Drug {id: drug})-[r:INDUCES]->(x:Disease|Phenotype)
WHERE r.belief >= $min_belief
WITH size(drugs) AS n_drugs_of_target, x, d, r
ORDER BY r.belief DESC, d.id
WITH n_drugs_of_target, x, count(d) AS n_drugs, collect(d.name) AS drugs, max(r.belief) AS belief,
     sum(r.n_publications) AS n_publications
WHERE n_drugs >= $min_drugs
RETURN x.name AS effect, x.id AS effect_id, n_drugs, n_drugs_of_target, drugs, belief, n_publications
ORDER BY n_drugs DESC, belief DESC, effect_id
LIMIT $limit
