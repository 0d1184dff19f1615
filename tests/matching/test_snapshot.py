from matching import snapshot


def test_a_kind_we_do_not_know_is_shown_as_it_is():
    facts = dict(snapshot.shown({"profile": {"wanted_kinds": ["co_export", "zz"]}})["facts"])

    assert facts["Formes d'appui recherchées"] == "co-export, zz"
