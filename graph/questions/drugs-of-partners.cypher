// name: drugs-of-partners
// asks: Which drugs act on the partners of a gene, where none acts on the gene itself?
// notes: A way around a gene that is hard to drug. Drugs that hit the gene itself, an ortholog, or a family that it
// notes: belongs to are left out, and of a family those that hit a member; not those of which that is only denied.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: effect            what it does to the partner
// column: partner           the partner, by the best pair of edges
// column: partner_id        its id
// column: relation          how gene and partner are related
// column: direction         out (the gene acts), in (the partner acts) or both (no direction)
// column: n_partners        partners that the drug acts on
// column: score             product of the two beliefs of the best pair
// column: drug_sentence     strongest sentence of the drug's effect
// column: drug_publication  where it stands
// column: partner_sentence  strongest sentence of the relation
// column: partner_publication  where it stands
MATCH (target:Gene|GeneFamily {id: $gene})
OPTIONAL MATCH (target)-[:ORTHOLOG_OF]->(human:Gene)
WITH target, coalesce(human, target) AS human
OPTIONAL MATCH (human)-[:MEMBER_OF|IS_A*1..4]->(family:GeneFamily)
WITH target, human, collect(DISTINCT family.id) AS families
OPTIONAL MATCH (human)<-[:MEMBER_OF|IS_A*1..4]-(member:Gene|GeneFamily)
WITH target, human, families, collect(DISTINCT member.id) AS members
WITH target, families, [human.id] + members AS members
UNWIND members AS one
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(:Gene {id: one})
WITH target, families, members, collect(rodent.id) AS rodents
WITH target, families + members + rodents AS same
UNWIND same AS one
OPTIONAL MATCH (:Gene|GeneFamily {id: one})-[k:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(drug:Drug)
WHERE k.n_evidence > k.n_negated
WITH target, collect(DISTINCT drug.id) AS known
MATCH (target)-[r1:UPREGULATES|DOWNREGULATES|REGULATES|BINDS|INTERACTS_WITH|COEXPRESSED_WITH]-(partner:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (partner)-[r2:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(d:Drug)
WHERE r2.belief >= $min_belief AND NOT d.id IN known
WITH d, partner, r1, r2, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product,
     CASE WHEN type(r1) IN ['BINDS', 'INTERACTS_WITH', 'COEXPRESSED_WITH'] THEN 'both'
          WHEN startNode(r1).id = $gene THEN 'out' ELSE 'in' END AS direction
ORDER BY product DESC, r1.id, r2.id
WITH d, count(DISTINCT partner.id) AS n_partners,
     collect({name: partner.name, id: partner.id, relation: type(r1), effect: type(r2), direction: direction,
              product: product, first: r1.id, second: r2.id})[0] AS pair
ORDER BY pair.product DESC, n_partners DESC, d.id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: pair.second})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, n_partners, pair, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, n_partners, pair, collect({sentence: e.sentence, publication: p.id})[0] AS best2
OPTIONAL MATCH (e:Evidence {triple_id: pair.first})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, n_partners, pair, best2, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, n_partners, pair, best2, collect({sentence: e.sentence, publication: p.id})[0] AS best1
RETURN d.name AS drug, d.id AS drug_id, pair.effect AS effect, pair.name AS partner, pair.id AS partner_id,
       pair.relation AS relation, pair.direction AS direction, n_partners, pair.product / 100000000.0 AS score,
       best2.sentence AS drug_sentence, best2.publication AS drug_publication,
       best1.sentence AS partner_sentence, best1.publication AS partner_publication
ORDER BY score DESC, n_partners DESC, drug_id
