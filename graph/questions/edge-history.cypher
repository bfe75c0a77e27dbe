// name: edge-history
// asks: How did the evidence of a relation of two things grow, year by year?
// notes: Edges of either direction, and those of the mouse and rat orthologs of a gene;
// notes: retracted publications are left out, and so are those without a year.
// param: subject concept            one end
// param: object concept             the other end
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: predicate         relationship type
// column: object            where it ends
// column: year              year
// column: n_publications    publications of that year
// column: n_affirmed        sentences that affirm it
// column: n_negated         sentences that deny it
// column: n_speculated      sentences that suppose it
MATCH (s:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: $subject})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(s)
WITH s.id AS subject, collect(rodent.id) AS rodents
WITH [subject] + rodents AS subjects
MATCH (o:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: $object})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(o)
WITH subjects, o.id AS object, collect(rodent.id) AS rodents
WITH subjects, [object] + rodents AS objects
UNWIND subjects AS subject
UNWIND objects AS object
MATCH (a:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: subject})-[r]-
      (b:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: object})
WHERE r.belief IS NOT NULL
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false) AND p.year IS NOT NULL
WITH r, p.year AS year, count(DISTINCT p.id) AS n_publications,
     count(DISTINCT CASE e.assertion WHEN 'affirmed' THEN p.id + ' ' + e.sentence END) AS n_affirmed,
     count(DISTINCT CASE e.assertion WHEN 'negated' THEN p.id + ' ' + e.sentence END) AS n_negated,
     count(DISTINCT CASE e.assertion WHEN 'speculated' THEN p.id + ' ' + e.sentence END) AS n_speculated
RETURN startNode(r).name AS subject, type(r) AS predicate, endNode(r).name AS object, year, n_publications,
       n_affirmed, n_negated, n_speculated
ORDER BY r.belief DESC, predicate, r.id, year
LIMIT $limit
