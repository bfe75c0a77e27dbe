// name: shared-enzyme
// asks: With which drugs might a drug interact through an enzyme that breaks one of them down?
// notes: One is a substrate of the gene, the other moves it: what inhibits or lowers the enzyme makes the level of its
// notes: substrates rise. `stated` tells whether text already says that the two interact.
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: partner           the other drug
// column: partner_id        its id
// column: enzyme            the gene that both act on
// column: enzyme_id         its id
// column: victim            name of the drug whose level changes, the substrate
// column: level             rises or falls
// column: effect            what the other one does to the enzyme
// column: stated            belief that the two interact; empty if nobody says so
// column: score             product of the two beliefs
// column: substrate_sentence  strongest sentence that it is a substrate
// column: substrate_publication  where it stands
// column: effect_sentence   strongest sentence of the effect on the enzyme
// column: effect_publication  where it stands
MATCH (d:Chemical {id: $drug})
      -[r1:SUBSTRATE_OF|INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->
      (g:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (g)<-[r2:SUBSTRATE_OF|INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]-(o:Drug)
WHERE r2.belief >= $min_belief AND o.id <> $drug
  AND ((type(r1) = 'SUBSTRATE_OF' AND r2.sign <> 0) OR (type(r2) = 'SUBSTRATE_OF' AND r1.sign <> 0))
OPTIONAL MATCH (d)-[i:INTERACTS_WITH]-(o)
WITH o, g, i.belief AS stated, CASE WHEN r1.sign = 0 THEN d.name ELSE o.name END AS victim,
     CASE WHEN r1.sign + r2.sign < 0 THEN 'rises' ELSE 'falls' END AS level,
     CASE WHEN r1.sign = 0 THEN type(r2) ELSE type(r1) END AS effect,
     CASE WHEN r1.sign = 0 THEN r1.id ELSE r2.id END AS substrate_id,
     CASE WHEN r1.sign = 0 THEN r2.id ELSE r1.id END AS effect_id,
     toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, substrate_id, effect_id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: substrate_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH o, g, stated, victim, level, effect, substrate_id, effect_id, product, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH o, g, stated, victim, level, effect, substrate_id, effect_id, product,
     collect({sentence: e.sentence, publication: p.id})[0] AS best1
OPTIONAL MATCH (e:Evidence {triple_id: effect_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH o, g, stated, victim, level, effect, substrate_id, effect_id, product, best1, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH o, g, stated, victim, level, effect, substrate_id, effect_id, product, best1,
     collect({sentence: e.sentence, publication: p.id})[0] AS best2
RETURN o.name AS partner, o.id AS partner_id, g.name AS enzyme, g.id AS enzyme_id, victim, level, effect, stated,
       product / 100000000.0 AS score, best1.sentence AS substrate_sentence,
       best1.publication AS substrate_publication, best2.sentence AS effect_sentence,
       best2.publication AS effect_publication
ORDER BY score DESC, substrate_id, effect_id
