"""One module per kind of file; each gives a `Raw`: typed columns, their variables and what was found."""
