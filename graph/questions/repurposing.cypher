// name: repurposing
// asks: For which diseases might a drug help, because it does the opposite of what their genes do?
// notes: The drug lowers a gene that promotes the disease, or raises one that protects from it. Diseases that the graph
// notes: already has the drug treating or causing are left out, unless that is only denied. To check, not a finding.
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.1    least belief of each of the two edges
// param: limit int = 25             most rows
// column: disease           disease or phenotype
// column: disease_id        its id
// column: n_genes           genes that the drug opposes
// column: score             sum of the products of the two beliefs, each gene by its best pair
// column: genes             names of these genes, strongest first
// column: effect            what the drug does to the strongest
// column: role              what that gene does in the disease
// column: drug_sentence     strongest sentence of the drug's effect
// column: drug_publication  where it stands
// column: disease_sentence  strongest sentence of the gene's role
// column: disease_publication  where it stands
MATCH (d:Chemical {id: $drug})
OPTIONAL MATCH (d)-[k:TREATS|INDUCES]->(known)
WHERE k.n_evidence > k.n_negated
WITH d, collect(known.id) AS known
MATCH (d)-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->(g1:Gene)
WHERE r1.belief >= $min_belief
OPTIONAL MATCH (g1)-[:ORTHOLOG_OF]->(human:Gene)
WITH known, r1, coalesce(human, g1) AS gene
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(gene)
WITH known, r1, gene, [gene.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (g2:Gene {id: one})-[r2:PROMOTES|PROTECTS_FROM]->(x:Disease|Phenotype)
WHERE r2.belief >= $min_belief AND r1.sign * r2.sign < 0 AND NOT x.id IN known
WITH x, gene, r1, r2, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
ORDER BY product DESC, r1.id, r2.id
WITH x, gene, collect({product: product, effect: type(r1), role: type(r2), first: r1.id, second: r2.id})[0] AS pair
ORDER BY pair.product DESC, gene.id
WITH x, count(gene) AS n_genes, sum(pair.product) / 100000000.0 AS score, collect(gene.name) AS genes,
     collect(pair)[0] AS pair
ORDER BY score DESC, n_genes DESC, x.id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: pair.first})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH x, n_genes, score, genes, pair, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH x, n_genes, score, genes, pair, collect({sentence: e.sentence, publication: p.id})[0] AS best1
OPTIONAL MATCH (e:Evidence {triple_id: pair.second})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH x, n_genes, score, genes, pair, best1, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH x, n_genes, score, genes, pair, best1, collect({sentence: e.sentence, publication: p.id})[0] AS best2
RETURN x.name AS disease, x.id AS disease_id, n_genes, score, genes, pair.effect AS effect, pair.role AS role,
       best1.sentence AS drug_sentence, best1.publication AS drug_publication,
       best2.sentence AS disease_sentence, best2.publication AS disease_publication
ORDER BY score DESC, n_genes DESC, disease_id
