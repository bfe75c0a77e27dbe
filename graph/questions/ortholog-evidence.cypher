// name: ortholog-evidence
// asks: What is known of a human gene from its mouse and rat genes, and does the human gene bear it out?
// notes: Where the other end is a mouse or rat gene too, the human gene's edge to the human one of that counts.
// param: gene gene                  the human gene
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: ortholog          the mouse or rat gene
// column: ortholog_id       its id
// column: relation          relationship type
// column: direction         out (the gene acts), in (it is acted on) or both (no direction)
// column: other             the other end
// column: other_id          its id
// column: belief            belief of the edge of the mouse or rat gene
// column: human_belief      belief of the same edge of the human gene; empty if nobody states it
// column: n_publications    publications that state it of the mouse or rat gene, denials included
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target:Gene {id: $gene})
MATCH (rodent)-[r]-(other)
WHERE r.belief >= $min_belief AND other.id <> $gene
WITH rodent, target, other, r,
     CASE WHEN type(r) IN ['BINDS', 'INTERACTS_WITH', 'COEXPRESSED_WITH'] THEN 'both'
          WHEN startNode(r).id = rodent.id THEN 'out' ELSE 'in' END AS direction
OPTIONAL MATCH (other)-[:ORTHOLOG_OF]->(human:Gene)
WITH rodent, target, other, r, direction, [other] + collect(human) AS others
UNWIND others AS same
OPTIONAL MATCH (target)-[h]-(same)
WHERE type(h) = type(r) AND (direction = 'both' OR (startNode(h).id = $gene) = (direction = 'out'))
WITH rodent, other, direction, type(r) AS relation, r.belief AS belief, r.n_publications AS n_publications,
     r.id AS triple_id, max(h.belief) AS human_belief
ORDER BY CASE WHEN human_belief IS NULL THEN 0 ELSE 1 END, belief DESC, triple_id, rodent.id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: triple_id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH rodent, other, direction, relation, belief, n_publications, triple_id, human_belief, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH rodent, other, direction, relation, belief, n_publications, triple_id, human_belief,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN rodent.name AS ortholog, rodent.id AS ortholog_id, relation, direction, other.name AS other,
       other.id AS other_id, belief, human_belief, n_publications,
       best.sentence AS sentence, best.publication AS publication
ORDER BY CASE WHEN human_belief IS NULL THEN 0 ELSE 1 END, belief DESC, triple_id, ortholog_id
