"""How statuses become exceptions, and what these are to programs."""

import base64
import copy
import pickle
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

import polyproc
from polyproc._errors import (
    CODES,
    ConnectionLost,
    DaemonStartFailed,
    Error,
    Reason,
    SessionLost,
    UnexpectedValue,
    from_status,
    from_trailers,
    is_end_of_session,
)
from polyproc._values import PLAIN, encode
from polyproc.v1 import error_pb2, options_pb2

_PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def status(*details: Any, code: int = 5, message: str = "Expected a, but b") -> bytes:
    made = status_pb2.Status(code=code, message=message)
    for detail in details:
        if isinstance(detail, any_pb2.Any):
            made.details.append(detail)
        else:
            made.details.add().Pack(detail)
    return bytes(made.SerializeToString())


def info(reason: str = "OBJECT_NOT_FOUND", domain: str = "polyproc.dev", **metadata: str) -> Any:
    return error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)


class TestReasons:
    def test_should_be_those_of_the_contract(self) -> None:
        of_contract = [
            name.removeprefix("ERROR_REASON_")
            for name in error_pb2.ErrorReason.DESCRIPTOR.values_by_name
        ]
        assert [reason.name for reason in Reason] == of_contract
        assert [reason.value for reason in Reason] == of_contract

    def test_should_be_on_page_of_errors(self) -> None:
        on_page = re.findall("^## (.*)$", _PAGE.read_text("utf-8"), re.MULTILINE)
        assert {reason.value for reason in Reason} - {"UNSPECIFIED"} == set(on_page)

    def test_should_be_texts(self) -> None:
        error = from_status(status(info()))
        assert error.reason == "OBJECT_NOT_FOUND"
        assert error.reason is Reason.OBJECT_NOT_FOUND

    def test_should_have_names_of_all_codes(self) -> None:
        assert dict(enumerate(CODES)) == {
            number: name for name, number in code_pb2.Code.items() if number < len(CODES)
        }
        assert len(CODES) == len(code_pb2.Code.items())


