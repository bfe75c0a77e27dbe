// name: first-publication
// asks: Who said first that two things are related, and how many have said so since?
// notes: Edges of either direction, and those of the mouse and rat orthologs of a gene;
// notes: retracted publications are left out, and so are those without a year.
// param: subject concept            one end
// param: object concept             the other end
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: predicate         relationship type
// column: object            where it ends
// column: publication       oldest publication that affirms it
// column: title             its title
// column: year              its year
// column: journal           its journal
// column: sentence          its strongest sentence
// column: n_since           publications that affirm it, later or in the same year
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
WHERE e.assertion = 'affirmed' AND NOT coalesce(p.retracted, false) AND p.year IS NOT NULL
WITH r, e, p
ORDER BY p.year, e.score DESC, e.id
WITH r, count(DISTINCT p.id) - 1 AS n_since,
     collect({id: p.id, title: p.title, year: p.year, journal: p.journal, sentence: e.sentence})[0] AS oldest
RETURN startNode(r).name AS subject, type(r) AS predicate, endNode(r).name AS object, oldest.id AS publication,
       oldest.title AS title, oldest.year AS year, oldest.journal AS journal, oldest.sentence AS sentence, n_since
ORDER BY year, r.belief DESC, predicate, r.id
LIMIT $limit
