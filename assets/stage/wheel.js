// The wheel goes from layer to layer, a notch at a time, whatever it is made of: a mouse sends a hundred pixels a notch, a
// touchpad a few pixels many times.

const NOTCH = 60; // pixels
const LINE = 20; // of a wheel that counts lines
const PAUSE_MS = 250; // after which what was turned before counts no more

export class Wheel {
  /** @param {(by: number) => void} step called for each notch, with 1 for downwards and -1 for upwards */
  constructor(step) {
    this.step = step;
    this.turned = 0;
    this.at = -Infinity;
  }

  /** @param {WheelEvent} event whose default, to scroll, is prevented */
  turn(event) {
    event.preventDefault();
    if (event.timeStamp - this.at > PAUSE_MS) this.turned = 0;
    this.at = event.timeStamp;
    this.turned += (event.deltaY || event.deltaX) * (event.deltaMode === 1 ? LINE : 1);
    const notches = Math.trunc(this.turned / NOTCH);
    this.turned -= notches * NOTCH;
    for (let notch = 0; notch < Math.abs(notches); notch += 1) this.step(Math.sign(notches));
  }
}
