// name: reading-list
// asks: Which publications should one read about something, those first that say most of it and newest?
// notes: Publications that affirm something of it, retracted ones left out. Since 0 means ever, publications without a
// notes: year too.
// param: concept concept            a gene, drug, disease or other entity
// param: since int = 0              not older than this year
// param: limit int = 25             most rows
// column: publication       publication
// column: title             its title
// column: year              its year
// column: journal           its journal
// column: n_edges           edges of the thing that it affirms
// column: sentence          its strongest sentence
MATCH (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief IS NOT NULL
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WHERE e.assertion = 'affirmed' AND NOT coalesce(p.retracted, false) AND ($since = 0 OR p.year >= $since)
WITH p, r, e
ORDER BY e.score DESC, e.id
WITH p, count(DISTINCT r.id) AS n_edges, collect(e.sentence)[0] AS sentence
RETURN p.id AS publication, p.title AS title, p.year AS year, p.journal AS journal, n_edges, sentence
ORDER BY n_edges DESC, coalesce(p.year, 0) DESC, p.id
LIMIT $limit
