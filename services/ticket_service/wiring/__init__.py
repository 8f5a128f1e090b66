"""The one place where the desk's parts meet: settings in; one module for each process that comes out."""
