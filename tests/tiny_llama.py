"""A tiny random Llama that chats, for tests of what asks a language model and of what trains one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def save_tiny_llama(folder: Path, *, texts: Sequence[str] = (), spread: float = 0.02) -> Path:
    """Two layers of random weights, a tokenizer of 400 pieces, a chat template.

    `texts`: what the tokenizer learns words from besides; then it has 800 pieces.
    `spread`: standard deviation of the weights; with that of a real model's start no answer can become likely.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=800 if texts else 400, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator(["Yes No Unclear imatinib inhibits ABL1"] * 10 + [*texts] * 2, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,  # heads of 64: vLLM's CPU attention has no smaller ones
        num_key_value_heads=2,
        max_position_embeddings=2048,
        initializer_range=spread,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
