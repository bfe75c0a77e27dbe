// name: mechanism-two-genes
// asks: Through which pairs of genes might a drug act on a disease, with the signs multiplied along the way?
// notes: Only edges with a sign; those of the mouse and rat genes are not joined in.
// param: drug drug                  the drug or chemical
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: first_gene        gene that the drug acts on
// column: first_gene_id     its id
// column: second_gene       gene that the first one regulates
// column: second_gene_id    its id
// column: effect            what the drug does to the first gene
// column: regulation        what the first gene does to the second
// column: role              what the second gene does in the disease
// column: reads             against the disease or with it
// column: score             product of the three beliefs
// column: drug_publication  strongest evidence of the drug's effect
// column: gene_publication  strongest evidence of the regulation
// column: disease_publication  strongest evidence of the role
MATCH (:Chemical {id: $drug})-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->
      (g1:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (g1)-[r2:UPREGULATES|DOWNREGULATES]->(g2:Gene|GeneFamily)
WHERE r2.belief >= $min_belief
MATCH (g2)-[r3:PROMOTES|PROTECTS_FROM]->(:Disease|Phenotype {id: $disease})
WHERE r3.belief >= $min_belief
WITH g1, g2, type(r1) AS effect, type(r2) AS regulation, type(r3) AS role,
     CASE WHEN r1.sign * r2.sign * r3.sign < 0 THEN 'against' ELSE 'with' END AS reads,
     r1.id AS first_id, r2.id AS second_id, r3.id AS third_id,
     toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000))
     * toInteger(round(r3.belief * 10000)) AS product
ORDER BY product DESC, first_id, second_id, third_id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: first_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH g1, g2, effect, regulation, role, reads, first_id, second_id, third_id, product, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH g1, g2, effect, regulation, role, reads, first_id, second_id, third_id, product,
     collect({sentence: e.sentence, publication: p.id})[0] AS best1
OPTIONAL MATCH (e:Evidence {triple_id: second_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH g1, g2, effect, regulation, role, reads, first_id, second_id, third_id, product, best1, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH g1, g2, effect, regulation, role, reads, first_id, second_id, third_id, product, best1,
     collect({sentence: e.sentence, publication: p.id})[0] AS best2
OPTIONAL MATCH (e:Evidence {triple_id: third_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH g1, g2, effect, regulation, role, reads, first_id, second_id, third_id, product, best1, best2, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH g1, g2, effect, regulation, role, reads, first_id, second_id, third_id, product, best1, best2,
     collect({sentence: e.sentence, publication: p.id})[0] AS best3
RETURN g1.name AS first_gene, g1.id AS first_gene_id, g2.name AS second_gene, g2.id AS second_gene_id,
       effect, regulation, role, reads, product / 1000000000000.0 AS score, best1.publication AS drug_publication,
       best2.publication AS gene_publication, best3.publication AS disease_publication
ORDER BY score DESC, first_id, second_id, third_id
