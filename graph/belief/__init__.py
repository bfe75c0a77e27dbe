"""How far to believe an edge: one calibrated probability, computed from its evidence and from nothing else.

    sentence.py    the chance that what one sentence is said to state is right
    edge.py        from the chances of all sentences to the belief of the edge, term by term
    fitted.py      the coefficients of both, and where they come from
    fit.py         how they are fitted
    explain.py     why an edge of a graph is believed as far as it is

Nothing here knows how evidence was extracted. Evidence of retracted publications must be left out by who asks.
"""

from graph.belief.edge import Statement, Support, support_of
from graph.belief.sentence import Kind, Sentence, weigh

__all__ = ["Kind", "Sentence", "Statement", "Support", "support_of", "weigh"]
