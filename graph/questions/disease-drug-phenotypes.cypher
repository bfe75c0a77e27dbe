// name: disease-drug-phenotypes
// asks: Which symptoms do the drugs of a disease bring about or relieve?
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: phenotype         phenotype
// column: phenotype_id      its id
// column: relation          TREATS or INDUCES
// column: n_drugs           drugs of the disease that do
// column: n_drugs_of_disease  drugs that treat the disease
// column: drugs             names of those that do, firmest first
// column: belief            belief of the firmest edge
MATCH (:Disease|Phenotype {id: $disease})<-[t:TREATS]-(d:Drug)
WHERE t.belief >= $min_belief
WITH collect(DISTINCT d.id) AS drugs
UNWIND drugs AS one
MATCH (d:Drug {id: one})-[r:TREATS|INDUCES]->(h:Phenotype)
WHERE r.belief >= $min_belief AND h.id <> $disease
WITH size(drugs) AS n_drugs_of_disease, h, type(r) AS relation, d, r
ORDER BY r.belief DESC, d.id
WITH n_drugs_of_disease, h, relation, count(d) AS n_drugs, collect(d.name) AS drugs, max(r.belief) AS belief
RETURN h.name AS phenotype, h.id AS phenotype_id, relation, n_drugs, n_drugs_of_disease, drugs, belief
ORDER BY n_drugs DESC, belief DESC, phenotype_id, relation
LIMIT $limit
