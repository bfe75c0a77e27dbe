// name: disease-subtypes
// asks: Which subtypes does a disease have, and what does the graph know of each?
// param: disease disease            the disease or phenotype
// param: levels int = 2             levels of subtypes (IS_A) to take in, at most 5
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: subtype           disease or phenotype below the given one
// column: subtype_id        its id
// column: level             levels below, by the shortest way
// column: n_genes           genes and gene families that have to do with it
// column: n_treating        drugs that treat it
// column: n_inducing        drugs and chemicals that bring it about
MATCH path = (:Disease|Phenotype {id: $disease})<-[:IS_A*1..5]-(x:Disease|Phenotype)
WHERE length(path) <= $levels
WITH x, min(length(path)) AS level
OPTIONAL MATCH (x)<-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM|TREATS|INDUCES]-(n:Gene|GeneFamily|Chemical)
WHERE r.belief >= $min_belief
WITH x, level, count(DISTINCT CASE WHEN n:Gene OR n:GeneFamily THEN n.id END) AS n_genes,
     count(DISTINCT CASE WHEN n:Drug AND type(r) = 'TREATS' THEN n.id END) AS n_treating,
     count(DISTINCT CASE WHEN type(r) = 'INDUCES' THEN n.id END) AS n_inducing
RETURN x.name AS subtype, x.id AS subtype_id, level, n_genes, n_treating, n_inducing
ORDER BY n_genes + n_treating + n_inducing DESC, subtype_id
LIMIT $limit
