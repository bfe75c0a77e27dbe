// name: evidence-by-section
// asks: In which sections of the abstracts does what is said of something stand?
// notes: A claim that is only found in titles and conclusions is an opinion more often than one from the results.
// notes: Retracted publications are left out.
// param: concept concept            a gene, drug, disease or other entity
// param: limit int = 25             most rows
// column: section           section; empty where the abstract has none
// column: n_sentences       sentences
// column: n_publications    publications
// column: n_affirmed        sentences that affirm
// column: n_negated         sentences that deny
// column: n_speculated      sentences that suppose
MATCH (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief IS NOT NULL
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH coalesce(e.section, '') AS section, count(DISTINCT p.id + ' ' + e.sentence) AS n_sentences,
     count(DISTINCT p.id) AS n_publications,
     count(DISTINCT CASE e.assertion WHEN 'affirmed' THEN p.id + ' ' + e.sentence END) AS n_affirmed,
     count(DISTINCT CASE e.assertion WHEN 'negated' THEN p.id + ' ' + e.sentence END) AS n_negated,
     count(DISTINCT CASE e.assertion WHEN 'speculated' THEN p.id + ' ' + e.sentence END) AS n_speculated
RETURN section, n_sentences, n_publications, n_affirmed, n_negated, n_speculated
ORDER BY n_sentences DESC, section
LIMIT $limit
