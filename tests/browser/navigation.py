"""The navigation above every page: links in a row, and behind the name of a section those that stand together."""

from playwright.sync_api import Locator, Page

from attnlab.prose import page_prose

ENTRIES = {entry["title"]: entry for entry in page_prose("site")["pages"]}


def page_link(page: Page, title: str) -> Locator:
    """The link to a page, its section opened where it has one."""
    navigation = page.get_by_role("navigation")
    section = ENTRIES[title].get("section")
    if section is None:
        return navigation.get_by_role("link", name=title, exact=True)
    link = page.get_by_role("menuitem", name=title, exact=True)
    if not link.is_visible():
        navigation.get_by_role("button", name=section, exact=True).click()
    return link
