"""Any text survives the tokenizer; bars become few tokens; files say who they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphatex_model.errors import CorruptFileError, MissingFileError, ModelError
from alphatex_model.tokenizer import BOS, BpeTokenizer, train_tokenizer
from tests.model.conftest import tune

CORPUS = [tune(number) for number in range(100)]
TOKENIZER = train_tokenizer(CORPUS, 400)


@given(st.text())
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back_from_its_tokens(text):
    ids = TOKENIZER.encode(text)

    assert TOKENIZER.decode(ids) == text
    assert sum(TOKENIZER.token_bytes[token] for token in ids) == len(text.encode())


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_a_prompt_is_its_whole_pieces_and_the_bytes_of_an_unfinished_one(prompt):
    ids, owed = TOKENIZER.encode_prompt(prompt)

    assert TOKENIZER.decode_bytes(ids) + owed == prompt.encode()
    assert not (prompt.endswith("\n") and owed)


def test_wherever_a_text_is_cut_its_prompt_has_the_tokens_of_the_whole_text():
    text = '\\track "A b" {instrument x volume 12}\n:8{tu 3} 2.1{h} (0.1 2.2{pm}).4{bd d} r.8 |\n\\tuning (E4 B3)\n'
    whole = TOKENIZER.encode(text)
    for end in range(len(text) + 1):
        ids, owed = TOKENIZER.encode_prompt(text[:end])
        assert ids == whole[: len(ids)]
        assert owed.count(b" ") <= 1


def test_the_special_tokens_name_in_a_text_is_ordinary_text():
    ids = TOKENIZER.encode(f"a{BOS}b")

    assert TOKENIZER.bos_id not in ids
    assert TOKENIZER.decode(ids) == f"a{BOS}b"


def test_encoding_many_texts_is_encoding_each():
    assert TOKENIZER.encode_batch(CORPUS[:5]) == [TOKENIZER.encode(text) for text in CORPUS[:5]]


def test_a_bar_line_and_its_line_break_are_one_token():
    assert len(TOKENIZER.encode(" |\n")) == 1


def test_tabs_take_far_fewer_tokens_than_characters():
    text = tune(1000)

    assert len(text) / len(TOKENIZER.encode(text)) > 2.5


def test_half_a_character_waits_as_bytes_and_shows_as_a_replacement():
    ids = TOKENIZER.encode("é")

    assert TOKENIZER.decode_bytes(ids[:1]) == "é".encode()[:1]
    assert TOKENIZER.decode(ids[:1]) == "\ufffd"


def test_what_may_spell_a_quote_begins_with_it_or_is_its_beginning():
    spellings = {TOKENIZER.decode_bytes([token]) for token in TOKENIZER.spelling(b' "')}

    assert {b" ", b' "T'} <= spellings
    assert all(piece.startswith(b' "') or b' "'.startswith(piece) for piece in spellings)


def test_training_twice_gives_the_same_tokenizer():
    assert train_tokenizer(CORPUS, 400).hash == TOKENIZER.hash
    assert train_tokenizer(CORPUS, 300).hash != TOKENIZER.hash


def test_a_saved_tokenizer_is_the_same_when_loaded(tmp_path):
    TOKENIZER.save(tmp_path / "tokenizer.json")
    loaded = BpeTokenizer.load(tmp_path / "tokenizer.json")

    assert loaded.hash == TOKENIZER.hash
    assert loaded.encode(CORPUS[0]) == TOKENIZER.encode(CORPUS[0])


def test_a_vocabulary_without_room_for_all_bytes_is_refused():
    with pytest.raises(ModelError, match="257 is the least"):
        train_tokenizer(CORPUS, 256)


def test_a_file_that_is_missing_or_no_tokenizer_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="no such tokenizer file"):
        BpeTokenizer.load(tmp_path / "tokenizer.json")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(CorruptFileError, match="not a tokenizer file"):
        BpeTokenizer.load(tmp_path / "tokenizer.json")
