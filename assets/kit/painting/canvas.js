// Canvases: as sharp as the screen, or of one pixel a cell and enlarged by the browser; and what lies under the pointer.

/** A canvas as wide and high as asked, sharp on any screen, empty. @returns {CanvasRenderingContext2D} */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    [canvas.width, canvas.height] = [w, h];
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  return context;
}

/** One pixel a cell, enlarged by the browser: to a size, if there is one. @param {ImageData} image @returns {HTMLCanvasElement} */
export function pixels(canvas, image, width, height) {
  [canvas.width, canvas.height] = [image.width, image.height];
  if (width) Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Where a pointer is on an element, in pixels. @returns {{x: number, y: number}} */
export function pointUnder({ clientX, clientY }, target) {
  const { left, top } = target.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

/** The cell of a matrix under a pointer, on the canvas that the matrix fills. @returns {{row: number, col: number}} */
export function cellUnder({ clientX, clientY }, canvas, { rows, cols }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const within = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return { row: within((clientY - top) / height, rows), col: within((clientX - left) / width, cols) };
}
