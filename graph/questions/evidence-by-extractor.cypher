// name: evidence-by-extractor
// asks: Which extractor and which revision of its model found the evidence, and with what scores?
// notes: What retracted publications say is counted too, though it makes no edge.
// param: concept concept = ""       only evidence on this one; empty is everything
// param: limit int = 25             most rows
// column: extractor         what found it
// column: model_revision    revision of the model
// column: n_evidence        pieces of evidence: a sentence counts once for each pair of names that it joins
// column: n_edges           different edges that it speaks of
// column: n_sole            those of them that no other extractor or revision found
// column: least_score       least score
// column: greatest_score    greatest score
MATCH (any:Evidence)
WHERE any.triple_id IS NOT NULL AND ($concept = '' OR any.subject = $concept OR any.object = $concept)
WITH count(any) AS n_told, count(DISTINCT any.triple_id) AS n_all
MATCH (e:Evidence)
WHERE e.triple_id IS NOT NULL AND ($concept = '' OR e.subject = $concept OR e.object = $concept)
WITH n_told, n_all, e.extractor AS extractor, e.model_revision AS model_revision, count(e) AS n_evidence,
     count(DISTINCT e.triple_id) AS n_edges, min(e.score) AS least_score, max(e.score) AS greatest_score
ORDER BY n_evidence DESC, extractor, model_revision
LIMIT $limit
OPTIONAL MATCH (other:Evidence)
WHERE n_evidence < n_told AND other.triple_id IS NOT NULL
  AND (other.extractor <> extractor OR other.model_revision <> model_revision)
  AND ($concept = '' OR other.subject = $concept OR other.object = $concept)
WITH extractor, model_revision, n_evidence, n_edges, least_score, greatest_score, n_all,
     count(DISTINCT other.triple_id) AS n_of_others
RETURN extractor, model_revision, n_evidence, n_edges, n_all - n_of_others AS n_sole, least_score, greatest_score
ORDER BY n_evidence DESC, extractor, model_revision
