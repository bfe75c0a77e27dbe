// name: edge-evidence
// asks: On which sentences does what the graph says of two things rest?
// notes: Edges of either direction, and those of the mouse and rat orthologs of a gene;
// notes: retracted publications too, marked.
// param: subject concept            one end
// param: object concept             the other end
// param: predicate predicate = ""   one relationship type only, such as INHIBITS
// param: limit int = 25             most rows
// column: subject           where the edge begins
// column: predicate         relationship type
// column: object            where it ends
// column: belief            how far to believe the edge, 0 to 1
// column: assertion         affirmed, negated or speculated by the sentence
// column: score             the extractor's score of the sentence, the best where it names the two several times
// column: sentence          the sentence
// column: section           section of the abstract
// column: publication       where it stands
// column: year              year of the publication
// column: retracted         whether the publication was retracted
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
WHERE r.belief IS NOT NULL AND ($predicate = '' OR type(r) = $predicate)
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WITH r, p, e.assertion AS assertion, e.sentence AS sentence, e.section AS section, max(e.score) AS score,
     min(e.id) AS evidence_id
RETURN startNode(r).name AS subject, type(r) AS predicate, endNode(r).name AS object, r.belief AS belief,
       assertion, score, sentence, section, p.id AS publication, p.year AS year,
       coalesce(p.retracted, false) AS retracted
ORDER BY belief DESC, predicate, r.id, score DESC, evidence_id
LIMIT $limit
