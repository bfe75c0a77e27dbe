// name: gene-disease-drugs
// asks: What do the drugs of a gene do in a disease, and what does that say of the gene?
// notes: A drug that lowers the gene and treats the disease speaks for a gene that promotes it, one that raises the
// notes: gene and treats it for a gene that protects: `implied` is that reading, for edges with a sign.
// notes: Evidence on a mouse or rat gene counts for its human ortholog.
// param: gene gene                  the gene or gene family
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: effect            what it does to the gene
// column: effect_belief     belief of that edge
// column: outcome           TREATS, INDUCES or ASSOCIATED_WITH
// column: outcome_belief    belief of that edge
// column: implied           PROMOTES or PROTECTS_FROM; empty where a sign is missing
// column: score             product of the two beliefs
// column: effect_sentence   strongest sentence of the effect
// column: effect_publication  where it stands
// column: outcome_sentence  strongest sentence of the outcome
// column: outcome_publication  where it stands
MATCH (target:Gene|GeneFamily {id: $gene})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH target, [target.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene|GeneFamily {id: one})<-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]-(d:Drug)
WHERE r1.belief >= $min_belief
MATCH (d)-[r2:TREATS|INDUCES|ASSOCIATED_WITH]->(:Disease|Phenotype {id: $disease})
WHERE r2.belief >= $min_belief
WITH d, type(r1) AS effect, r1.belief AS effect_belief, type(r2) AS outcome, r2.belief AS outcome_belief,
     CASE r1.sign * r2.sign WHEN 1 THEN 'PROMOTES' WHEN -1 THEN 'PROTECTS_FROM' END AS implied,
     r1.id AS first_id, r2.id AS second_id,
     toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, first_id, second_id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: first_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, effect, effect_belief, outcome, outcome_belief, implied, product, first_id, second_id, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, effect, effect_belief, outcome, outcome_belief, implied, product, first_id, second_id,
     collect({sentence: e.sentence, publication: p.id})[0] AS best1
OPTIONAL MATCH (e:Evidence {triple_id: second_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, effect, effect_belief, outcome, outcome_belief, implied, product, first_id, second_id, best1, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, effect, effect_belief, outcome, outcome_belief, implied, product, first_id, second_id, best1,
     collect({sentence: e.sentence, publication: p.id})[0] AS best2
RETURN d.name AS drug, d.id AS drug_id, effect, effect_belief, outcome, outcome_belief, implied,
       product / 100000000.0 AS score, best1.sentence AS effect_sentence, best1.publication AS effect_publication,
       best2.sentence AS outcome_sentence, best2.publication AS outcome_publication
ORDER BY score DESC, first_id, second_id