class TestStatus:
    def test_should_have_all_that_the_daemon_said(self) -> None:
        error = from_status(status(info(object="jobs", kind="QUEUE")))
        assert type(error) is Error
        assert str(error) == "Expected a, but b"
        assert error.code == "NOT_FOUND"
        assert error.metadata == {"object": "jobs", "kind": "QUEUE"}

    @pytest.mark.parametrize("reason", error_pb2.ErrorReason.DESCRIPTOR.values[1:])
    def test_should_have_code_of_every_reason(self, reason: Any) -> None:
        number = reason.GetOptions().Extensions[options_pb2.code]
        error = from_status(status(info(reason.name.removeprefix("ERROR_REASON_")), code=number))
        assert error.reason == Reason[reason.name.removeprefix("ERROR_REASON_")]
        assert error.code == code_pb2.Code.Name(number)

    @pytest.mark.parametrize(
        "details",
        [
            (),
            (info(domain="example.com"),),
            (error_details_pb2.RetryInfo(),),
            (any_pb2.Any(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff"),),
            (any_pb2.Any(type_url="type.googleapis.com/no.such.Thing", value=b"\xff"),),
        ],
    )
    def test_should_be_unspecified_where_the_daemon_gave_no_reason(self, details: Any) -> None:
        error = from_status(status(*details, code=14))
        assert error.reason is Reason.UNSPECIFIED
        assert error.code == "UNAVAILABLE"
        assert error.metadata == {}
        assert str(error) == "Expected a, but b"

    def test_should_find_reason_among_other_details(self) -> None:
        broken = any_pb2.Any(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")
        error = from_status(status(broken, info(domain="example.com"), info("CLOSED")))
        assert error.reason == Reason.CLOSED

    def test_should_keep_reason_of_newer_daemon(self) -> None:
        assert from_status(status(info("OUT_OF_LUCK"))).reason == "OUT_OF_LUCK"

    @pytest.mark.parametrize(
        ("code", "name"), [(17, "UNKNOWN"), (-1, "UNKNOWN"), (2_000_000, "UNKNOWN"), (0, "OK")]
    )
    def test_should_name_codes_that_are_none(self, code: int, name: str) -> None:
        error = from_status(status(code=code, message=""))
        assert error.code == name
        assert str(error) == f"Expected success, but got {name}"

    def test_should_say_that_bytes_are_no_status(self) -> None:
        error = from_status(b"\xff\xff")
        assert error.code == "INTERNAL"
        assert str(error).startswith("Expected the status of a call, but")


class TestTrailers:
    def test_should_be_none_for_success(self) -> None:
        assert from_trailers([(":status", "200"), ("grpc-status", "0")]) is None

    @pytest.mark.parametrize("padded", [True, False])
    @pytest.mark.parametrize("as_bytes", [True, False])
    def test_should_read_details(self, padded: bool, as_bytes: bool) -> None:
        encoded = base64.b64encode(status(info(object="jobs"))).decode()
        assert encoded.endswith("=")
        trailers: Any = [
            ("grpc-status", "5"),
            ("grpc-message", "Expected a, but b"),
            ("grpc-status-details-bin", encoded if padded else encoded.rstrip("=")),
        ]
        if as_bytes:
            trailers = [(name.encode(), content.encode()) for name, content in trailers]
        error = from_trailers(trailers)
        assert error is not None
        assert error.reason == Reason.OBJECT_NOT_FOUND
        assert error.metadata == {"object": "jobs"}

    @pytest.mark.parametrize(
        ("message", "sentence"),
        [
            ("Expected %27jobs%27, but 100%25", "Expected 'jobs', but 100%"),
            ("caf%C3%A9 %F0%9F%99%82", "café 🙂"),
            ("%zz 5% %", "%zz 5% %"),
            ("%FF", "\ufffd"),
            ("", "Expected success, but got UNAVAILABLE"),
        ],
    )
    def test_should_read_message(self, message: str, sentence: str) -> None:
        error = from_trailers([("grpc-status", "14"), ("grpc-message", message)])
        assert str(error) == sentence
        assert error is not None
        assert (error.code, error.reason) == ("UNAVAILABLE", Reason.UNSPECIFIED)

    @pytest.mark.parametrize("details", ["!", "A", "/////w==", "AAAA"])
    def test_should_have_code_and_message_where_details_cannot_be_read(self, details: str) -> None:
        trailers = [
            ("grpc-status", "5"),
            ("grpc-message", "a message"),
            ("grpc-status-details-bin", details),
        ]
        error = from_trailers(trailers)
        assert error is not None
        assert (str(error), error.code) == ("a message", "NOT_FOUND")

    def test_should_go_by_status_where_details_say_another(self) -> None:
        other = base64.b64encode(status(info(), code=7)).decode()
        error = from_trailers([("grpc-status", "5"), ("grpc-status-details-bin", other)])
        assert error is not None
        assert (error.code, error.reason) == ("NOT_FOUND", Reason.UNSPECIFIED)

    @pytest.mark.parametrize("number", ["99", "x", "", "-1", "²"])
    def test_should_be_unknown_where_status_is_no_code(self, number: str) -> None:
        error = from_trailers([("grpc-status", number)])
        assert error is not None
        assert error.code == "UNKNOWN"

    @pytest.mark.parametrize(
        ("http", "code"),
        [("404", "UNIMPLEMENTED"), ("503", "UNAVAILABLE"), ("401", "UNAUTHENTICATED")],
    )
    def test_should_say_that_a_stranger_answers(self, http: str, code: str) -> None:
        error = from_trailers([(":status", http), ("content-type", "text/html")])
        assert error is not None
        assert error.code == code
        assert f"answers HTTP {http}" in str(error)

    def test_should_be_an_error_where_no_outcome_came(self) -> None:
        for trailers in ([], [(":status", "200")]):
            error = from_trailers(trailers)
            assert error is not None
            assert error.code == "UNKNOWN"


_ALL = [
    Error("a sentence", "CLOSED", "FAILED_PRECONDITION", {"object": "jobs"}),
    Error("a sentence"),
    Error("a sentence", "OUT_OF_LUCK"),
    ConnectionLost("Expected a daemon, but nobody listens"),
    DaemonStartFailed("Expected Java, but there is none"),
    SessionLost("gone", address="unix:/a", outcome_unknown=True),
    UnexpectedValue.of("a date", "text 'x'", encode(["x"])),
]


class TestExceptions:
    @pytest.mark.parametrize("error", _ALL, ids=lambda error: type(error).__name__)
    def test_should_travel_between_processes(self, error: Error) -> None:
        error.add_note("a note")
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            read = pickle.loads(pickle.dumps(error, protocol))
            assert type(read) is type(error)
            assert str(read) == str(error)
            assert vars(read) == vars(error)
        assert vars(copy.copy(error)) == vars(error)

    def test_should_have_reason_of_enum_again_after_travelling(self) -> None:
        assert pickle.loads(pickle.dumps(_ALL[0])).reason is Reason.CLOSED

    def test_should_be_exceptions_of_the_standard_library_where_it_has_them(self) -> None:
        assert isinstance(ConnectionLost("a sentence"), ConnectionError)
        assert isinstance(UnexpectedValue("a sentence"), ValueError)
        assert all(isinstance(error, Error) for error in _ALL)

    def test_should_say_its_sentence(self) -> None:
        assert str(ConnectionLost("Expected a daemon, but none")) == "Expected a daemon, but none"
        assert repr(Error("a")) == "Error('a')"

    def test_should_not_share_metadata(self) -> None:
        metadata = {"object": "jobs"}
        error = Error("a sentence", metadata=metadata)
        metadata["object"] = "others"
        assert error.metadata == {"object": "jobs"}

    @pytest.mark.parametrize(
        ("error", "ended"),
        [
            (SessionLost("gone"), True),
            (Error("", Reason.SESSION_ENDED), True),
            (Error("", "SESSION_NOT_FOUND"), True),
            (Error("", Reason.CLOSED), False),
            (ConnectionLost("gone"), False),
            (ValueError("SESSION_ENDED"), False),
        ],
    )
    def test_should_know_the_end_of_the_session(self, error: Exception, ended: bool) -> None:
        assert is_end_of_session(error) == ended

    def test_should_keep_what_a_call_took(self) -> None:
        item = encode({"due": "tomorrow"})
        error = UnexpectedValue.of("a date", "text 'tomorrow'", encode("tomorrow"))
        whole = error.part_of("as field 'due' of Job", item)
        taken = whole.taken(item)
        assert str(whole) == (
            "Expected a date as field 'due' of Job, but the value is text 'tomorrow'"
        )
        assert str(taken).startswith(f"{whole}; the call has taken effect all the same")
        assert taken.value is not None
        assert PLAIN.decode(taken.value) == {"due": "tomorrow"}
        assert (taken.reason, taken.code) == (Reason.INVALID_VALUE, "INVALID_ARGUMENT")


def test_should_say_what_to_do_in_words_of_this_package(
    polyproc_client: polyproc.Polyproc,
) -> None:
    client: Any = polyproc_client
    jobs = client.queue(f"jobs-{uuid.uuid4()}")
    refused: list[tuple[Callable[[], object], str]] = [
        (jobs.task_done, "make it with joinable=True"),
        (jobs.join, "make it with joinable=True"),
        (lambda: jobs.put(1, priority=2), "order is 'priority'"),
        (lambda: client.queue(max_attempts=3), "only with dead_letters"),
        (lambda: client.queue(jobs.name, order="lifo"), r"delete it by delete\(\)"),
        (lambda: client.existing_list("none"), r"client\.admin\.objects\(\)"),
    ]
    for call, words in refused:
        with pytest.raises(polyproc.Error, match=words) as told:
            call()
        assert "Service/" not in str(told.value)
    jobs.shutdown()
    with pytest.raises(polyproc.ShutDown, match=r"closed by shutdown\(\)"):
        jobs.put(1)
