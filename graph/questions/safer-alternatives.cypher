// name: safer-alternatives
// asks: Which drugs share a target with a drug, act on it in the same direction, and are not known to cause a harm?
// notes: Binding has no direction. A harm that a sentence affirms or guesses is known, however little it is believed.
// notes: Not known is not the same as safe: `denying` counts sentences that say that the drug does not cause it.
// param: drug drug                  the drug or chemical
// param: disease disease            the harm to avoid, a disease or phenotype
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              the other drug
// column: drug_id           its id
// column: n_shared          targets that both act on in the same direction
// column: shared            their names, strongest pair first
// column: score             sum of the products of the two beliefs, each target by its best pair
// column: denying           sentences that deny that it causes the harm
// column: n_effects         other harms that it is said to cause
MATCH (harm:Disease|Phenotype {id: $disease})
MATCH (:Chemical {id: $drug})-[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF]-(g:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (g)-[r2:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF]-(o:Drug)
WHERE r2.belief >= $min_belief AND r2.sign = r1.sign AND o.id <> $drug
WITH harm, o, g, max(toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000))) AS product
ORDER BY product DESC, g.id
WITH harm, o, count(g) AS n_shared, collect(g.name) AS shared, sum(product) / 100000000.0 AS score
OPTIONAL MATCH (o)-[bad:INDUCES]->(harm)
WITH harm, o, n_shared, shared, score, bad
WHERE bad IS NULL OR bad.n_evidence = bad.n_negated
OPTIONAL MATCH (o)-[other:INDUCES]->(x:Disease|Phenotype)
WHERE other.belief >= $min_belief AND x.id <> $disease
RETURN o.name AS drug, o.id AS drug_id, n_shared, shared, score, coalesce(bad.n_negated, 0) AS denying,
       count(x) AS n_effects
ORDER BY score DESC, n_shared DESC, drug_id
LIMIT $limit
