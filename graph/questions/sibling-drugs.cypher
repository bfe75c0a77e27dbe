// name: sibling-drugs
// asks: Which drugs treat the nearest relatives of a disease, but are not stated to treat it?
// notes: Relatives are the other diseases right below the same parent (IS_A). What is only denied is not stated.
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: n_relatives       relatives that it treats
// column: relatives         their names, firmest first
// column: belief            belief of the firmest of these edges
// column: n_publications    publications of these edges added up
// column: induces           belief that it brings about the given disease; empty if nobody says so
MATCH (x:Disease|Phenotype {id: $disease})
OPTIONAL MATCH (x)<-[k:TREATS]-(known:Drug)
WHERE k.n_evidence > k.n_negated
WITH x, collect(DISTINCT known.id) AS known
MATCH (x)-[:IS_A]->(:Disease|Phenotype)<-[:IS_A]-(relative:Disease|Phenotype)
WHERE relative.id <> $disease
WITH DISTINCT x, known, relative
MATCH (relative)<-[r:TREATS]-(d:Drug)
WHERE r.belief >= $min_belief AND NOT d.id IN known
WITH x, d, relative, r
ORDER BY r.belief DESC, relative.id
WITH x, d, count(relative) AS n_relatives, collect(relative.name) AS relatives, max(r.belief) AS belief,
     sum(r.n_publications) AS n_publications
OPTIONAL MATCH (d)-[harm:INDUCES]->(x)
RETURN d.name AS drug, d.id AS drug_id, n_relatives, relatives, belief, n_publications, harm.belief AS induces
ORDER BY n_relatives DESC, belief DESC, drug_id
LIMIT $limit
