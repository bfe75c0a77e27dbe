"""What a sentence says by its wording alone: a small language for wordings, and what they tell.

    language.py    sentences with their names marked, and wordings compiled to regular expressions
    slots.py       what the words in capitals of a wording stand for
    unrelated/     pairs of names of which a sentence says nothing
    aims.py        what a study set out to learn

Extraction drops what wording tells to be unrelated; training learns from it, and from wordings of its own.
"""
