"""A database reads back what stands in the files: it knows columns by their places, no quotes, and Infinity."""

from montecarlo.experiments import table_forms as forms


def test_numbers_are_the_characters_of_the_file_but_for_infinities():
    files = {"summary.csv": b"statistic,value,low,high\nsortino,inf,-inf,\nsharpe,0.1,1e-17,2\n"}
    assert forms.of_files(files) == {
        "summary": b"statistic,value,low,high\nsortino,Infinity,-Infinity,\nsharpe,0.1,1e-17,2\n"
    }


def test_text_has_no_quotes_and_no_lines():
    records = [{"name": 'a,b\\c "d"', "value": "one\r\ntwo,\nthree"}]
    assert forms.written(forms.FACTS, records) == b'name,value\na\\,b\\\\c "d",one two\\, three\n'


def test_what_a_file_does_not_have_is_empty_and_what_no_form_has_is_left_out():
    lines = forms.of_files({"trades.csv": b"entry_date,more,shares\n2020-01-02,x,5\n"})["trades"].splitlines()
    assert lines == [b",".join(name.encode() for name in forms.FORMS["trades"]), b"2020-01-02,,,,5,,,"]


def test_combinations_are_numbered_and_name_what_is_varied():
    content = b"short,return_mean,return_mean_low\n5,0.1,0.05\n10,0.2,0.15\n"
    head, *lines = forms.of_combinations(forms.SWEEP, content, ["short"]).decode().splitlines()
    assert head.startswith("combination,first_name,first_value,second_name,second_value,return_mean,return_mean_low,")
    assert [line.split(",")[:7] for line in lines] == [
        ["0", "short", "5", "", "", "0.1", "0.05"],
        ["1", "short", "10", "", "", "0.2", "0.15"],
    ]
