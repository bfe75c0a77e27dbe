// name: target-drugs
// asks: Which drugs act on a gene, and how?
// notes: Evidence on the mouse and rat orthologs of the gene is counted in; `orthologs` lists them.
// notes: What acts on a family that the gene belongs to may act on the gene: it comes last, in rows of its own.
// param: gene gene                  the gene or gene family
// param: min_belief belief = 0.01   least belief of an edge; 0 shows those that are only denied, too
// param: limit int = 25             most rows
// column: drug              drug
// column: drug_id           its id
// column: effect            how it acts on the gene
// column: family            the gene's family that the evidence names; empty where it names the gene
// column: family_id         its id
// column: belief            how far to believe the edge, 0 to 1 (the best of those joined)
// column: n_publications    publications that state it, denials included (added up over the edges joined)
// column: n_negated         sentences that deny it
// column: last_year         newest publication that affirms it
// column: orthologs         ids of the mouse and rat genes whose evidence is counted in
// column: sentence          the strongest sentence
// column: publication       where that sentence stands
MATCH (target:Gene|GeneFamily {id: $gene})
OPTIONAL MATCH (rodent:Gene)-[:ORTHOLOG_OF]->(target)
WITH target, [target.id] + collect(rodent.id) AS genes
OPTIONAL MATCH (target)-[:MEMBER_OF|IS_A*1..4]->(above:GeneFamily)
WITH target, genes, collect(DISTINCT above.id) AS families
WITH target, genes + families AS genes, families
UNWIND genes AS gene
MATCH (g:Gene|GeneFamily {id: gene})-[r:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          REGULATES|BINDS|SUBSTRATE_OF|PRODUCT_OF|PART_OF]-(d:Drug)
WHERE r.belief >= $min_belief
WITH d, r, g, target, CASE WHEN g.id IN families THEN g.name END AS family,
     CASE WHEN g.id IN families THEN g.id END AS family_id
ORDER BY g.id, r.id
WITH d, type(r) AS effect, family, family_id, max(r.belief) AS belief, sum(r.n_publications) AS n_publications,
     sum(r.n_negated) AS n_negated, max(r.last_year) AS last_year, collect(r.id) AS triples,
     collect(CASE WHEN family_id IS NULL AND g.id <> target.id THEN g.id END) AS orthologs
ORDER BY CASE WHEN family_id IS NULL THEN 0 ELSE 1 END, belief DESC, n_publications DESC, d.id, effect, family_id
LIMIT $limit
UNWIND triples AS triple
OPTIONAL MATCH (e:Evidence {triple_id: triple})-[:IN]->(p:Publication)
WHERE NOT coalesce(p.retracted, false)
WITH d, effect, family, family_id, belief, n_publications, n_negated, last_year, orthologs, e, p
ORDER BY CASE e.assertion WHEN 'affirmed' THEN 0 WHEN 'speculated' THEN 1 ELSE 2 END, e.score DESC, e.id
WITH d, effect, family, family_id, belief, n_publications, n_negated, last_year, orthologs,
     collect({sentence: e.sentence, publication: p.id})[0] AS best
RETURN d.name AS drug, d.id AS drug_id, effect, family, family_id, belief, n_publications, n_negated, last_year,
       orthologs, best.sentence AS sentence, best.publication AS publication
ORDER BY CASE WHEN family_id IS NULL THEN 0 ELSE 1 END, belief DESC, n_publications DESC, drug_id, effect, family_id
