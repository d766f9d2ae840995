"""Self-attention on the sentence you type, every stage with its real numbers."""

from attnlab.ui.attention.page import attention_page

attention_page()
