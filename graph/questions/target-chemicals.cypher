// name: target-chemicals
// asks: Which chemicals that are no drugs hit a gene, and how many other genes do they hit?
// notes: Candidates for tool compounds. Direct effects only: inhibition, activation, agonism, antagonism, binding.
// notes: Evidence on the mouse and rat orthologs of the gene is counted in.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: chemical          chemical
// column: chemical_id       its id
// column: effect            how it acts on the gene, by the strongest edge
// column: belief            belief of that edge
// column: n_others          other genes and gene families that it hits
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (target:Gene|GeneFamily {id: $gene})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH target, [target.id] + collect(rodent.id) AS genes
UNWIND genes AS one
MATCH (:Gene|GeneFamily {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(c:Chemical)
WHERE r.belief >= $min_belief AND NOT c:Drug
WITH genes, c, r
ORDER BY r.belief DESC, r.id
WITH genes, c, collect({effect: type(r), belief: r.belief, id: r.id})[0] AS hit
ORDER BY hit.belief DESC, c.id
LIMIT $limit
OPTIONAL MATCH (c)-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief AND NOT g.id IN genes
WITH c, hit, count(DISTINCT g.id) AS n_others
OPTIONAL MATCH (e:Evidence {triple_id: hit.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH c, hit, n_others, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH c, hit, n_others, collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN c.name AS chemical, c.id AS chemical_id, hit.effect AS effect, hit.belief AS belief, n_others,
       best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, chemical_id
