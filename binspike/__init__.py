"""The program `binspike`: one verb a stage, from a labelled image set to a bitstream."""
