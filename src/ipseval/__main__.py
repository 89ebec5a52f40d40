"""`python -m ipseval`: the command line, for machines where the `ipseval` script is not on the path."""

from ipseval.cli import app

if __name__ == "__main__":
    app(prog_name="ipseval")
