"""A language model of a few thousand weights that reads and writes single characters of tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CHARACTERS = "0123456789.:|()r \n{}"
END = "<end>"


def tiny_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {token: i for i, token in enumerate([END, *CHARACTERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=END))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END)


def tiny_model(seed: int = 0, **settings: Any) -> Any:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    shape = {"vocab_size": len(CHARACTERS) + 1, "n_positions": 64, "n_embd": 32, "n_layer": 1, "n_head": 2}
    quiet = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return GPT2LMHeadModel(GPT2Config(**shape, **quiet, bos_token_id=0, eos_token_id=0, **settings))


def save_tiny_model(folder: Path, seed: int = 0, **settings: Any) -> Path:
    tiny_model(seed, **settings).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder
