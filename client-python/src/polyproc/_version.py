"""Which version of the package this is; the build reads it from here."""

__version__ = "0.1.0.dev0"  # that of pom.xml, as Python writes it
