"""Stores' URLs from what Sacred's users give: a host, an address, PyMongo's client or database, a MongoObserver."""
from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

#: Options in a store's URL that are labwatch's, not the server's.
_OWN_OPTIONS = ("collectionPrefix", "runsCollection", "metricsCollection", "gridfsPrefix", "passwordFile")

#: Arguments of PyMongo's client that are about its own objects, not about the way to the server.
_PYMONGOS_OPTIONS = {
    "connect", "datetime_conversion", "document_class", "driver", "event_listeners", "maxconnecting", "maxidletimems",
    "read_preference", "server_api", "server_selector", "timeoutms", "type_registry", "tz_aware", "tzinfo",
    "unicode_decode_error_handler", "uuidrepresentation",
}

_DEFAULT_PORT = 27017


def names_store(url: str) -> bool:
    """Whether it says all of where runs are, so that no database_name is needed."""
    return url == "memory:" or url.startswith(("sqlite:", "@")) or "/" in url


def store_of(url: str, database: str | None, collection: str = "runs") -> str:
    """A store's URL from a host, an address or a store's URL, a database and a collection of runs."""
    if url.startswith(("sqlite:", "memory:")):
        return url
    if url.startswith("@"):
        if database is not None or collection != "runs":
            raise ValueError(f"the address in the file {url[1:]} names the database and the collections itself")
        return url
    scheme, place, path, query, _ = urlsplit(url if "://" in url else f"mongodb://{url}")
    name = database or unquote(path.strip("/"))
    if not name:
        raise ValueError("which database? Give the LabAssistant a database_name")
    options = _options(query)
    options += _source_of_login(place, unquote(path.strip("/")), name, options)
    if collection != "runs":
        options.append(_option("runsCollection", collection))
    return _joined(scheme, place, name, options)


def store_of_database(database: Any, collection: str = "runs") -> str:
    """The store's URL of PyMongo's Database: the way that its client was given, with login and TLS."""
    return store_of(_address(database.client), database.name, collection)


def store_of_observer(observer: Any) -> str:
    """The store that a MongoObserver writes to."""
    url = store_of_database(observer.runs.database, observer.runs.name)
    if observer.metrics is None or observer.metrics.name == "metrics":
        return url
    return url + ("&" if "?" in url else "?") + _option("metricsCollection", observer.metrics.name)


def collections_of(store: str) -> tuple[str, str, str, str, str]:
    """For PyMongo: the server's address, the database, and the names of the runs, the metrics and the files there."""
    scheme, place, path, query, _ = urlsplit(_read(store))
    options = _options(query)
    own = {_name(option): unquote(option.partition("=")[2]) for option in options if _name(option) in _OWN_OPTIONS}
    if "passwordFile" in own:
        place = _with_password(place, own["passwordFile"])
    database = unquote(path.strip("/"))
    options = [option for option in options if _name(option) not in own]
    options += _source_of_login(place, database, "", options)
    prefix = f"{own['collectionPrefix']}_" if own.get("collectionPrefix") else ""
    return (_joined(scheme, place, "", options), database, own.get("runsCollection", f"{prefix}runs"),
            own.get("metricsCollection", f"{prefix}metrics"), own.get("gridfsPrefix", "fs"))


def same_runs(store: str, other: str) -> bool:
    """Whether two stores keep their runs in the same collection, as far as their addresses tell."""
    return bool(_place(store) == _place(other))


def _place(store: str) -> Any:
    if not store.startswith(("mongodb", "@")):
        return store
    address, database, runs, _, _ = collections_of(store)
    hosts = urlsplit(address).netloc.rpartition("@")[2].split(",")
    return frozenset(_with_port(host, _DEFAULT_PORT) for host in hosts), database, runs


def _read(store: str) -> str:
    if not store.startswith("@"):
        return store
    with open(store[1:], encoding="utf-8") as file:
        return file.read().strip()


