// name: disease-drugs-harm
// asks: What harm comes with each drug that treats a disease?
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: belief            belief that it treats the disease
// column: n_effects         other diseases and symptoms that it brings about
// column: effects           names of the five firmest
// column: worst_belief      belief of the firmest; empty if there is none
// column: same_disease      belief that it brings about the disease itself; empty if nobody says so
MATCH (x:Disease|Phenotype {id: $disease})<-[t:TREATS]-(d:Drug)
WHERE t.belief >= $min_belief
WITH x, t, d
ORDER BY t.belief DESC, d.id
LIMIT $limit
OPTIONAL MATCH (d)-[same:INDUCES]->(x)
OPTIONAL MATCH (d)-[harm:INDUCES]->(y:Disease|Phenotype)
WHERE harm.belief >= $min_belief AND y.id <> $disease
WITH d, t.belief AS belief, same.belief AS same_disease, harm, y
ORDER BY harm.belief DESC, y.id
WITH d, belief, same_disease, count(y) AS n_effects, collect(y.name)[0..5] AS effects,
     max(harm.belief) AS worst_belief
RETURN d.name AS drug, d.id AS drug_id, belief, n_effects, effects, worst_belief, same_disease
ORDER BY belief DESC, drug_id
