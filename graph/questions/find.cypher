// name: find
// asks: Which entities have a name that contains a text?
// param: text string                part of a name or synonym
// param: limit int = 25             most rows
// column: name              entity
// column: id                its id
// column: label             what it is
// column: n_edges           edges that it has
// column: synonyms          its other names
MATCH (n:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype)
WHERE n.name_key CONTAINS toLower($text) OR any(s IN n.synonym_keys WHERE s CONTAINS toLower($text))
OPTIONAL MATCH (n)-[r]-()
WITH n, count(r) AS n_edges
RETURN n.name AS name, n.id AS id,
       CASE WHEN n:Gene THEN 'Gene' WHEN n:Protein THEN 'Protein' WHEN n:GeneFamily THEN 'GeneFamily'
            WHEN n:Drug THEN 'Drug' WHEN n:Chemical THEN 'Chemical' WHEN n:Disease THEN 'Disease'
            ELSE 'Phenotype' END AS label,
       n_edges, n.synonyms AS synonyms
ORDER BY n_edges DESC, id
LIMIT $limit
