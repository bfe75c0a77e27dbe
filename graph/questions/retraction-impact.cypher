// name: retraction-impact
// asks: Which retracted publications took edges with them?
// param: concept concept = ""       only what they say of this one; empty is everything
// param: limit int = 25             most rows
// column: publication       retracted publication
// column: title             its title
// column: year              its year
// column: n_sentences       sentences that no longer count
// column: n_edges           edges that they spoke of
// column: n_lost            those of them that are gone, or that nothing else affirms or guesses
MATCH (p:Publication)
WHERE p.retracted = true
WITH DISTINCT p
MATCH (p)<-[:IN]-(e:Evidence)
WHERE e.triple_id IS NOT NULL
  AND ($concept = '' OR e.subject = $concept OR e.object = $concept)
MATCH (s:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: e.subject})
OPTIONAL MATCH (s)-[r]-()
WHERE r.id = e.triple_id AND (r.n_evidence > r.n_negated OR e.assertion = 'negated')
WITH p, count(DISTINCT e.sentence) AS n_sentences, count(DISTINCT e.triple_id) AS n_edges,
     count(DISTINCT CASE WHEN r IS NULL THEN e.triple_id END) AS n_lost
RETURN p.id AS publication, p.title AS title, p.year AS year, n_sentences, n_edges, n_lost
ORDER BY n_lost DESC, n_edges DESC, p.id
LIMIT $limit
