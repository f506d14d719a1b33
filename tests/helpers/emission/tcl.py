"""Interpreter of Tcl that knows no vendor's command, and records all that a script calls."""

import tkinter


def recorded(script, folder, arguments=()):
    """Commands, as lists of words, that a script in ``folder`` calls beyond Tcl's own; files are not touched."""
    calls, interpreter = [], tkinter.Tcl()

    def call(*words):
        calls.append([interpreter.splitlist(word) if word.startswith("{") else word for word in words])
        return f"<{words[0]}>"
    interpreter.createcommand("unknown", call)
    interpreter.createcommand("record", call)
    interpreter.eval("rename package {}; proc package args {record package {*}$args}")
    interpreter.eval("rename file tclfile; proc file {what args} {if {$what in {copy delete mkdir}} "
                     "{return [record file $what {*}$args]}; tclfile $what {*}$args}")
    interpreter.eval("rename cd {}; proc cd {folder} {}; proc glob args {return [lindex $args end]}")
    interpreter.setvar("argv", " ".join(arguments))
    interpreter.eval("array set quartus [list args $argv]")
    assert interpreter.eval(f"info complete {{{script.read_text()}}}") in (1, "1")
    interpreter.eval(f"source {{{script}}}")
    return calls
