// name: profile
// asks: What does the graph know of something, by kind of relation?
// param: concept concept            a gene, drug, disease or other entity
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: relation          relationship type
// column: direction         out (from the given one), in (to it) or both (no direction)
// column: label             what stands at the other ends
// column: n_edges           edges
// column: n_publications    publications of these edges added up
// column: n_disputed        those of the edges that some sentence denies
// column: strongest         name of the other end of the firmest edge
// column: belief            belief of that edge
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype {id: $concept})-[r]-(b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE r.belief >= $min_belief
WITH r, b, CASE WHEN type(r) IN ['BINDS', 'INTERACTS_WITH', 'COEXPRESSED_WITH', 'COMBINED_WITH'] THEN 'both'
                WHEN startNode(r).id = a.id THEN 'out' ELSE 'in' END AS direction,
     CASE WHEN b:Gene THEN 'Gene' WHEN b:GeneFamily THEN 'GeneFamily' WHEN b:Drug THEN 'Drug'
          WHEN b:Chemical THEN 'Chemical' WHEN b:Disease THEN 'Disease' ELSE 'Phenotype' END AS label
ORDER BY r.belief DESC, r.id
WITH type(r) AS relation, direction, label, count(r) AS n_edges, sum(r.n_publications) AS n_publications,
     sum(CASE WHEN r.n_negated > 0 THEN 1 ELSE 0 END) AS n_disputed, collect(b.name)[0] AS strongest,
     max(r.belief) AS belief
RETURN relation, direction, label, n_edges, n_publications, n_disputed, strongest, belief
ORDER BY n_edges DESC, n_publications DESC, relation, direction, label
LIMIT $limit
