"""A text as a model reads it: pieces with the letters that they stand for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attnlab.engine import SpecError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

TOKENIZER_FILE = "tokenizer.json"
OTHER_TOKENIZERS = ("source.spm", "spiece.model", "sentencepiece.bpe.model", "vocab.json", "vocab.txt")
"""Files of tokenizers that are not read: what they do to a text before it is cut stands in other code."""
MAX_TOKENIZER_BYTES = 64 * 2**20
MAX_CHARACTERS = 100_000
BLANKS = str.maketrans({" ": "␣", "\n": "⏎", "\t": "⇥"})
"""How a piece is written that would not be seen."""
WITHIN = "##"
"""Begins a piece of WordPiece that goes on within a word."""


@dataclass(frozen=True)
class Token:
    """One token of a text."""

    id: int
    piece: str  # as the vocabulary has it: "##s", "Ġthe", "[UNK]"
    text: str  # the letters that it stands for, also where the piece is unknown; "" of those that the model adds
    special: bool  # added by the model: [CLS], [SEP], <s>
    word: int | None  # the pieces of one word have one number, from 0 over both texts; None of those that are added
    second: bool  # of the second text
    segment: int = 0  # as the model is told

    @property
    def label(self) -> str:
        """What to call it: its letters, or its piece if it has none."""
        return self.text.strip() or self.piece


@dataclass(frozen=True)
class Read:
    """What became of a text."""

    tokens: tuple[Token, ...]
    cut: int  # tokens beyond the model's limit, which are left out

    @property
    def ids(self) -> list[int]:
        """T of them."""
        return [token.id for token in self.tokens]

    @property
    def segments(self) -> list[int]:
        """T of them."""
        return [token.segment for token in self.tokens]


@dataclass(frozen=True, eq=False)
class Reader:
    """A model's tokenizer."""

    tokenizer: "Tokenizer"
    longest: int  # tokens that are read at once, those that the model adds among them

    def read(self, text: str, second: str | None = None) -> Read:
        """A text, or a pair of texts, with what the model adds around them.

        Of a text that is too long the last tokens are left out; of a pair those of the longer one.

        Raises:
            SpecError: a text with nothing to read, of more than `MAX_CHARACTERS`, or with half a surrogate pair; or a
                tokenizer that fails on it.
        """
        parts = [self._encoded("text", text)] + ([] if second is None else [self._encoded("second", second)])
        lengths = [len(part.ids) for part in parts]
        kept = _within(lengths, self.longest - self.tokenizer.num_special_tokens_to_add(len(parts) > 1))
        with _refusing_what_fails():
            for part, length in zip(parts, kept, strict=True):
                part.truncate(length)
            whole = self.tokenizer.post_process(parts[0], parts[1] if len(parts) > 1 else None)
        return Read(tuple(_tokens(whole, (text, second or ""), kept[0])), sum(lengths) - sum(kept))

    def target(self, text: str) -> Read:
        """What a decoder is to have written: the pieces of a text alone, those beyond the limit left out.

        Raises:
            SpecError: as `read`; the field is `target`.
        """
        found, room = self._encoded("target", text), self.longest - 1  # one goes before them
        cut = max(0, len(found.ids) - room)
        found.truncate(min(room, len(found.ids)))
        return Read(tuple(_tokens(found, (text, ""), len(found.ids))), cut)

    def named(self, ids: Sequence[int]) -> tuple[Token, ...]:
        """Tokens that a model has written, which stand for letters of no text: they are called as they read."""
        return tuple(map(self._named, ids))

    def _named(self, id_: int) -> Token:
        added, text = id_ in self.added, self.written(id_)
        seen = "" if added or not text.isprintable() else text
        return Token(id_, self.tokenizer.id_to_token(id_) or "", seen, added, None, second=True)

    def text_of(self, ids: Sequence[int]) -> str:
        """What ids read as, without special tokens.

        Raises:
            SpecError: a tokenizer that fails on them.
        """
        with _refusing_what_fails():
            return self.tokenizer.decode(list(ids), skip_special_tokens=True).strip()

    @property
    def unknown(self) -> int | None:
        """The id that stands for what has no piece; None of a tokenizer that has a piece for everything."""
        piece = getattr(self.tokenizer.model, "unk_token", None)
        return None if piece is None else self.tokenizer.token_to_id(piece)

    def ids_of(self, word: str) -> list[int]:
        """The ids of a word's pieces, without what the model adds. Raises as `read`."""
        return self._encoded("word", word).ids

    def written(self, id_: int) -> str:
        """A piece as it reads: bytes as the letters that they are, all else as the vocabulary has it."""
        piece = self.tokenizer.id_to_token(id_) or ""
        # Decoded, a special token would be gone, and a piece that goes on within a word would lose its sign.
        if id_ in self.added or piece.startswith(WITHIN):
            return piece
        decoded = self.tokenizer.decode([id_], skip_special_tokens=False)
        if decoded.strip():
            return decoded
        return decoded.translate(BLANKS) if decoded else piece

    @cached_property
    def added(self) -> frozenset[int]:
        """Ids that the tokenizer has beside its vocabulary: the special ones."""
        return frozenset(self.tokenizer.get_added_tokens_decoder())

    def _encoded(self, field: str, text: str) -> "Encoding":
        if len(text) > MAX_CHARACTERS:
            message = f"{field} ({len(text)} characters) must be written in at most {MAX_CHARACTERS}"
            raise SpecError(field, "long", message, got=text[:60], most=MAX_CHARACTERS)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise SpecError(field, "encoding", f"{field} ({text!r:.60}) must be UTF-8", got=text) from error
        with _refusing_what_fails():
            found = self.tokenizer.encode(text, add_special_tokens=False)
        if not found.ids:
            raise SpecError(field, "empty", f"{field} ({text!r:.60}) must hold something to read", got=text)
        return found


