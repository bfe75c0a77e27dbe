"""The generative stage: a language model verifies what the classifier doubts and extracts what it doesn't know.

request.py   what an engine is asked and answers, the identity of a request, the interface of an engine
parse.py     an answer -> the object that was asked for
prompts.py   documents -> requests; pure
verify.py    first-token log-probabilities -> verdict -> one score
triples.py   relation types, passages and what they offer, answers -> triples that were offered
grounding.py whether a text says a sentence in its own words; asks no model
ask.py       requests -> answers, each asked once: cache, retries, counts, engine deaths
stage.py     the actor that does this to document rows
summary.py, translate.py   what `hypograph brief` asks: summaries of evidence, sentences in another language
vllm_engine.py, openai_engine.py   the two engines
chat.py      a request in a model's own chat format
adapter.py, merge.py   a LoRA adapter's folder, and its sum with the weights that it was trained over
"""
