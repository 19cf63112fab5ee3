"""python3 -m unittest discover --start-directory deploy/examples/codesearch --pattern "test_*.py" """
