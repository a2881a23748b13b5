from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from alphatex_model.data.splits import assign, families, melody_identity, name_key, passages
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


def test_families_reach_through_common_variants() -> None:
    assert families([{"a"}, {"b"}, {"a", "c"}, {"c", "d"}, {"e"}]) == [0, 1, 0, 0, 4]


@given(st.lists(st.frozensets(st.integers(0, 20), max_size=3), max_size=30))
def test_items_that_share_a_key_are_never_split(keys: list[frozenset[int]]) -> None:
    splits = assign([str(index) for index in range(len(keys))], families(keys), 1, (0.3, 0.3))
    for index, own in enumerate(keys):
        assert all(splits[index] == splits[other] for other, its in enumerate(keys) if own & its)


def test_splits_do_not_depend_on_what_else_is_in_the_corpus() -> None:
    names = [f"tune {index}" for index in range(50)]
    alone = [assign([name], [0], 1, (0.2, 0.2))[0] for name in names]
    assert assign(names, list(range(50)), 1, (0.2, 0.2)) == alone
    assert set(alone) == {"train", "validation", "test"}
