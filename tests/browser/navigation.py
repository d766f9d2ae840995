"""The navigation above every page: links in a row, and behind the name of a section those that stand together."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

from attnlab.prose import page_prose

ENTRIES = {entry["title"]: entry for entry in page_prose("site")["pages"]}


def page_link(page: Page, title: str, said: Callable[[str], str] = str) -> Locator:
    """The link to a page, its section opened where it has one.

    Args:
        page: of the app.
        title: of the page to go to, in English.
        said: what the visitor's language makes of a word.
    """
    navigation = page.get_by_test_id("stHeader").get_by_role("navigation")
    section = ENTRIES[title].get("section")
    if section is None:
        return navigation.get_by_role("link", name=said(title), exact=True)
    link = page.get_by_role("menuitem", name=said(title), exact=True)
    if not link.is_visible():
        navigation.get_by_role("button", name=said(section), exact=True).click()
    return link
