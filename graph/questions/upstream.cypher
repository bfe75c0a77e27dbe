// name: upstream
// asks: What raises or lowers a gene, directly or through one other gene?
// notes: Signs are multiplied along the way. Only edges with a sign.
// param: gene gene                  the gene or gene family
// param: min_belief float = 0.1     least belief of each edge on the way
// param: limit int = 25             most rows
// column: regulator         gene, gene family, drug or chemical
// column: regulator_id      its id
// column: label             what it is
// column: steps             1 directly, 2 through another gene
// column: via               name of the gene between; empty if there is none
// column: change            raises or lowers the gene
// column: relations         relationship types along the way
// column: score             product of the beliefs
MATCH path = (x:Gene|GeneFamily|Chemical)
             -[:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES*1..2]->
             (:Gene|GeneFamily {id: $gene})
WHERE all(r IN relationships(path) WHERE r.belief >= $min_belief) AND x.id <> $gene
WITH x, nodes(path) AS along, relationships(path) AS edges
WITH x, size(edges) AS steps, CASE WHEN size(edges) = 2 THEN along[1].name END AS via,
     reduce(sign = 1, r IN edges | sign * r.sign) AS sign, [r IN edges | type(r)] AS relations,
     reduce(product = 1.0, r IN edges | product * r.belief) AS score,
     reduce(key = '', r IN edges | key + r.id + ' ') AS path_id
RETURN x.name AS regulator, x.id AS regulator_id,
       CASE WHEN x:Gene THEN 'Gene' WHEN x:GeneFamily THEN 'GeneFamily' WHEN x:Drug THEN 'Drug'
            ELSE 'Chemical' END AS label,
       steps, via, CASE WHEN sign > 0 THEN 'raises' ELSE 'lowers' END AS change, relations, score
ORDER BY steps, score DESC, regulator_id, path_id
LIMIT $limit
