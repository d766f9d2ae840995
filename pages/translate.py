"""Translation: a sentence from English to French, word by word, and what each written word looked at."""

from attnlab.ui.translate.page import translate_page

translate_page()
