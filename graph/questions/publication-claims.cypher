// name: publication-claims
// asks: What does a publication say?
// param: publication publication    a PMID, or the id of a document without one
// param: limit int = 25             most rows
// column: subject           where the relation begins
// column: subject_id        its id
// column: predicate         relationship type
// column: object            where it ends
// column: object_id         its id
// column: assertion         affirmed, negated or speculated by the sentence
// column: score             the extractor's score, the best where the sentence names the two several times
// column: sentence          the sentence
// column: section           section of the abstract
MATCH (p:Publication {id: $publication})<-[:IN]-(e:Evidence)
OPTIONAL MATCH (s:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: e.subject})
OPTIONAL MATCH (o:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: e.object})
WITH coalesce(s.name, e.head_text) AS subject, e.subject AS subject_id, e.predicate AS predicate,
     coalesce(o.name, e.tail_text) AS object, e.object AS object_id, e.assertion AS assertion,
     e.sentence AS sentence, e.section AS section, max(e.score) AS score, min(e.id) AS evidence_id
RETURN subject, subject_id, predicate, object, object_id, assertion, score, sentence, section
ORDER BY score DESC, evidence_id
LIMIT $limit