def _with_password(place: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        password = file.read().rstrip("\r\n")
    user, _, hosts = place.rpartition("@")
    return f"{user}:{quote(password, safe='')}@{hosts}"


def _joined(scheme: str, place: str, database: str, options: Iterable[str]) -> str:
    return urlunsplit((scheme, place, "/" + quote(database, safe=""), "&".join(options), ""))


def _options(query: str) -> list[str]:
    """NAME=VALUE each, as they were written."""
    return [option for option in query.split("&") if option]


def _option(name: str, value: str) -> str:
    return f"{name}={quote(value, safe='/:,')}"


def _name(option: str) -> str:
    return option.partition("=")[0]


def _source_of_login(place: str, given: str, database: str, options: Iterable[str]) -> list[str]:
    """Without authSource a user is looked for in the address's database, and still is where another is put there."""
    told = {_name(option).lower(): option.partition("=")[2].upper() for option in options}
    outside = not told.get("authmechanism", "SCRAM").startswith("SCRAM")  # users that no database of the server has
    if "@" not in place or given == database or outside or "authsource" in told:
        return []
    return [_option("authSource", given or "admin")]


# ---- PyMongo's client ----


def _address(client: Any) -> str:
    """The address that a MongoClient was made with: its arguments, as PyMongo itself keeps them to make another one."""
    given = getattr(client, "_init_kwargs", None) or getattr(client, "_MongoClient__init_kwargs", None)
    if not isinstance(given, Mapping):
        raise ValueError("this PyMongo does not tell how its client was made: give the LabAssistant the url of the "
                         "MongoDB server, as in LabAssistant(experiment, url='mongodb://USER:PASSWORD@HOST/DATABASE')")
    hosts = given.get("host") or "localhost"
    scheme, place, path, query, _ = _parts([hosts] if isinstance(hosts, str) else list(hosts))
    if not scheme.endswith("+srv"):
        place = _with_ports(place, given.get("port") or _DEFAULT_PORT)
    named = {key: value for key, value in given.items() if key not in ("host", "port") and value is not None}
    user = {key: named.pop(key) for key in ("username", "password") if key in named}
    if user:
        place = f"{_login(user, place)}@{place.rpartition('@')[2]}"
    return str(urlunsplit((scheme, place, path, "&".join(_merged(_options(query), named)), "")))


def _parts(hosts: list[str]) -> Any:
    """The parts of an address: one is an address, perhaps, and others are further hosts."""
    whole = [host for host in hosts if "://" in host]
    if not whole:
        return urlsplit("mongodb://" + ",".join(_quoted(host) for host in hosts))
    parts = urlsplit(whole[0])
    further = [_quoted(host) for host in hosts if "://" not in host]
    return parts._replace(netloc=",".join([parts.netloc, *further]))


def _quoted(host: str) -> str:
    return quote(host, safe="") if host.endswith(".sock") else host


def _with_ports(place: str, port: int) -> str:
    login, at, hosts = place.rpartition("@")
    return login + at + ",".join(_with_port(host, port) for host in hosts.split(","))


def _with_port(host: str, port: int) -> str:
    return host if re.search(r":\d+$|\.sock$", host) else f"{host}:{port}"


def _login(given: Mapping[str, str], place: str) -> str:
    old_user, _, old_password = place.rpartition("@")[0].partition(":")
    user = quote(given["username"], safe="") if "username" in given else old_user
    password = quote(given["password"], safe="") if "password" in given else old_password
    return f"{user}:{password}" if password else user


def _merged(options: Iterable[str], named: Mapping[str, Any]) -> list[str]:
    """What is named stands against what the address says, as in PyMongo."""
    lower = {key.lower() for key in named} | _PYMONGOS_OPTIONS
    kept = [option for option in options if _name(option).lower() not in lower]
    return kept + [_option(key, _text(key, value)) for key, value in named.items()
                   if key.lower() not in _PYMONGOS_OPTIONS]


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ",".join(f"{key}:{item}" for key, item in value.items())
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise ValueError(f"the MongoClient's {name} cannot be part of an address: give the LabAssistant the url of the "
                     "MongoDB server, with what it needs to be reached")
