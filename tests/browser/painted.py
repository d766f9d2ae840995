"""What canvases have written: each text with the box that it takes, by a browser that has been told to take notes."""

from typing import Any

from playwright.sync_api import Page

NOTES = """
{
  const MOST_SQUEEZED = 2.5; // times: a label that fills its box is half as wide when it stands twice
  const proto = CanvasRenderingContext2D.prototype;
  const written = new Map();
  window.writtenOnCanvases = written;
  const { fillText, clearRect } = proto;
  proto.clearRect = function (...box) {
    if (box[0] <= 0 && box[1] <= 0) written.set(this.canvas, []);
    return clearRect.apply(this, box);
  };
  proto.fillText = function (text, x, y, longest = Infinity) {
    const { a, b, c, d, e, f } = this.getTransform();
    const { width: natural, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = this.measureText(text);
    const width = Math.min(natural, longest);
    const left = { left: 0, start: 0, center: width / 2, right: width, end: width }[this.textAlign];
    const place = { text, isTurned: b !== 0 || c !== 0, left: a * (x - left) + e, right: a * (x - left + width) + e };
    Object.assign(place, { top: d * (y - up) + f, bottom: d * (y + down) + f });
    place.isSqueezed = natural > MOST_SQUEEZED * longest;
    place.size = Number(this.font.match(/([\\d.]+)px/)[1]) * Math.hypot(a, b);
    written.get(this.canvas)?.push(place) ?? written.set(this.canvas, [place]);
    return fillText.call(this, text, x, y, ...(longest === Infinity ? [] : [longest]));
  };
}
"""
"""A script for a page before its own: canvases are painted as ever."""

OUT_OF_PLACE = """() => {
  const problems = [];
  for (const [canvas, all] of window.writtenOnCanvases) {
    if (!canvas.isConnected || !canvas.clientWidth) continue;
    if (canvas.closest("[data-testid=stDataFrame]")) continue; // paints what changed, on what was there
    const level = all.filter(({ isTurned, text }) => !isTurned && /\\p{L}/u.test(text));
    for (const { text, left, right, isSqueezed } of level) {
      if (left < -1 || right > canvas.width + 1) problems.push(`out of the canvas: ${text}`);
      if (isSqueezed) problems.push(`squeezed: ${text}`);
    }
    level.forEach((one, index) => {
      for (const other of level.slice(index + 1)) {
        const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (width > 2 && height > 3) problems.push(`upon each other: ${one.text} | ${other.text}`);
      }
    });
  }
  return [...new Set(problems)];
}"""
SIZES = """() => [...window.writtenOnCanvases].flatMap(([canvas, all]) => (canvas.isConnected ? all : []))
  .map(({ text, size }) => [text, size / (window.devicePixelRatio || 1)])"""
COUNT = "() => [...window.writtenOnCanvases].flatMap(([canvas, all]) => (canvas.isConnected ? all : [])).length"


def out_of_place(page: Page) -> list[str]:
    """Which texts of the canvases stand out of them, are squeezed till nobody reads them, or lie upon each other."""
    found: list[Any] = page.evaluate(OUT_OF_PLACE)
    return [str(one) for one in found]


def sizes(page: Page) -> list[tuple[str, float]]:
    """Each text of the canvases with the size of its letters, px."""
    found: list[list[Any]] = page.evaluate(SIZES)
    return [(str(text), float(size)) for text, size in found]


def written(page: Page) -> int:
    """How many texts stand on the canvases."""
    return int(page.evaluate(COUNT))
