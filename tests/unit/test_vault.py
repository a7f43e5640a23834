from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.store.vault import SealBroken, Sealed, make_keys, open_vault

PLACE = "sealed_value|7|id_no"


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path / "keys.json")


def test_a_sealed_value_opens_only_where_it_was_sealed(vault):
    sealed = vault.seal("杨娜平", PLACE)

    assert vault.open(sealed, PLACE) == "杨娜平"
    for elsewhere in ("sealed_value|8|id_no", "sealed_value|7|name", "other|7|id_no"):
        with pytest.raises(SealBroken):
            vault.open(sealed, elsewhere)


def test_a_sealed_value_shows_nothing_and_never_repeats(vault):
    one, other = vault.seal("330681", PLACE), vault.seal("330681", PLACE)

    assert one.data != other.data
    assert b"330681" not in one.data


def test_an_altered_value_does_not_open(vault):
    sealed = vault.seal("13900000000", PLACE)
    for place in (0, 12, len(sealed.data) - 1):
        data = bytearray(sealed.data)
        data[place] ^= 1
        with pytest.raises(SealBroken):
            vault.open(Sealed(sealed.key_id, bytes(data)), PLACE)
    with pytest.raises(SealBroken):
        vault.open(Sealed("k9", sealed.data), PLACE)


def test_an_index_needs_the_key(vault, tmp_path):
    stranger = open_vault(tmp_path / "other.json")

    assert vault.index("330681") == vault.index("330681")
    assert vault.index("330681") != vault.index("330682")
    assert vault.index("330681") != stranger.index("330681")


def test_an_old_key_still_opens(vault, tmp_path):
    sealed = vault.seal("x", PLACE)
    ring = json.loads((tmp_path / "keys.json").read_text())
    ring["pii"]["k2"], ring["current"] = "ab" * 32, "k2"
    (tmp_path / "keys.json").write_text(json.dumps(ring))
    turned = open_vault(tmp_path / "keys.json")

    assert turned.open(sealed, PLACE) == "x"
    assert turned.seal("x", PLACE).key_id == "k2"


def test_keys_are_private_and_made_once(tmp_path):
    path = tmp_path / "var" / "keys.json"
    with ThreadPoolExecutor(8) as pool:
        indexes = set(pool.map(lambda _: open_vault(path).index("a"), range(8)))
    before = path.read_bytes()
    make_keys(path)

    assert len(indexes) == 1
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["keys.json"]
