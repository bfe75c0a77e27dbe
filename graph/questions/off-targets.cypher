// name: off-targets
// asks: What else does a drug hit, beyond its strongest target, and how firmly?
// notes: Direct effects only: inhibition, activation, agonism, antagonism, binding.
// notes: Evidence on a mouse or rat gene counts for its human ortholog.
// param: drug drug                  the drug or chemical
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: target            gene or gene family
// column: target_id         its id
// column: effect            how the drug acts on it, by the strongest edge
// column: belief            belief of that edge
// column: n_publications    publications that state that edge, denials included
// column: share             this belief as a share of the main target's
// column: main_target       the strongest target
// column: main_target_id    its id
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (d:Chemical {id: $drug})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(g:Gene|GeneFamily)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH r, coalesce(human, g) AS target
ORDER BY r.belief DESC, r.n_publications DESC, r.id
WITH target, collect({effect: type(r), belief: r.belief, n: r.n_publications, id: r.id})[0] AS best
ORDER BY best.belief DESC, best.n DESC, target.id
WITH collect({name: target.name, id: target.id, effect: best.effect, belief: best.belief, n: best.n,
              triple: best.id}) AS targets
UNWIND targets[1..] AS t
WITH t.name AS target, t.id AS target_id, t.effect AS effect, t.belief AS belief, t.n AS n_publications,
     t.triple AS triple, targets[0] AS main
ORDER BY belief DESC, n_publications DESC, target_id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH target, target_id, effect, belief, n_publications, main, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH target, target_id, effect, belief, n_publications, main,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN target, target_id, effect, belief, n_publications,
       CASE WHEN main.belief > 0 THEN belief / main.belief END AS share,
       main.name AS main_target, main.id AS main_target_id, best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, target_id
