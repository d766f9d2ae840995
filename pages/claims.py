"""What one reads about attention, put to the test."""

from attnlab.ui.claims.page import claims_page

claims_page()
