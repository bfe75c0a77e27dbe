// name: partner-proteins
// asks: Which proteins do the partners of a gene encode?
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: protein           protein
// column: protein_id        its id
// column: partner           the gene that encodes it
// column: partner_id        its id
// column: relation          how gene and partner are related, the strongest way
// column: belief            belief of that edge
// column: n_relations       ways in which the two are related
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (:Gene|GeneFamily {id: $gene})-[r:UPREGULATES|DOWNREGULATES|REGULATES|BINDS|INTERACTS_WITH|COEXPRESSED_WITH]-
      (partner:Gene)
WHERE r.belief >= $min_belief
WITH partner, r
ORDER BY r.belief DESC, r.id
WITH partner, count(DISTINCT type(r)) AS n_relations,
     collect({relation: type(r), belief: r.belief, id: r.id})[0] AS link
MATCH (partner)-[:ENCODES]->(protein:Protein)
WITH protein, partner, n_relations, link
ORDER BY link.belief DESC, protein.id, partner.id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: link.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH protein, partner, n_relations, link, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH protein, partner, n_relations, link, collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN protein.name AS protein, protein.id AS protein_id, partner.name AS partner, partner.id AS partner_id,
       link.relation AS relation, link.belief AS belief, n_relations,
       best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, protein_id, partner_id
