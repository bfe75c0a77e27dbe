// name: undrugged-genes
// asks: Which genes of a disease does no drug act on yet?
// notes: Direct effects only: inhibition, activation, agonism, antagonism, binding; those that a sentence affirms or
// notes: guesses, however little they are believed.
// notes: Evidence on a mouse or rat gene counts for its human ortholog, and on a gene family for its members.
// param: disease disease            the disease or phenotype
// param: min_belief belief = 0.01   least belief of a gene's edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: gene              gene
// column: gene_id           its id
// column: role              PROMOTES, PROTECTS_FROM or ASSOCIATED_WITH, by the strongest edge
// column: belief            belief of that edge
// column: n_publications    publications that state that edge, denials included
// column: n_chemicals       chemicals that are no drugs and hit it or a family that it belongs to
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (:Disease|Phenotype {id: $disease})<-[r:ASSOCIATED_WITH|PROMOTES|PROTECTS_FROM]-(g:Gene)
WHERE r.belief >= $min_belief
OPTIONAL MATCH (g)-[:ORTHOLOG_OF]->(human:Gene)
WITH r, coalesce(human, g) AS gene
ORDER BY r.belief DESC, r.n_publications DESC, r.id
WITH gene, collect({role: type(r), belief: r.belief, n: r.n_publications, id: r.id})[0] AS link
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(gene)
WITH gene, link, [gene.id] + collect(rodent.id) AS genes
OPTIONAL MATCH (gene)-[:MEMBER_OF|IS_A*1..4]->(family:GeneFamily)
WITH gene, link, genes, collect(DISTINCT family.id) AS families
WITH gene, link, genes + families AS genes
UNWIND genes AS one
OPTIONAL MATCH (:Gene|GeneFamily {id: one})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|BINDS]-(c:Chemical)
WHERE r.n_evidence > r.n_negated
WITH gene, link, count(DISTINCT c.id) AS n_chemicals, count(DISTINCT CASE WHEN c:Drug THEN c.id END) AS n_drugs
WHERE n_drugs = 0
WITH gene, link, n_chemicals
ORDER BY link.belief DESC, link.n DESC, gene.id
LIMIT $limit
OPTIONAL MATCH (e:Evidence {triple_id: link.id})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH gene, link, n_chemicals, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH gene, link, n_chemicals, collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN gene.name AS gene, gene.id AS gene_id, link.role AS role, link.belief AS belief, link.n AS n_publications,
       n_chemicals, best.sentence AS sentence, best.publication AS publication
ORDER BY belief DESC, n_publications DESC, gene_id
