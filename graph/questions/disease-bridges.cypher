// name: disease-bridges
// asks: Which pairs of genes join two diseases that need not have a gene in common?
// notes: The first gene has to do with the first disease, the second with the other, and the two genes with each other;
// notes: of each disease the 200 genes with the strongest edges.
// param: first disease              one disease or phenotype
// param: second disease             the other
// param: min_belief belief = 0.1    least belief of each edge on the way
// param: limit int = 25             most rows
// column: first_gene        gene of the first disease
// column: first_gene_id     its id
// column: second_gene       gene of the second disease
// column: second_gene_id    its id
// column: first_role        what the first gene does in the first disease
// column: relation          how the two genes are related, the strongest way
// column: second_role       what the second gene does in the second disease
// column: score             product of the three beliefs
MATCH (:Disease|Phenotype {id: $first})<-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]-(g1:Gene|GeneFamily)
WHERE r.belief >= $min_belief
WITH g1, r
ORDER BY r.belief DESC, r.id
WITH g1, collect({role: type(r), belief: r.belief, id: r.id})[0] AS link
ORDER BY link.belief DESC, link.id
LIMIT 200
WITH collect({gene: g1.id, role: link.role, belief: link.belief}) AS ones
MATCH (:Disease|Phenotype {id: $second})<-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]-(g2:Gene|GeneFamily)
WHERE r.belief >= $min_belief
WITH ones, g2, r
ORDER BY r.belief DESC, r.id
WITH ones, g2, collect({role: type(r), belief: r.belief, id: r.id})[0] AS link
ORDER BY link.belief DESC, link.id
LIMIT 200
WITH ones, collect({gene: g2.id, role: link.role, belief: link.belief}) AS twos
WITH ones, twos, [two IN twos | two.gene] AS second_ids
UNWIND ones AS one
MATCH (g1:Gene|GeneFamily {id: one.gene})-[r:UPREGULATES|DOWNREGULATES|REGULATES|BINDS|INTERACTS_WITH|COEXPRESSED_WITH]-
      (g2:Gene|GeneFamily)
WHERE r.belief >= $min_belief AND g2.id IN second_ids
WITH g1, g2, one, [two IN twos WHERE two.gene = g2.id][0] AS two, r
ORDER BY r.belief DESC, r.id
WITH g1, g2, one, two, collect({relation: type(r), belief: r.belief})[0] AS link
WITH g1, g2, one.role AS first_role, link.relation AS relation, two.role AS second_role,
     toInteger(round(one.belief * 10000)) * toInteger(round(link.belief * 10000))
     * toInteger(round(two.belief * 10000)) AS product
RETURN g1.name AS first_gene, g1.id AS first_gene_id, g2.name AS second_gene, g2.id AS second_gene_id,
       first_role, relation, second_role, product / 1000000000000.0 AS score
ORDER BY score DESC, first_gene_id, second_gene_id
LIMIT $limit
