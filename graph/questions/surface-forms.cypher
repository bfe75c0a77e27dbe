// name: surface-forms
// asks: Under which words did texts speak of something, and do they all mean it?
// notes: A form that does not belong here is a linking mistake. Retracted publications are left out, and so are
// notes: relations without direction, whose evidence does not tell which of its two words stands for which end.
// param: concept concept            a gene, drug, disease or other entity
// param: limit int = 25             most rows
// column: form              the words of the text
// column: n_sentences       sentences
// column: n_publications    publications
// column: n_edges           edges that these sentences speak of
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief IS NOT NULL
  AND NOT type(r) IN ['BINDS', 'INTERACTS_WITH', 'COEXPRESSED_WITH', 'COMBINED_WITH']
WITH DISTINCT r
MATCH (e:Evidence {triple_id: r.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH CASE WHEN e.subject = $concept THEN e.head_text ELSE e.tail_text END AS form, r, e, p
ORDER BY e.score DESC, e.id
WITH form, count(DISTINCT p.id + ' ' + e.sentence) AS n_sentences, count(DISTINCT p.id) AS n_publications,
     count(DISTINCT r.id) AS n_edges,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN form, n_sentences, n_publications, n_edges, best.sentence AS sentence, best.publication AS publication
ORDER BY n_sentences DESC, form
LIMIT $limit
