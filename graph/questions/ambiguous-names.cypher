// name: ambiguous-names
// asks: Which names and synonyms do several entities of a kind carry, so that linking may have mixed them up?
// notes: Upper and lower case count alike. Mouse and rat genes carry the names of their human genes: expect those.
// param: label label = "Chemical"   Gene, GeneFamily, Protein, Chemical, Drug, Disease or Phenotype
// param: limit int = 25             most rows
// column: key               the name, in lower case
// column: n_entities        entities that carry it
// column: ids               their ids
// column: names             their names, in the same order
// column: n_edges           edges taken from text of all of them
MATCH (n:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype)
WHERE $label IN labels(n)
WITH n, [n.name_key] + coalesce(n.synonym_keys, []) AS keys
UNWIND keys AS key
WITH DISTINCT n, key
ORDER BY n.id
WITH key, count(n) AS n_entities, collect(n.id) AS ids, collect(n.name) AS names
WHERE n_entities > 1
UNWIND ids AS one
MATCH (n:Gene|Protein|GeneFamily|Chemical|Disease|Phenotype {id: one})
OPTIONAL MATCH (n)-[r]-()
WHERE r.belief IS NOT NULL
WITH key, n_entities, ids, names, count(DISTINCT r.id) AS n_edges
RETURN key, n_entities, ids, names, n_edges
ORDER BY n_edges DESC, n_entities DESC, key
LIMIT $limit
