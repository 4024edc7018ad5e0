"""An application whose jobs the tests run."""
