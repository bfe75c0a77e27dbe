// name: remedies
// asks: Which drugs treat what a drug brings about, and are they known to interact with it?
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: effect            disease or phenotype that the drug brings about
// column: effect_id         its id
// column: harm_belief       belief that the drug brings it about
// column: remedy            drug that treats it
// column: remedy_id         its id
// column: remedy_belief     belief that it does
// column: interaction       belief that the two drugs interact; empty if nobody says so
// column: score             product of harm and remedy belief
MATCH (d:Chemical {id: $drug})-[r1:INDUCES]->(x:Disease|Phenotype)
WHERE r1.belief >= $min_belief
MATCH (x)<-[r2:TREATS]-(o:Drug)
WHERE r2.belief >= $min_belief AND o.id <> $drug
OPTIONAL MATCH (d)-[i:INTERACTS_WITH]-(o)
WITH x, o, r1, r2, i, toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000)) AS product
RETURN x.name AS effect, x.id AS effect_id, r1.belief AS harm_belief, o.name AS remedy, o.id AS remedy_id,
       r2.belief AS remedy_belief, i.belief AS interaction, product / 100000000.0 AS score
ORDER BY score DESC, effect_id, remedy_id
LIMIT $limit
