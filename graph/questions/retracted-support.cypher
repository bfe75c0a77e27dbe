// name: retracted-support
// asks: Which sentences of retracted publications speak of something, and what does the edge rest on without them?
// param: concept concept = ""       only edges of this one; empty is the whole graph
// param: limit int = 25             most rows
// column: subject           where the relation begins
// column: predicate         relationship type
// column: object            where it ends
// column: belief            belief of the edge without them; empty where nothing else supports it
// column: n_publications    publications that are left
// column: sentence          the sentence
// column: publication       the retracted publication
// column: year              its year
MATCH (p:Publication)<-[:IN]-(e:Evidence)
WHERE p.retracted = true AND ($concept = '' OR e.subject = $concept OR e.object = $concept)
MATCH (s:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: e.subject})
MATCH (o:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: e.object})
OPTIONAL MATCH (s)-[r]-(o)
WHERE r.id = e.triple_id
WITH s, o, r, p, e.predicate AS predicate, e.sentence AS sentence, min(e.id) AS evidence_id
RETURN s.name AS subject, predicate, o.name AS object, r.belief AS belief,
       r.n_publications AS n_publications, sentence, p.id AS publication, p.year AS year
ORDER BY publication, evidence_id
LIMIT $limit
