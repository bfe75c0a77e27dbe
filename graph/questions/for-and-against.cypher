// name: for-and-against
// asks: What speaks for and what against a relation of two things?
// notes: One row a relation and stance. Relations of opposite sign between the same two speak against each other.
// notes: Edges of either direction, and those of the mouse and rat orthologs of a gene;
// notes: retracted publications are left out.
// param: subject concept            one end
// param: object concept             the other end
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: predicate         relationship type
// column: object            where it ends
// column: sign              what more of the subject means for the object: 1 more, -1 less, 0 not said
// column: stance            for, against or undecided
// column: n_sentences       sentences of that stance
// column: n_publications    publications of that stance
// column: first_year        oldest of them
// column: last_year         newest of them
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
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
WITH r, e, p
ORDER BY e.score DESC, e.id
WITH r, CASE e.assertion WHEN 'affirmed' THEN 'for' WHEN 'negated' THEN 'against' ELSE 'undecided' END AS stance,
     count(DISTINCT p.id + ' ' + e.sentence) AS n_sentences, count(DISTINCT p.id) AS n_publications,
     min(p.year) AS first_year, max(p.year) AS last_year, collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN startNode(r).name AS subject, type(r) AS predicate, endNode(r).name AS object, r.sign AS sign, stance,
       n_sentences, n_publications, first_year, last_year,
       best.sentence AS sentence, best.publication AS publication
ORDER BY r.belief DESC, predicate, r.id, CASE stance WHEN 'for' THEN 0 WHEN 'against' THEN 1 ELSE 2 END
LIMIT $limit
