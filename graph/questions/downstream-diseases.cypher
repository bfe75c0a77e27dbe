// name: downstream-diseases
// asks: To which diseases does a gene lead through a gene that it regulates, and in which direction?
// notes: Signs are multiplied along the way: more of the gene promotes the disease or protects from it.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: disease           disease or phenotype
// column: disease_id        its id
// column: via               the gene between
// column: via_id            its id
// column: regulation        what the gene does to it
// column: role              what that does in the disease
// column: reads             promotes or protects
// column: stated            belief of what is said of the gene and the disease directly; empty if nothing is
// column: score             product of the two beliefs
MATCH (g:Gene|GeneFamily {id: $gene})-[r1:UPREGULATES|DOWNREGULATES]->(via:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (via)-[r2:PROMOTES|PROTECTS_FROM]->(x:Disease|Phenotype)
WHERE r2.belief >= $min_belief
OPTIONAL MATCH (g)-[direct:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]->(x)
WITH x, via, r1, r2, max(direct.belief) AS stated
WITH x, via, r1, r2, stated, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
RETURN x.name AS disease, x.id AS disease_id, via.name AS via, via.id AS via_id, type(r1) AS regulation,
       type(r2) AS role, CASE WHEN r1.sign * r2.sign > 0 THEN 'promotes' ELSE 'protects' END AS reads, stated,
       product / 100000000.0 AS score
ORDER BY score DESC, r1.id, r2.id
LIMIT $limit
