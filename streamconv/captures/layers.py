"""The layers that are known, in the order in which they are looked for. To add one: a file, and a line in LAYERS."""

from __future__ import annotations

from typing import Final

from streamconv.captures import compression
from streamconv.captures.cdp import CDPLog, is_cdp_log
from streamconv.captures.chunked import Chunked, is_chunked
from streamconv.captures.curl_trace import CurlTrace, is_curl_trace
from streamconv.captures.curl_verbose import CurlVerbose, is_curl_verbose
from streamconv.captures.docker_json import DockerJSON, is_docker_json
from streamconv.captures.dots import Dots, is_dotted
from streamconv.captures.har import HAR, is_har
from streamconv.captures.http_head import HTTPHead, is_http_head
from streamconv.captures.layer import Known, Layer, Peel
from streamconv.captures.log_prefix import LogPrefix, is_log_prefix
from streamconv.captures.mitmproxy import MitmproxyFlows, is_mitmproxy_flows
from streamconv.captures.timed import Timed, is_timed
from streamconv.captures.utf16 import UTF16, is_utf16
from streamconv.captures.vcr import YAMLHAR, VCRCassette, is_vcr_cassette, is_yaml_har
from streamconv.problem import Report


def _zip_archive(known: Known, evidence: str, report: Report) -> Peel:
    from streamconv.captures.zip_archive import ZipArchive  # the library that it needs is large

    return ZipArchive(known, evidence, report)


# fmt: off
LAYERS: Final = (
    Layer("gzip", compression.is_gzip, compression.Gzip, "RFC 1952"),
    Layer("zstd", compression.is_zstd, compression.Zstd, "RFC 8878; pip install 'streamconv[compress]'"),
    Layer("br", compression.is_brotli, compression.Brotli, "brotli where a head or .br says so; the same extra"),
    Layer("zlib", compression.is_zlib, compression.Zlib, "RFC 1950, 1951: the content coding deflate"),
    Layer("zip", compression.is_zip, _zip_archive, "each member a stream; a Playwright har.zip as its HAR"),
    Layer("utf-16", is_utf16, UTF16, "what > of Windows PowerShell writes"),
    Layer("http", is_http_head, HTTPHead, "heads before the body: curl -i, HTTPie -v, 100 Continue, redirects"),
    Layer("chunked", is_chunked, Chunked, "chunk sizes left in the body: curl --raw"),
    Layer("curl-trace", is_curl_trace, CurlTrace, "curl --trace and --trace-ascii, with the times of --trace-time"),
    Layer("dots", is_dotted, Dots, "line ends that --trace-ascii showed as dots, put back"),
    Layer("curl-v", is_curl_verbose, CurlVerbose, "the noise of curl -v, before and between"),
    Layer("har", is_har, HAR, "HTTP Archive 1.2, of browsers, Playwright, mitmproxy, Charles, Polly.JS"),
    Layer("har-yaml", is_yaml_har, YAMLHAR, "the same as YAML, of Polly.JS; pip install 'streamconv[yaml]'"),
    Layer("vcr", is_vcr_cassette, VCRCassette, "cassettes of VCR, vcrpy, betamax; the same extra for YAML"),
    Layer("cdp", is_cdp_log, CDPLog, "Chrome DevTools Protocol events, one a line"),
    Layer("mitmproxy", is_mitmproxy_flows, MitmproxyFlows, "what mitmdump -w writes"),
    Layer("timed", is_timed, Timed, "what --to timed writes: chunks and their times"),
    Layer("docker-json", is_docker_json, DockerJSON, "the logs that Docker keeps: one object a line"),
    Layer("log-prefix", is_log_prefix, LogPrefix, "timestamps and names before each line: docker, kubectl, compose"),
)
# fmt: on

_BY_NAME: Final = {layer.name: layer for layer in LAYERS}
_ALIASES: Final = {
    "gz": "gzip",
    "deflate": "zlib",
    "brotli": "br",
    "zst": "zstd",
    "utf16": "utf-16",
    "http/1.0": "http",
    "http/1.1": "http",
    "http/2": "http",
    "http/3": "http",
}


def find_layer(name: str) -> Layer:
    """The layer of this name or alias. ValueError suggests the near one."""
    given = name.strip().lower()
    found = _BY_NAME.get(_ALIASES.get(given, given))
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(given, [*_BY_NAME, *_ALIASES], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_BY_NAME)}"
        raise ValueError(f"unknown layer {name!r}; {hint}")
    return found
