// name: edge-journals
// asks: Which journals stand behind a relation of two things?
// notes: Edges of either direction, and those of the mouse and rat orthologs of a gene;
// notes: retracted publications are left out.
// param: subject concept            one end
// param: object concept             the other end
// param: limit int = 25             most rows
// column: journal           journal; empty where the record names none
// column: n_publications    publications that speak of it
// column: n_affirmed        sentences that affirm it
// column: n_negated         sentences that deny it
// column: n_speculated      sentences that suppose it
// column: predicates        relationship types, in alphabetical order
// column: first_year        oldest of the publications
// column: last_year         newest of them
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
WHERE NOT coalesce(p.retracted, false)
WITH coalesce(p.journal, '') AS journal, type(r) AS predicate, e, p
ORDER BY predicate
WITH journal, count(DISTINCT p.id) AS n_publications,
     count(DISTINCT CASE e.assertion WHEN 'affirmed' THEN p.id + ' ' + e.sentence END) AS n_affirmed,
     count(DISTINCT CASE e.assertion WHEN 'negated' THEN p.id + ' ' + e.sentence END) AS n_negated,
     count(DISTINCT CASE e.assertion WHEN 'speculated' THEN p.id + ' ' + e.sentence END) AS n_speculated,
     collect(DISTINCT predicate) AS predicates, min(p.year) AS first_year, max(p.year) AS last_year
RETURN journal, n_publications, n_affirmed, n_negated, n_speculated, predicates, first_year, last_year
ORDER BY n_publications DESC, n_affirmed DESC, journal
LIMIT $limit
