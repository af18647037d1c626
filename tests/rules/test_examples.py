"""Every rule by its own examples and its page; and that no rule of the catalogue is missing."""

from __future__ import annotations

import pytest

from streamconv.captures import open_source
from streamconv.formats.losses import LOSSES
from streamconv.mend import Mender
from streamconv.rules import RULES, Checker, Rule
from streamconv.rules.capture import Wrapper
from streamconv.rules.examples import chunks_of, problems_of

# What must be found, by severity; written down before the rules were.
CATALOGUE = {
    "error": """
        capture-gzip capture-zstd capture-chunked capture-http-head capture-html capture-utf16 capture-content-type
        capture-empty
        sse-unterminated-event sse-bom-inside sse-invalid-utf8 sse-stray-json sse-no-events
        data-json-truncated data-json-invalid
        ndjson-truncated ndjson-invalid-json ndjson-trailing-comma ndjson-array-document ndjson-multi-line-value
        ndjson-two-values ndjson-bare-cr ndjson-rs-prefix ndjson-sse-line ndjson-comment
        json-invalid-utf8 json-nan-infinity json-control-char
        stream-truncated stream-invalid-json stream-comma stream-ambiguous-scalar stream-sse-line
        seq-missing-rs seq-truncated seq-invalid-element seq-two-values seq-truncated-scalar
    """,
    "warning": """
        sse-unterminated-line sse-bom sse-mixed-eol sse-bare-cr sse-unknown-field sse-field-case sse-field-space
        sse-id-nul sse-nul sse-retry-invalid sse-repeated-field sse-event-without-data sse-joined-captures
        ndjson-blank-line ndjson-missing-final-newline ndjson-mixed-eol
        json-bom json-bom-inside json-duplicate-key json-int-beyond-2^53 json-int-over-64bit json-float-overflow
        json-lone-surrogate json-deep
        stream-array stream-rs seq-missing-lf
        http-status http-204 event-too-large line-too-long
        lost-event-name lost-id lost-retry lost-incomplete lost-unknown-field lost-time lost-bytes
    """,
    "info": """
        sse-no-colon sse-retry-odd sse-block-without-data sse-empty-event-type sse-reserved-event sse-trailing-space
        sse-extra-leading-space sse-inconsistent-space sse-linesep-in-value sse-extra-blank sse-id-repeated sse-id-order
        sse-keepalive-gap data-json-multiline ndjson-crlf ndjson-mixed-types json-linesep-in-string
        stream-no-separator stream-no-newline stream-multi-line-value stream-missing-final-newline stream-null
        stream-mixed-types seq-empty-element http-buffering lost-comment lost-end-marker
    """,
}
# Rules that stand on no text but on what people meant.
_WITHOUT_CLAUSE = {"capture-empty", "record-too-large", "ndjson-mixed-types", "stream-mixed-types"}

each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def test_every_name_of_the_catalogue_is_a_rule_of_its_severity() -> None:
    severities = {rule.name: rule.severity for rule in RULES}
    for severity, names in CATALOGUE.items():
        assert {name: severities.get(name) for name in names.split()} == dict.fromkeys(names.split(), severity)


def test_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@each_rule
def test_bad_shows_it_and_good_does_not(rule: type[Rule]) -> None:
    bad = problems_of(rule, "bad")
    assert bad
    assert {(problem.rule, problem.severity) for problem in bad} == {(rule.name, rule.severity)}
    assert problems_of(rule, "good") == []


@each_rule
def test_a_page_says_what_and_why_and_what_to_do(rule: type[Rule]) -> None:
    summary, *rest = rule.page().split("\n\n")
    assert summary.endswith(".")
    assert "\n" not in summary  # the list of all rules shows it
    assert rest
    assert rule.hint
    assert rule.clause
    assert (rule.clause == "-") == (rule.name in _WITHOUT_CLAUSE or rule.name in LOSSES)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.mended], ids=lambda rule: rule.name)
def test_what_is_said_to_be_mended_is(rule: type[Rule]) -> None:
    format = rule.formats[0]

    def mended(stream: bytes) -> bytes:
        mender = Mender(format)
        return mender.feed(stream) + mender.finish()

    bad = b"".join(chunks_of(rule, "bad"))
    if issubclass(rule, Wrapper):  # which is taken off before
        bad = b"".join(open_source(bad).chunks)
    once = mended(bad)
    checker = Checker(format, (rule,))
    assert checker.feed(once) + checker.finish() == []
    assert mended(once) == once


def test_losses_are_as_grave_as_their_rules_say() -> None:
    assert {rule.name: rule.severity for rule in RULES if rule.name.startswith("lost-")} == {
        name: severity for name, (severity, _) in LOSSES.items()
    }
