// name: mechanism
// asks: Through which genes might a drug act on a disease, and do the signs along the way speak for or against it?
// notes: Evidence on a mouse or rat gene counts for its human ortholog.
// param: drug drug                  the drug or chemical
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: gene              gene between the two
// column: gene_id           its id
// column: effect            what the drug does to the gene
// column: effect_belief     belief of that edge
// column: role              what the gene does in the disease
// column: role_belief       belief of that edge
// column: reads             against the disease, with it, or unsigned where an edge has no sign
// column: score             product of the two beliefs
// column: drug_sentence     strongest sentence of the drug's effect
// column: drug_publication  where it stands
// column: disease_sentence  strongest sentence of the gene's role
// column: disease_publication  where it stands
MATCH (:Chemical {id: $drug})-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          REGULATES|BINDS|SUBSTRATE_OF|PRODUCT_OF|PART_OF]-(g1:Gene)
WHERE r1.belief >= $min_belief
OPTIONAL MATCH (g1)-[:ORTHOLOG_OF]->(human:Gene)
WITH r1, coalesce(human, g1) AS gene
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(gene)
WITH r1, gene, [gene.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene {id: one})-[r2:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]->(:Disease|Phenotype {id: $disease})
WHERE r2.belief >= $min_belief
WITH gene, type(r1) AS effect, r1.belief AS effect_belief, type(r2) AS role, r2.belief AS role_belief,
     CASE r1.sign * r2.sign WHEN 1 THEN 'with' WHEN -1 THEN 'against' ELSE 'unsigned' END AS reads,
     r1.id AS first_id, r2.id AS second_id,
     toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, gene.id, first_id, second_id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: first_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH gene, effect, effect_belief, role, role_belief, reads, first_id, second_id, product, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH gene, effect, effect_belief, role, role_belief, reads, first_id, second_id, product,
     collect({sentence: e.sentence, publication: p.id})[0] AS best1
OPTIONAL MATCH (e:Evidence {triple_id: second_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH gene, effect, effect_belief, role, role_belief, reads, first_id, second_id, product, best1, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH gene, effect, effect_belief, role, role_belief, reads, first_id, second_id, product, best1,
     collect({sentence: e.sentence, publication: p.id})[0] AS best2
RETURN gene.name AS gene, gene.id AS gene_id, effect, effect_belief, role, role_belief, reads,
       product / 100000000.0 AS score, best1.sentence AS drug_sentence, best1.publication AS drug_publication,
       best2.sentence AS disease_sentence, best2.publication AS disease_publication
ORDER BY score DESC, gene_id, first_id, second_id