def open_reader(folder: Path, longest: int, vocab_size: int) -> Reader:
    """The tokenizer of a model's folder, without the padding and the truncation that its file may ask for.

    Args:
        folder: where `tokenizer.json` lies.
        longest: tokens that the model can read.
        vocab_size: rows of its embedding.

    Raises:
        SpecError: there is no such file, it is too large or damaged, or does not fit the model.
        OSError: it cannot be read.
    """
    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise _without_tokenizer(folder)
    check_tokenizer_size(path.stat().st_size)
    from tokenizers import Tokenizer

    content = path.read_bytes()
    with _refusing_what_fails():
        tokenizer = Tokenizer.from_buffer(content)
    return reader_of(tokenizer, longest, vocab_size)


def check_tokenizer_size(size: int) -> None:
    """Refuse more bytes than a tokenizer has.

    Raises:
        SpecError: there are more.
    """
    if size > MAX_TOKENIZER_BYTES:
        message = f"tokenizer ({size} bytes) must be at most {MAX_TOKENIZER_BYTES}"
        raise SpecError("tokenizer", "most", message, got=size, most=MAX_TOKENIZER_BYTES)


def reader_of(tokenizer: "Tokenizer", longest: int, vocab_size: int) -> Reader:
    """A reader of a tokenizer that nobody else holds: its padding and truncation are switched off.

    Arguments are those of `open_reader`.

    Raises:
        SpecError: it does not fit the model.
    """
    tokenizer.no_padding()
    tokenizer.no_truncation()
    largest = max(tokenizer.get_vocab().values(), default=0)
    if largest >= vocab_size:
        message = f"tokenizer (id {largest}) must have ids below {vocab_size}, as the model's embedding has"
        raise SpecError("tokenizer", "differs", message, got=largest, wanted=vocab_size)
    added = tokenizer.num_special_tokens_to_add(is_pair=True)
    if longest < added + 2:
        message = f"tokenizer (adds {added} tokens) must leave room for a word each of two texts within {longest}"
        raise SpecError("tokenizer", "differs", message, got=added, wanted=longest - 2)
    return Reader(tokenizer, longest)


def _without_tokenizer(folder: Path) -> SpecError:
    """What to say of a folder that lacks the file: a tokenizer may lie there in a form that is not read."""
    others = [name for name in OTHER_TOKENIZERS if (folder / name).is_file()]
    if not others:
        message = f"tokenizer must be given: {TOKENIZER_FILE} is not in {folder.name!r}"
        return SpecError("tokenizer", "missing", message)
    message = (
        f"tokenizer ({', '.join(others)}) must be one file {TOKENIZER_FILE}, as Hugging Face's tokenizers writes it:"
        " its vocabulary, and how a text is cut"
    )
    return SpecError("tokenizer", "kind", message, got=others[0], wanted=TOKENIZER_FILE)


@contextmanager
def _refusing_what_fails() -> Iterator[None]:
    """The library raises bare exceptions, and where its own code breaks off one that is not even an `Exception`."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise SpecError("tokenizer", "damaged", f"tokenizer ({TOKENIZER_FILE}) is damaged: {error!s:.120}") from error


def _within(lengths: list[int], room: int) -> list[int]:
    """How many tokens of each text are read: the longer one gives way first, and both have a half if both are long."""
    if sum(lengths) <= room:
        return lengths
    if len(lengths) == 1:
        return [room]
    first, second = lengths
    kept = max(room - second, min(first, room - room // 2))
    return [kept, room - kept]


def _tokens(whole: "Encoding", texts: tuple[str, str], length: int) -> list[Token]:
    """The tokens of an encoding whose first text has `length` of them; the library itself loses which is whose."""
    tokens: list[Token] = []
    words, read = 0, 0
    for id_, piece, (start, end), special, word, segment in zip(
        whole.ids, whole.tokens, whole.offsets, whole.special_tokens_mask, whole.word_ids, whole.type_ids, strict=True
    ):
        second = read >= length
        text = "" if special else texts[second][start:end]
        if special or word is None:
            tokens.append(Token(id_, piece, text, bool(special), None, second and not special, segment))
        else:
            if read == length:
                words = 1 + max((token.word for token in tokens if token.word is not None), default=-1)
            tokens.append(Token(id_, piece, text, False, word + words, second, segment))
        read += not special
    return tokens
