// name: feed-forward-loops
// asks: Where does a drug or a gene act on a second gene both directly and through a third, and do the two ways agree?
// param: concept concept            the gene, drug or chemical that begins the loop
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: middle            the gene between
// column: middle_id         its id
// column: target            the gene that both ways end at
// column: target_id         its id
// column: to_middle         what is done to the gene between
// column: from_middle       what that does to the target
// column: direct            what is done to the target directly
// column: kind              coherent (both ways have the same sign) or incoherent
// column: score             product of the three beliefs
MATCH (a:Gene|GeneFamily|Chemical {id: $concept})
      -[r1:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->
      (b:Gene|GeneFamily)
WHERE r1.belief >= $min_belief
MATCH (b)-[r2:UPREGULATES|DOWNREGULATES]->(c:Gene|GeneFamily)
WHERE r2.belief >= $min_belief
MATCH (a)-[r3:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES]->(c)
WHERE r3.belief >= $min_belief
WITH b, c, r1, r2, r3,
     toInteger(round(r1.belief * 10000)) * toInteger(round(r2.belief * 10000))
     * toInteger(round(r3.belief * 10000)) AS product
RETURN b.name AS middle, b.id AS middle_id, c.name AS target, c.id AS target_id, type(r1) AS to_middle,
       type(r2) AS from_middle, type(r3) AS direct,
       CASE WHEN r1.sign * r2.sign = r3.sign THEN 'coherent' ELSE 'incoherent' END AS kind,
       product / 1000000000000.0 AS score
ORDER BY score DESC, r1.id, r2.id, r3.id
LIMIT $limit
