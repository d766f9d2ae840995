"""Small tables as they come in older encodings: each is read as what it was written in, once and repeated."""

import pytest

from attnlab.tasks.tables import ENCODINGS
from attnlab.tasks.tables.decoding import decoded, guessed_encoding
from attnlab.tasks.tables.east_asian import east_asian_encoding

TABLES: dict[str, tuple[str, ...]] = {
    "big5": (
        "text,label\n這部電影很好看,好\n這部電影很難看,壞\n我喜歡這首歌,好\n",
        "標題,類別\n今天的天氣非常好，我們一起去公園散步。,正面\n服務態度太差了，再也不會來。,負面\n",
        "text,label\n這家餐廳的牛肉麵真的很好吃,好\n排隊排了兩個小時，結果很失望,壞\n",
        "句子,標籤\n臺灣的夏天很熱,天氣\n股票市場今天大漲,財經\n總統發表演說,政治\n",
        "text,label\n老師說明天要考試,學校\n學生們都很緊張,學校\n",
        "評論,星等\n房間乾淨，離車站很近，早餐也不錯。,五\n冷氣壞了，櫃檯人員愛理不理。,一\n",
        "text;label\nThe book 這本書 is good;好\n價格太貴;壞\n品質很好，會再購買;好\n",
        "留言,分類\n請問什麼時候可以出貨？,詢問\n已經收到商品，謝謝！,感謝\n包裝破損，要求退款。,抱怨\n",
    ),
    "gbk": (
        "text,label\n这部电影很好看,好\n这部电影很难看,坏\n我喜欢这首歌,好\n",
        "标题,类别\n今天的天气非常好，我们一起去公园散步。,正面\n服务态度太差了，再也不会来。,负面\n",
        "评论,星级\n房间干净，离车站很近，早餐也不错。,五\n空调坏了，前台人员爱理不理。,一\n",
        "留言,分类\n请问什么时候可以发货？,询问\n已经收到商品，谢谢！,感谢\n包装破损，要求退款。,投诉\n",
        "句子,标签\n股票市场今天大涨,财经\n总统发表演讲,政治\n北京的夏天很热,天气\n",
        "text;label\nThe book 这本书 is good;好\n价格太贵;坏\n质量很好，会再购买;好\n",
    ),
    "shift-jis": (
        "text,label\nこの映画はとても面白い,良い\nこの映画はつまらない,悪い\n",
        "文,種類\n明日は学校で試験があります。,学校\n今日は天気がいいので公園へ行きましょう。,天気\n",
        "レビュー,評価\n部屋がきれいで、駅からも近い。,五\nエアコンが壊れていた。,一\n",
        "質問,分類\nいつ発送されますか？,質問\n商品を受け取りました。ありがとうございます。,感謝\n",
        "ﾃｷｽﾄ,ﾗﾍﾞﾙ\n株式市場は大きく上昇した,経済\n大統領が演説を行った,政治\n",
        "text;label\nThe book この本 is good;良い\n値段が高すぎる;悪い\n",
    ),
    "euc-kr": (
        "text,label\n이 영화는 정말 재미있다,긍정\n지루한 영화,부정\n",
        "문장,분류\n내일은 학교에서 시험이 있습니다.,학교\n오늘은 날씨가 좋아서 공원에 갑시다.,날씨\n",
        "후기,별점\n방이 깨끗하고 역에서 가깝다.,다섯\n에어컨이 고장났다.,하나\n",
        "질문,종류\n언제 배송되나요?,질문\n상품을 잘 받았습니다. 감사합니다.,감사\n",
        "문장,분류\n주식 시장이 크게 올랐다,경제\n대통령이 연설을 했다,정치\n",
        "text;label\nThe book 이 책 is good;좋음\n가격이 너무 비싸다;나쁨\n",
    ),
    "windows-1251": (
        "text,label\nэто очень хороший фильм,да\nплохой фильм,нет\n",
        "Текст;Метка\nЗавтра в школе контрольная работа.;школа\nСегодня хорошая погода, идём в парк.;погода\n",
        "отзыв,оценка\nНомер чистый, рядом с вокзалом.,5\nКондиционер сломан, персонал грубый.,1\n",
        "вопрос,тема\nКогда будет доставка?,вопрос\nТовар получил, спасибо!,спасибо\n",
        "фраза;тема\nРынок акций сегодня вырос;финансы\nПрезидент выступил с речью;политика\n",
        "текст,мітка\nЦе дуже добрий фільм, я радий,так\nПоганий фільм,ні\n",
    ),
    "windows-1252": (
        "texte;avis\nLe café était fermé, dommage à la fin;non\nTrès bon film, à voir ; l’été;oui\n",
        "Text;Urteil\nDas Gerät läuft, schöne Größe – „gut“;gut\nÜberhaupt nicht zufrieden;schlecht\n",
        "texto;opinión\nLa película no me gustó nada, ¿por qué?;malo\nEl niño está contento;bueno\n",
        "texto,nota\nNão gostei da refeição, o serviço é péssimo,ruim\nMuito bom, voltarei amanhã,bom\n",
        "text,label\nIt’s a “great” film — really,good\nThe café was closed,bad\n",
        "text;omdöme\nJättebra mat och trevlig personal på ön;bra\nDålig service;dålig\n",
    ),
    "latin-1": (
        "texte;avis\nLe café était fermé, dommage;non\nTrès bon film, à voir;oui\n",
        "Text;Urteil\nDas Gerät läuft, schöne Größe;gut\nÜberhaupt nicht zufrieden;schlecht\n",
        "texto;opinión\nLa película no me gustó nada;malo\nEl niño está contento;bueno\n",
        "texto,nota\nNão gostei da refeição,ruim\nMuito bom, voltarei amanhã,bom\n",
        "text;omdöme\nJättebra mat på ön;bra\nDålig service;dålig\n",
    ),
}
EASTERN = ("big5", "gbk", "shift-jis", "euc-kr")
every_table = pytest.mark.parametrize(
    ("encoding", "text"),
    [(name, text) for name, texts in TABLES.items() for text in texts],
    ids=[f"{name}-{number}" for name, texts in TABLES.items() for number in range(len(texts))],
)


