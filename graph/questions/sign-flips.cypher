// name: sign-flips
// asks: For which pairs did the literature change its mind, from raising to lowering or back?
// notes: The last publication that affirms the one is older than the first that affirms the other.
// param: concept concept = ""       only pairs with this one; empty is the whole graph
// param: min_belief belief = 0.01   least belief of an edge
// param: limit int = 25             most rows
// column: subject           where both edges begin
// column: subject_id        its id
// column: object            where both end
// column: object_id         its id
// column: earlier           relationship type that was stated first
// column: earlier_until     year of the last publication that affirms it
// column: earlier_belief    its belief
// column: later             relationship type of the opposite sign
// column: later_since       year of the first publication that affirms it
// column: later_belief      its belief
MATCH (a:Gene|GeneFamily|Chemical|Disease|Phenotype)-[old:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          TREATS|INDUCES|PROMOTES|PROTECTS_FROM]->
      (b:Gene|GeneFamily|Chemical|Disease|Phenotype)
WHERE old.belief >= $min_belief AND ($concept = '' OR a.id = $concept OR b.id = $concept)
MATCH (a)-[new:INHIBITS|ACTIVATES|AGONIST_OF|ANTAGONIST_OF|UPREGULATES|DOWNREGULATES|
          TREATS|INDUCES|PROMOTES|PROTECTS_FROM]->(b)
WHERE new.sign * old.sign < 0 AND new.belief >= $min_belief AND old.last_year < new.first_year
WITH a, b, old, new
ORDER BY new.first_year DESC, new.belief DESC, old.id, new.id
LIMIT $limit
RETURN a.name AS subject, a.id AS subject_id, b.name AS object, b.id AS object_id,
       type(old) AS earlier, old.last_year AS earlier_until, old.belief AS earlier_belief,
       type(new) AS later, new.first_year AS later_since, new.belief AS later_belief
ORDER BY later_since DESC, later_belief DESC, old.id, new.id
