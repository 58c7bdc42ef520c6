"""Stores' URLs from what Sacred's users give: no login, no TLS and no replica set gets lost on the way."""
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from needs import needs

needs("sacred")

from pymongo import MongoClient
from sacred.observers import MongoObserver

from labwatch._mongo_addresses import collections_of, same_runs, store_of, store_of_database, store_of_observer
from labwatch.assistant import LabAssistant, _named_by

LOGIN = "mongodb://ann:s%40cret@h1:27018,h2:27019/?tls=true&authSource=admin&replicaSet=rs&tlsInsecure=true"


def away(*words, **named):
    """A client that connects to nobody."""
    return MongoClient(*words, connect=False, **named)


def observer_of(client, **named):
    return MongoObserver(client=client, db_name="lab", **named)


def test_an_observers_login_and_options_are_kept():
    expected = LOGIN.replace("/?", "/lab?")
    assert store_of_observer(observer_of(away(LOGIN))) == expected
    assert store_of_observer(MongoObserver(url=LOGIN, db_name="lab", connect=False)) == expected
    assert store_of_database(away(LOGIN)["lab"]) == expected
    assert store_of_observer(observer_of(away(LOGIN), collection_prefix="p")) == (
        f"{expected}&runsCollection=p_runs&metricsCollection=p_metrics")


def test_what_a_client_was_given_by_name_is_kept(tmp_path):
    authority = tmp_path / "ca.pem"
    client = away(["h1", "h2:5"], 4, username="a:b", password="p@s/s", authSource="users", replicaSet="rs",
                  tlsInsecure=True, tls=True, uuidRepresentation="standard", tz_aware=True)
    place, query = store_of_database(client["lab"]).split("?")
    assert place == "mongodb://a%3Ab:p%40s%2Fs@h1:4,h2:5/lab"
    assert dict(parse_qsl(query)) == {"authSource": "users", "replicaSet": "rs", "tlsInsecure": "true", "tls": "true"}
    named = Database(LOGIN, tls=False, tlsCAFile=Path(authority))
    assert "tls=false" in store_of_database(named)
    assert "tls=true" not in store_of_database(named)
    assert f"tlsCAFile={authority}" in store_of_database(named)


class Database:
    """A database whose client keeps its arguments as PyMongo's does, but looks at no certificate."""

    name = "lab"

    def __init__(self, host, **named):
        self.client = type("Client", (), {"_MongoClient__init_kwargs": {"host": host, "port": None, **named}})()


def test_a_user_is_looked_for_where_the_address_says():
    assert store_of("mongodb://u:p@h/users", "lab") == "mongodb://u:p@h/lab?authSource=users"
    assert store_of("mongodb://u:p@h", "lab") == "mongodb://u:p@h/lab?authSource=admin"
    assert store_of("mongodb://u:p@h/lab", None) == "mongodb://u:p@h/lab"
    assert store_of("mongodb://u@h/?authMechanism=MONGODB-X509", "lab") == "mongodb://u@h/lab?authMechanism=MONGODB-X509"
    assert store_of("h:27018", "lab", "old") == "mongodb://h:27018/lab?runsCollection=old"
    assert store_of("mongodb+srv://u:p@n/lab?w=1", None) == "mongodb+srv://u:p@n/lab?w=1"


def test_pymongo_is_given_the_login_and_none_of_labwatchs_options(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("p@ss\n")
    address = f"mongodb://u@h/lab?passwordFile={secret}&tls=true&collectionPrefix=p"
    expected = ("mongodb://u:p%40ss@h/?tls=true&authSource=lab", "lab", "p_runs", "p_metrics", "fs")
    assert collections_of(address) == expected
    file = tmp_path / "address"
    file.write_text(address + "\n")
    assert store_of(f"@{file}", None) == f"@{file}"
    assert collections_of(f"@{file}") == expected
    with pytest.raises(ValueError, match="names the database"):
        store_of(f"@{file}", "other")


def test_what_no_address_can_say_is_refused():
    with pytest.raises(ValueError, match="auto_encryption_opts cannot be part of an address"):
        store_of_database(Database("h", auto_encryption_opts=object()))
    with pytest.raises(ValueError, match="does not tell how its client was made"):
        store_of_database(type("Database", (), {"name": "lab", "client": object()})())


def test_the_same_place_is_known_under_several_addresses():
    assert same_runs("mongodb://u:p@h/lab?tls=true", "mongodb://h:27017/lab")
    assert not same_runs("mongodb://h/lab", "mongodb://h/lab2")
    assert not same_runs("mongodb://h/lab", "mongodb://h/lab?runsCollection=old")
    assert not same_runs("mongodb://h/lab", "sqlite:lab")


def test_the_option_m_may_be_an_address():
    assert _named_by("mongodb://u:p@h/lab?tls=true") == ("mongodb://u:p@h/lab?tls=true", None)


def test_the_assistant_goes_on_with_pymongos_database():
    from sacred import Experiment

    assistant = LabAssistant(Experiment("moved", save_git_info=False), "first", url="h")
    assistant.set_database(away(LOGIN)["lab"])
    assert assistant._store == LOGIN.replace("/?", "/lab?")
    assert urlsplit(assistant._store).username == "ann"
    assert assistant.db_name == "lab"
