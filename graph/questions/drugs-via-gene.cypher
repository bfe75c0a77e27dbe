// name: drugs-via-gene
// asks: Which drugs reach a disease through a gene that they share with it?
// notes: Drugs that the graph already has as treating the disease are left out, unless that is only denied, and so are
// notes: effects without a sign.
// notes: `direction` multiplies the signs along the way: against the disease, or with it.
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.1    least belief of each of the two edges
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: direction         against or with the disease
// column: n_genes           genes that both share
// column: score             sum of the products of the two beliefs, each gene by its best pair
// column: gene              the gene with the best pair
// column: effect            what the drug does to it
// column: role              what it does in the disease
// column: drug_sentence     strongest sentence of the drug's effect
// column: drug_publication  where it stands
// column: disease_sentence  strongest sentence of the gene's role
// column: disease_publication  where it stands
MATCH (x:Disease|Phenotype {id: $disease})
OPTIONAL MATCH (known:Drug)-[k:TREATS]->(x)
WHERE k.n_evidence > k.n_negated
WITH x, collect(known.id) AS treating
MATCH (x)<-[r2:PROMOTES|PROTECTS_FROM]-(g2:Gene)
WHERE r2.belief >= $min_belief
OPTIONAL MATCH (g2)-[:ORTHOLOG_OF]->(human:Gene)
WITH treating, r2, coalesce(human, g2) AS gene
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(gene)
WITH treating, r2, gene, [gene.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (g1:Gene {id: one})<-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]-(d:Drug)
WHERE r1.belief >= $min_belief AND NOT d.id IN treating
WITH d, gene, r1, r2, CASE WHEN r1.sign * r2.sign < 0 THEN 'against' ELSE 'with' END AS direction,
     toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, r1.id, r2.id
WITH d, gene, direction,
     collect({product: product, effect: type(r1), role: type(r2), first: r1.id, second: r2.id})[0] AS pair
WITH d, direction, gene, pair
ORDER BY pair.product DESC, gene.id
WITH d, direction, count(gene) AS n_genes, sum(pair.product) / 100000000.0 AS score, collect(gene.name)[0] AS gene,
     collect(pair)[0] AS pair
ORDER BY score DESC, n_genes DESC, d.id, direction
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: pair.first})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, direction, n_genes, score, gene, pair, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, direction, n_genes, score, gene, pair, collect({sentence: e.sentence, publication: p.id})[0] AS best1
OPTIONAL MATCH (e:Evidence {triple_id: pair.second})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, direction, n_genes, score, gene, pair, best1, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, direction, n_genes, score, gene, pair, best1, collect({sentence: e.sentence, publication: p.id})[0] AS best2
RETURN d.name AS drug, d.id AS drug_id, direction, n_genes, score, gene, pair.effect AS effect, pair.role AS role,
       best1.sentence AS drug_sentence, best1.publication AS drug_publication,
       best2.sentence AS disease_sentence, best2.publication AS disease_publication
ORDER BY score DESC, n_genes DESC, drug_id, direction
