"""From a design to a bitstream on a board: boards, tools, folders, reports."""
