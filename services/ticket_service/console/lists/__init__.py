"""Lists of tickets: beside the open one, as a board, as a table; saved views; one search over everything."""
