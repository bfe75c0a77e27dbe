// name: mechanism-conflicts
// asks: Which treatments of a drug go against what its genes are said to do in the disease?
// notes: The drug treats the disease, and yet raises a gene that promotes it or lowers one that protects: one of the
// notes: three edges may be wrong, or the gene does more than one thing.
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: disease           disease or phenotype that the drug treats
// column: disease_id        its id
// column: treats_belief     belief of the treatment
// column: gene              the gene that speaks against it
// column: gene_id           its id
// column: effect            what the drug does to the gene
// column: role              what the gene does in the disease
// column: score             product of the beliefs of effect and role
MATCH (d:Chemical {id: $drug})-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->
      (g:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (g)-[r2:PROMOTES|PROTECTS_FROM]->(x:Disease|Phenotype)
WHERE r2.belief >= $min_belief AND r1.sign * r2.sign > 0
MATCH (x)<-[t:TREATS]-(d)
WHERE t.belief >= $min_belief
WITH x, t, g, r1, r2, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
RETURN x.name AS disease, x.id AS disease_id, t.belief AS treats_belief, g.name AS gene, g.id AS gene_id,
       type(r1) AS effect, type(r2) AS role, product / 100000000.0 AS score
ORDER BY score DESC, treats_belief DESC, r1.id, r2.id
LIMIT $limit
