import copy
import logging

import pytest

import Formance
from flowgauge.client import Retry


def test_the_default_host_is_the_document_s():
    assert Formance.Configuration().host == "http://localhost"


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"host": "http://a.test"}, "http://a.test"),
        ({"server_index": 0}, "http://localhost"),
        (
            {"server_index": 1, "server_variables": {"organization": "acme"}},
            "https://acme.sandbox.formance.cloud",
        ),
        ({"host": "http://a.test", "server_index": 0}, "http://localhost"),
    ],
)
def test_the_host_comes_from_itself_or_from_the_index(settings, host):
    assert Formance.Configuration(**settings).host == host


@pytest.mark.parametrize(
    "settings",
    [
        {"server_index": 2},
        {"server_index": -1},
        {"server_index": "1"},
        {"server_index": True},
        {"server_index": 1, "server_variables": {"organization": 5}},
        {"server_index": 1},
        {"server_index": 1, "server_variables": {"organization": "evil.test/"}},
        {"server_index": 1, "server_variables": {"organization": "-"}},
    ],
)
def test_an_index_or_a_variable_that_names_no_server_is_a_value_error(settings):
    with pytest.raises(ValueError, match=r"server_index|organization"):
        _ = Formance.Configuration(**settings).host


def test_setting_the_host_wins_over_the_index():
    configuration = Formance.Configuration(server_index=1)
    configuration.host = "http://a.test"
    assert configuration.host == "http://a.test"


def test_every_setting_of_the_original_is_there():
    configuration = Formance.Configuration(
        "http://a.test", api_key={"a": "b"}, username="u", password="p", access_token="t"
    )
    assert (configuration.api_key, configuration.username, configuration.password) == ({"a": "b"}, "u", "p")
    for name, default in {
        "verify_ssl": True,
        "ssl_ca_cert": None,
        "cert_file": None,
        "key_file": None,
        "proxy": None,
        "proxy_headers": None,
        "retries": None,
        "debug": False,
    }.items():
        assert getattr(configuration, name) == default
    assert configuration.connection_pool_maxsize >= 5
    assert "'p'" not in repr(configuration)
    assert "'t'" not in repr(configuration)


def test_a_copy_is_its_own():
    original = Formance.Configuration("http://a.test", access_token="t", server_variables={"a": "b"})
    original.retries = Retry()
    copied = copy.deepcopy(original)
    copied.access_token = "other"
    copied.server_variables["a"] = "c"
    assert (original.access_token, original.server_variables) == ("t", {"a": "b"})
    assert copied.retries == original.retries


def test_debug_can_be_switched_on_and_off_and_leaves_no_handler():
    logger = logging.getLogger("Formance")
    before = list(logger.handlers)
    configuration = Formance.Configuration()
    configuration.debug = True
    configuration.debug = True
    assert len(logger.handlers) == len(before) + 1
    configuration.debug = False
    assert logger.handlers == before
    assert configuration.debug is False
