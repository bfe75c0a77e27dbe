// name: family-diseases
// asks: Which diseases are known of a gene's relatives, but not of the gene itself?
// notes: Relatives are the other members of its families, at every level. What is only denied of the gene is not known
// notes: of it.
// param: gene gene                  the gene
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: disease           disease or phenotype
// column: disease_id        its id
// column: n_relatives       relatives that have to do with it
// column: relatives         their names, strongest first
// column: role              what the strongest does in it
// column: belief            belief of that edge
// column: n_publications    publications of these edges added up
MATCH (g:Gene {id: $gene})
OPTIONAL MATCH (g)-[k:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]->(x:Disease|Phenotype)
WHERE k.n_evidence > k.n_negated
WITH g, collect(DISTINCT x.id) AS known
MATCH (g)-[:MEMBER_OF|IS_A*1..4]->(family:GeneFamily)
WITH DISTINCT known, family
MATCH (family)<-[:MEMBER_OF|IS_A*1..4]-(other:Gene)
WHERE other.id <> $gene
WITH DISTINCT known, other
MATCH (other)-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]->(x:Disease|Phenotype)
WHERE r.belief >= $min_belief AND NOT x.id IN known
WITH x, other, r
ORDER BY r.belief DESC, r.id
WITH x, other, collect({role: type(r), belief: r.belief, id: r.id})[0] AS link, sum(r.n_publications) AS n
ORDER BY link.belief DESC, link.id
WITH x, count(other) AS n_relatives, collect(other.name) AS relatives, collect(link)[0] AS link,
     sum(n) AS n_publications
RETURN x.name AS disease, x.id AS disease_id, n_relatives, relatives, link.role AS role, link.belief AS belief,
       n_publications
ORDER BY n_relatives DESC, belief DESC, disease_id
LIMIT $limit
