"""Rows of controls in a browser, as a reader finds them: by their labels, with the names that are shown."""

from playwright.sync_api import Locator, Page


def group(page: Page, label: str) -> Locator:
    """A few options that are all in sight."""
    return page.get_by_role("radiogroup", name=label, exact=True)


def choose(page: Page, label: str, shown: str) -> None:
    """One of a few."""
    group(page, label).get_by_role("radio", name=shown, exact=True).click()


def listed(page: Page, label: str) -> Locator:
    """A list; the last of this label stands nearest to the picture."""
    return page.get_by_role("combobox", name=label, exact=True)


def pick(page: Page, label: str, shown: str) -> None:
    """One of many, in the first list of this label."""
    listed(page, label).first.select_option(label=shown)


def number(page: Page, label: str) -> Locator:
    """A field to type a number into, or to step it."""
    return page.get_by_role("spinbutton", name=label, exact=True)


def type_number(page: Page, label: str, text: str) -> None:
    """Type it, and Enter."""
    number(page, label).fill(text)
    number(page, label).press("Enter")


def switch(page: Page, label: str) -> None:
    """On if it is off, off if it is on."""
    page.get_by_role("switch", name=label, exact=True).click()
