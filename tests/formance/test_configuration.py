import copy
import logging
import pickle
from importlib.util import find_spec

import pytest

import Formance
from flowgauge.client import Retry
from Formance.pool import transport_of


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


def test_debug_switched_off_on_a_copy_stays_on_for_the_original():
    logger = logging.getLogger("Formance")
    before = list(logger.handlers)
    original = Formance.Configuration()
    original.debug = True
    copied = copy.deepcopy(original)
    assert copied.debug is True
    assert len(logger.handlers) == len(before) + 1
    copied.debug = False
    assert original.debug is True
    assert len(logger.handlers) == len(before) + 1
    original.debug = False
    assert logger.handlers == before


def test_a_configuration_and_a_client_can_be_pickled():
    configuration = Formance.Configuration("http://a.test", access_token="t")
    configuration.debug = True
    client = Formance.ApiClient(configuration, "X-A", "b", cookie="c=d")
    copied = pickle.loads(pickle.dumps(client))
    assert (copied.default_headers, copied.cookie) == (client.default_headers, "c=d")
    assert (copied.configuration.host, copied.configuration.access_token) == ("http://a.test", "t")
    assert copied.configuration.debug is True
    copied.close()
    configuration.debug = copied.configuration.debug = False


def test_a_default_is_what_a_client_without_a_configuration_has():
    default = Formance.Configuration("http://a.test", disabled_client_side_validations="pattern")
    Formance.Configuration.set_default(default)
    try:
        default.host = "http://b.test"
        found = Formance.ApiClient().configuration
    finally:
        Formance.Configuration.set_default(None)
    assert (found.host, found.disabled_client_side_validations) == ("http://a.test", "pattern")
    assert Formance.ApiClient().configuration.host == "http://localhost"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ssl_ca_cert": "/nope.pem"}, "cannot load the certificates /nope.pem"),
        ({"proxy": "ftp://user:s3cr3t@a.test"}, "the proxy 'ftp://[redacted]@a.test' cannot be used"),
        ({"proxy": "http://user:s3/cr@3t@a.test:x"}, "the proxy 'http://[redacted]@a.test:x' cannot be used"),
        ({"proxy": "http://user:s 3t@a.test:x"}, "the proxy 'http://[redacted]@a.test:x' cannot be used"),
        ({"proxy": "ftp://user:1/3t@a.test"}, "the proxy 'ftp://[redacted]@a.test' cannot be used"),
        ({"proxy": "user:3t@a.test"}, "the proxy '[redacted]@a.test' cannot be used"),
        ({"proxy": "ftp://a.test"}, "the proxy 'ftp://a.test' cannot be used: "),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_password(settings, message):
    configuration = Formance.Configuration("http://a.test")
    for name, value in settings.items():
        setattr(configuration, name, value)
    with pytest.raises(Formance.ApiValueError) as caught:
        transport_of(configuration)
    assert str(caught.value).startswith(message)
    assert "3t" not in str(caught.value)


@pytest.mark.skipif(find_spec("socksio") is not None, reason="socksio is installed")
def test_a_socks_proxy_without_its_package_says_what_to_install():
    configuration = Formance.Configuration("http://a.test")
    configuration.proxy = "socks5://a.test:1080"
    with pytest.raises(Formance.ApiValueError, match="socksio"):
        transport_of(configuration)
