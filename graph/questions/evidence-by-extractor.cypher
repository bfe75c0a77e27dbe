// name: evidence-by-extractor
// asks: Which extractor and which revision of its model found the evidence, and with what scores?
// param: concept concept = ""       only evidence on this one; empty is everything
// param: limit int = 25             most rows
// column: extractor         what found it
// column: model_revision    revision of the model
// column: n_evidence        pieces of evidence: a sentence counts once for each pair of names that it joins
// column: n_edges           different edges
// column: n_sole            those of them that no other extractor or revision found
// column: least_score       least score
// column: greatest_score    greatest score
MATCH (e:Evidence)
WHERE e.triple_id IS NOT NULL AND ($concept = '' OR e.subject = $concept OR e.object = $concept)
WITH e.triple_id AS triple, coalesce(e.extractor, '') AS extractor, coalesce(e.model_revision, '') AS model_revision,
     count(e) AS n, min(e.score) AS least, max(e.score) AS greatest
WITH triple, collect({extractor: extractor, model_revision: model_revision, n: n, least: least,
                      greatest: greatest}) AS finders
UNWIND finders AS finder
WITH finder.extractor AS extractor, finder.model_revision AS model_revision, sum(finder.n) AS n_evidence,
     count(triple) AS n_edges, sum(CASE WHEN size(finders) = 1 THEN 1 ELSE 0 END) AS n_sole,
     min(finder.least) AS least_score, max(finder.greatest) AS greatest_score
RETURN extractor, model_revision, n_evidence, n_edges, n_sole, least_score, greatest_score
ORDER BY n_evidence DESC, extractor, model_revision
LIMIT $limit
