from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from alphatex_model.data.splits import SPLITS, assign, drawn_by, melody_identity, name_key, passages
from tests.data.test_notation import tune

MELODY = "CDEF GABc|dBGE FDEC|CEGc BAGF|EDCB, C4|"


def test_a_transposition_is_the_same_melody() -> None:
    in_c, in_d = tune(MELODY), tune("DE^FG AB^cd|e^cA^F GE^FD|D^FAd ^cBAG|^FED^C D4|", key="C")
    assert melody_identity(in_c) == melody_identity(in_d)
    assert passages(in_c) == passages(in_d)


def test_other_music_shares_no_passage() -> None:
    assert not passages(tune(MELODY)) & passages(tune("CCGG AAG2|FFEE DDC2|GGFF EED2|GGFF EED2|"))


def test_articles_case_and_punctuation_do_not_make_another_tune() -> None:
    one = replace(tune(MELODY), title="The Kerry Dance")
    assert name_key(one) == name_key(replace(one, title="Kerry Dance, the."))


def splits_of(keys: list[frozenset[int]], settled: int = 0) -> list[str]:
    return assign([f"tune {index}" for index in range(len(keys))], keys, settled, drawn_by(1, (0.3, 0.3)))


def test_a_family_reaches_through_common_variants() -> None:
    chain = [frozenset({index, index + 1}) for index in range(20)]
    alone = [frozenset({2 * index}) for index in range(20)]
    assert len(set(splits_of(chain))) == 1
    assert set(splits_of(alone)) == set(SPLITS)


KEYS = st.lists(st.frozensets(st.integers(0, 20), max_size=3), max_size=30)


@given(KEYS, st.integers(0, 30))
def test_items_that_share_a_key_are_never_split(keys: list[frozenset[int]], settled: int) -> None:
    splits = splits_of(keys, settled)
    kept = [(own, split) for own, split in zip(keys, splits, strict=True) if split]
    assert all(split == other for own, split in kept for its, other in kept if own & its)


@given(KEYS, KEYS)
def test_what_comes_later_never_moves_the_tunes_that_are_settled(
    books: list[frozenset[int]], others: list[frozenset[int]]
) -> None:
    assert splits_of([*books, *others], len(books))[: len(books)] == splits_of(books, len(books))


def test_only_a_tune_that_is_kin_to_families_in_different_splits_is_left_out() -> None:
    books = [frozenset({index}) for index in range(20)]
    one, other = (splits_of(books, 20).index(split) for split in ("train", "test"))
    later = [frozenset({one}), frozenset({one, other}), frozenset({other}), frozenset({99})]
    assert splits_of([*books, *later], 20)[20:23] == ["train", "", "test"]
    assert splits_of([*books, *later], 20)[23] in SPLITS


def test_splits_do_not_depend_on_what_else_is_in_the_corpus() -> None:
    keys = [frozenset({index}) for index in range(50)]
    names = [f"tune {index}" for index in range(50)]
    drawn = drawn_by(1, (0.2, 0.2))
    alone = [assign([name], [{name}], 0, drawn)[0] for name in names]
    assert assign(names, keys, 0, drawn) == alone
    assert set(alone) == set(SPLITS)
