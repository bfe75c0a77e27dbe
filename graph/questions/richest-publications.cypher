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
MATCH (first:Publication)
WHERE NOT coalesce(first.retracted, false)
WITH first, COUNT { (first)<-[:IN]-() } AS most
ORDER BY most DESC
LIMIT $limit
MATCH (first)<-[:IN]-(told:Evidence)
WHERE told.triple_id IS NOT NULL AND ($concept = '' OR told.subject = $concept OR told.object = $concept)
WITH first, count(DISTINCT told.triple_id) AS n_first
WITH count(first) AS n, min(n_first) AS found
WITH CASE WHEN n = $limit THEN found ELSE 0 END AS least
MATCH (p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH p, least, COUNT { (p)<-[:IN]-() } AS most
WHERE most >= least
MATCH (p)<-[:IN]-(e:Evidence)
WHERE e.triple_id IS NOT NULL AND ($concept = '' OR e.subject = $concept OR e.object = $concept)
WITH p, count(DISTINCT e.sentence) AS n_sentences, count(DISTINCT e.triple_id) AS n_edges, collect(DISTINCT e.subject) AS subjects,
     collect(DISTINCT e.object) AS objects
WITH p, n_edges, size(subjects) + size([one IN objects WHERE NOT one IN subjects]) AS n_concepts, n_sentences
ORDER BY n_edges DESC, n_concepts DESC, p.id
LIMIT $limit
RETURN p.id AS publication, p.title AS title, p.year AS year, p.journal AS journal, n_edges, n_concepts, n_sentences
ORDER BY n_edges DESC, n_concepts DESC, p.id
