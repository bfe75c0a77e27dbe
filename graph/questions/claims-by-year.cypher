// name: claims-by-year
// asks: How has what is said of something grown over the years?
// notes: Retracted publications are left out, and so are those without a year.
// param: concept concept            a gene, drug, disease or other entity
// param: limit int = 25             most rows
// column: year              year
// column: n_publications    publications
// column: n_sentences       sentences
// column: n_affirmed        those of them that affirm
// column: n_negated         those that deny
// column: n_speculated      those that suppose
// column: n_new_edges       edges that are affirmed for the first time
MATCH (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief IS NOT NULL
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false) AND p.year IS NOT NULL
WITH p.year AS year, count(DISTINCT p.id) AS n_publications, count(DISTINCT p.id + ' ' + e.sentence) AS n_sentences,
     count(DISTINCT CASE e.assertion WHEN 'affirmed' THEN p.id + ' ' + e.sentence END) AS n_affirmed,
     count(DISTINCT CASE e.assertion WHEN 'negated' THEN p.id + ' ' + e.sentence END) AS n_negated,
     count(DISTINCT CASE e.assertion WHEN 'speculated' THEN p.id + ' ' + e.sentence END) AS n_speculated,
     count(DISTINCT CASE WHEN r.first_year = p.year THEN r.id END) AS n_new_edges
RETURN year, n_publications, n_sentences, n_affirmed, n_negated, n_speculated, n_new_edges
ORDER BY year DESC
LIMIT $limit
