// name: counteracting-drugs
// asks: Which drugs work against a drug, because they move the same genes the other way?
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: drug              the other drug
// column: drug_id           its id
// column: n_genes           genes that the two move in opposite directions
// column: genes             their names, strongest pair first
// column: effect            what the first drug does to the strongest
// column: counter_effect    what the other does to it
// column: score             sum of the products of the two beliefs, each gene by its best pair
MATCH (:Chemical {id: $drug})-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->
      (g:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (g)<-[r2:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]-(o:Drug)
WHERE r2.belief >= $min_belief AND r1.sign * r2.sign < 0 AND o.id <> $drug
WITH o, g, r1, r2, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, r1.id, r2.id
WITH o, g, collect({product: product, effect: type(r1), counter: type(r2)})[0] AS pair
ORDER BY pair.product DESC, g.id
WITH o, count(g) AS n_genes, collect(g.name) AS genes, collect(pair)[0] AS pair,
     sum(pair.product) / 100000000.0 AS score
RETURN o.name AS drug, o.id AS drug_id, n_genes, genes, pair.effect AS effect, pair.counter AS counter_effect, score
ORDER BY score DESC, n_genes DESC, drug_id
LIMIT $limit
