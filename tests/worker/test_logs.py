import logging

from worker.logs import OneLine


def test_whatever_is_in_an_event_it_is_one_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        raised = (ValueError, error, error.__traceback__)
        record = logging.makeLogRecord({"msg": "a\nb\r\nc\u2028d", "exc_info": raised})
    line = OneLine("%(message)s").format(record)
    assert line.splitlines() == [line]
    assert line.startswith("a | b | c | d | Traceback")
    assert line.endswith("ValueError: first | second")
