"""Arithmetic of the digest: what makes two contents equal. What Spark hashes is proved in tests/integration."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from otfbench.data.evidence import Digest

signed = st.integers(-(2**63), 2**63 - 1)
contents = st.lists(signed, max_size=20)


def digest_of(hashes):
    """The digest of rows of these hashes."""
    return sum((Digest(1, value % 2**64) for value in hashes), Digest(0, 0))


def test_empty_content_adds_zero():
    """Nothing has no rows, and the sum zero; it changes nothing that it is added to."""
    assert digest_of([]) == Digest(0, 0) and digest_of([5]) + digest_of([]) == digest_of([5])


@given(st.data(), contents)
def test_any_order(data, hashes):
    """The same rows in any order have the same digest."""
    assert digest_of(data.draw(st.permutations(hashes))) == digest_of(hashes)


@given(contents, contents)
def test_digests_of_parts_add_up(one, other):
    """The digest of both contents together is the sum of theirs, whichever comes first."""
    assert digest_of(one) + digest_of(other) == digest_of(one + other) == digest_of(other) + digest_of(one)


@given(contents, contents, contents)
def test_sum_is_associative(one, two, three):
    """However rows are spread over partitions, the sum is the same."""
    a, b, c = digest_of(one), digest_of(two), digest_of(three)
    assert (a + b) + c == a + (b + c)


@given(st.lists(signed, min_size=1, max_size=20), st.data())
def test_one_changed_row(hashes, data):
    """A change of any one row changes the digest."""
    place, other = data.draw(st.integers(0, len(hashes) - 1)), data.draw(signed)
    assume(other != hashes[place])
    changed = [*hashes[:place], other, *hashes[place + 1 :]]
    assert digest_of(changed) != digest_of(hashes)


@given(contents, signed)
def test_one_row_more(hashes, more):
    """A row more changes the digest, even one whose hash is zero."""
    assert digest_of([*hashes, more]) != digest_of(hashes) != digest_of([*hashes, 0])


@given(signed)
def test_duplicates_count(value):
    """A row that is there twice is not a row that is there once, nor do two of them cancel out."""
    assert len({digest_of([value] * times) for times in range(5)}) == 5


@given(contents)
def test_total_stays_within_64_bits(hashes):
    """The total is the sum modulo 2**64: it never grows beyond 64 bits, however many rows there are."""
    assert digest_of(hashes) == Digest(len(hashes), sum(hashes) % 2**64)


def test_overflow_wraps():
    """A sum that leaves 64 bits wraps around, by addition too."""
    assert Digest(1, 2**64 - 1) + Digest(1, 2) == Digest(2, 1)


@given(contents)
def test_hex_has_sixteen_digits(hashes):
    """As text it has 16 hexadecimal digits, leading zeros too, and can be read back."""
    found = digest_of(hashes)
    assert len(found.hex) == 16 and int(found.hex, 16) == found.total


@pytest.mark.parametrize(("total", "text"), [(0, "0" * 16), (255, "00000000000000ff"), (2**64 - 1, "f" * 16)])
def test_hex_examples(total, text):
    """Small totals are filled up with zeros, the largest is all f."""
    assert Digest(1, total).hex == text
