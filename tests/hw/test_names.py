from hw.names import plain


def test_brackets_inside_names_become_underscores():
    assert plain(r"wire width 3 \o__payload[3].potential") == r"wire width 3 \o__payload_3_.potential"
    assert plain(r"wire \a[1][20]") == r"wire \a_1__20_"


def test_selected_bits_stay():
    text = "assign \\total [3:0] { \\a [2] 3'000 }\nwire width 2 $1\n"
    assert plain(text) == text
