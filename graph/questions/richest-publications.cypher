// name: richest-publications
// asks: Which publications state most?
// notes: Retracted publications are left out.
// param: concept concept = ""       only what they say of this one; empty is everything
// param: limit int = 25             most rows
// column: publication       publication
// column: title             its title
// column: year              its year
// column: journal           its journal
// column: n_edges           different edges that it speaks of
// column: n_concepts        different things that these join
// column: n_sentences       sentences that speak of them
MATCH (p:Publication)<-[:IN]-(e:Evidence)
WHERE NOT coalesce(p.retracted, false) AND e.triple_id IS NOT NULL
  AND ($concept = '' OR e.subject = $concept OR e.object = $concept)
WITH p, e
UNWIND [e.subject, e.object] AS one
WITH p, count(DISTINCT e.triple_id) AS n_edges, count(DISTINCT one) AS n_concepts,
     count(DISTINCT e.sentence) AS n_sentences
RETURN p.id AS publication, p.title AS title, p.year AS year, p.journal AS journal, n_edges, n_concepts, n_sentences
ORDER BY n_edges DESC, n_concepts DESC, p.id
LIMIT $limit
