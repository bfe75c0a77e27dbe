// name: upstream
// asks: What raises or lowers a gene, directly or through one other gene?
// notes: Signs are multiplied along the way. Only edges with a sign.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: regulator         gene, gene family, drug or chemical
// column: regulator_id      its id
// column: label             what it is
// column: steps             1 directly, 2 through another gene
// column: via               name of the gene between; empty if there is none
// column: change            raises or lowers the gene
// column: relations         relationship types along the way
// column: score             product of the beliefs
MATCH (m:Gene|GeneFamily|Chemical)-[r2:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->
      (:Gene|GeneFamily {id: $gene})
WHERE r2.belief >= $min_belief AND m.id <> $gene
OPTIONAL MATCH (x:Gene|GeneFamily|Chemical)-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->(m)
WHERE r1.belief >= $min_belief AND x.id <> $gene
WITH m, r2, collect(CASE WHEN r1 IS NOT NULL THEN {from: x, edge: r1} END) AS before
UNWIND [{from: m, edge: null}] + before AS step
WITH step.from AS x, step.edge AS r1, m, r2
WITH x, CASE WHEN r1 IS NULL THEN 1 ELSE 2 END AS steps, CASE WHEN r1 IS NOT NULL THEN m.name END AS via,
     coalesce(r1.sign, 1) * r2.sign AS sign,
     CASE WHEN r1 IS NULL THEN [type(r2)] ELSE [type(r1), type(r2)] END AS relations,
     coalesce(r1.belief, 1.0) * r2.belief AS score, coalesce(r1.id + ' ', '') + r2.id + ' ' AS path_id
RETURN x.name AS regulator, x.id AS regulator_id,
       CASE WHEN x:Gene THEN 'Gene' WHEN x:GeneFamily THEN 'GeneFamily' WHEN x:Drug THEN 'Drug'
            ELSE 'Chemical' END AS label,
       steps, via, CASE WHEN sign > 0 THEN 'raises' ELSE 'lowers' END AS change, relations, score
ORDER BY steps, score DESC, regulator_id, path_id
LIMIT $limit
