"""DNA as characters: is a motif in a sequence, whose letters vary from copy to copy as in nature?

The motif is a profile of letters (`profile`); the task plants it, or its letters shuffled (`task`); a sequence that
somebody types is read by `dna`.
"""
