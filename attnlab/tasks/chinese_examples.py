"""Chinese texts to begin with, before the learner brings some: judged ones, and English ones with their Chinese."""

import itertools
import random
from collections.abc import Iterator

_SUBJECTS = ("电影", "故事", "音乐", "表演", "结尾", "对白", "画面", "节奏")
_GOOD = ("精彩", "动人", "有趣", "温暖", "新鲜", "扎实", "流畅", "自然")
_BAD = ("无聊", "拖沓", "生硬", "老套", "混乱", "沉闷", "做作", "敷衍")
_FRAMES = ("{0}很{1}。", "我觉得{0}真{1}。", "大家都说{0}{1}极了。")
_DENIED = ("{0}一点也不{1}。", "我不觉得{0}{1}。")
_TURNS = ("虽然{2}很{3}，但是{0}很{1}。", "{2}有些{3}，不过{0}很{1}。")

_ANIMALS = {"cat": "猫", "dog": "狗", "bird": "鸟", "horse": "马", "mouse": "老鼠", "sheep": "羊", "rabbit": "兔子"}
_LOOKS = {"small": "小", "big": "大", "old": "老", "white": "白", "black": "黑"}
_DEEDS = {"sleeps": "睡觉", "sings": "唱歌", "waits": "等人", "plays": "玩耍", "eats": "吃东西", "rests": "休息"}
_PLACES = {
    "in the garden": "在花园里",
    "on the roof": "在屋顶上",
    "under the tree": "在树下",
    "near the river": "在河边",
    "behind the house": "在房子后面",
    "in the kitchen": "在厨房里",
}


def judged_sentences_zh(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Sentences about a film, each once, with "好评" or "差评".

    What is denied counts as its opposite; of two judgements the one behind "but" counts.

    Args:
        count: sentences, at most some 2,000.
        seed: another seed, other sentences.
    """
    found = sorted(set(_judged()))
    random.Random(seed).shuffle(found)  # noqa: S311 - examples, not secrets
    return found[:count]


def _judged() -> Iterator[tuple[str, str]]:
    for subject, good in itertools.product(_SUBJECTS, (True, False)):
        label, opposite = ("好评", "差评") if good else ("差评", "好评")
        other = _SUBJECTS[(_SUBJECTS.index(subject) + 1) % len(_SUBJECTS)]
        for word in _GOOD if good else _BAD:
            yield from ((frame.format(subject, word), label) for frame in _FRAMES)
            yield from ((frame.format(subject, word), opposite) for frame in _DENIED)
            for turn, against in itertools.product(_TURNS, _BAD if good else _GOOD):
                yield turn.format(subject, word, other, against), label


def translated_sentences_zh(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """English sentences, each once, with their Chinese, where the place stands before the verb.

    Args:
        count: sentences, at most some 1,200.
        seed: another seed, other sentences.
    """
    words = list(itertools.product(_LOOKS, _ANIMALS, _DEEDS, _PLACES))
    random.Random(seed).shuffle(words)  # noqa: S311 - examples, not secrets
    return [
        (f"The {look} {animal} {deed} {place}.", f"{_LOOKS[look]}{_ANIMALS[animal]}{_PLACES[place]}{_DEEDS[deed]}。")
        for look, animal, deed, place in words[:count]
    ]