@every_table
@pytest.mark.parametrize("times", [1, 3])
def test_a_table_of_ordinary_length_is_read_as_it_was_written(encoding: str, text: str, times: int) -> None:
    data = (text * times).encode(ENCODINGS[encoding])
    found = guessed_encoding(data)
    assert decoded(data, found) == text * times
    assert found == ("windows-1252" if encoding == "latin-1" else encoding)  # which has the same letters, and more


@every_table
def test_the_usual_characters_tell_the_codes_of_east_asia_from_each_other_and_from_all_others(
    encoding: str, text: str
) -> None:
    usual = encoding in EASTERN and "\uff83" not in text  # half-width kana are not
    assert east_asian_encoding(text.encode(ENCODINGS[encoding])) == (encoding if usual else None)


@pytest.mark.parametrize("encoding", EASTERN)
def test_of_a_few_characters_nothing_is_said(encoding: str) -> None:
    characters = "".join(character for character in TABLES[encoding][1] if not character.isascii())
    assert east_asian_encoding(characters[:5].encode(ENCODINGS[encoding])) is None
    assert east_asian_encoding(characters[:12].encode(ENCODINGS[encoding])) == encoding


@pytest.mark.parametrize(
    "text",
    [
        "it\u2019s, don\u2019t, you\u2019re, we\u2019ve, they\u2019re, can\u2019t",
        "\u00bfComo? \u00bfPor que? \u00bfDonde? \u00bfY quien? " * 3,
    ],
)
def test_accents_and_quotes_among_ascii_are_no_code_of_east_asia(text: str) -> None:
    assert east_asian_encoding(text.encode("cp1252")) is None
    assert guessed_encoding(text.encode("cp1252")) == "windows-1252"


def test_one_byte_of_another_encoding_further_on_is_enough_to_be_none_of_them() -> None:
    text = TABLES["big5"][1].encode("big5")
    assert guessed_encoding(text * 90) == "big5"
    assert guessed_encoding(text * 90 + b"\xff\xff\n") != "big5"
