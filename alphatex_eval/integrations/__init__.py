"""Our library inside others: early stopping in their trainers, scorers in their harnesses.

Each module needs the library it is named after and is imported by nothing here.
"""
