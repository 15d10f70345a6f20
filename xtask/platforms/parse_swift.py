"""Owns whether Swift sources have the grammar of Swift. Refuses to know types: only Apple's compiler checks those.
Invariant: exit code 0 means that every file was read to its end without a syntax error."""

import sys

import tree_sitter_swift
from tree_sitter import Language, Parser


def broken(node):
    """The first place where the grammar does not fit, or None."""
    if node.is_error or node.is_missing:
        return node
    return next((found for child in node.children if child.has_error and (found := broken(child))), None)


def main(paths):
    parser = Parser(Language(tree_sitter_swift.language()))
    failed = False
    for path in paths:
        with open(path, "rb") as file:
            tree = parser.parse(file.read())
        if tree.root_node.has_error:
            where = broken(tree.root_node) or tree.root_node
            print(f"{path}:{where.start_point[0] + 1}: not Swift")
            failed = True
    if not paths:
        print("no Swift source was named")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
