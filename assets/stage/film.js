// The film of the computation: stage after stage, each computed cell by cell. A moment of it is a number: its whole part
// the stage, its fraction how much of that is computed.

import { STAGES } from "./drawing/layout.js";

const STAGE_SECONDS = 4; // in which the sentence of a stage can be read

export class Film {
  /** @param {(moment: number) => void} show @param {() => void} stopped called where it was playing */
  constructor(show, stopped) {
    Object.assign(this, { show, stopped });
    this.frame = 0;
    this.paused = 0; // the moment that it goes on from
  }

  get isPlaying() {
    return this.frame !== 0;
  }

  /** From the first stage, whichever one is looked at, to the last; from where it was paused. */
  play() {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const from = this.paused >= STAGES.length ? 0 : this.paused;
    const began = performance.now();
    const next = (now) => {
      const moment = from + (now - began) / 1000 / STAGE_SECONDS;
      if (moment >= STAGES.length) {
        this.show(STAGES.length);
        this.rewind();
        return;
      }
      this.show(still ? Math.floor(moment) + 1 : moment);
      this.frame = requestAnimationFrame(next);
    };
    this.frame = requestAnimationFrame(next);
  }

  /** @param {number} at the moment to go on from */
  pause(at) {
    this.paused = at;
    this.stop();
  }

  /** Another stage or view is looked at: the next time it is told from the beginning. */
  rewind() {
    this.pause(0);
  }

  stop() {
    const { isPlaying } = this;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (isPlaying) this.stopped();
  }
}

export function momentOf({ stage, progress }) {
  return STAGES.indexOf(stage) + progress;
}

/** What a moment shows. */
export function stateAt(moment) {
  const index = Math.min(STAGES.length - 1, Math.max(0, Math.ceil(moment) - 1));
  return { stage: STAGES[index], progress: Math.min(1, moment - index), view: "matrix" };
}

/** The cell that is being computed; null where all are. @returns {import("./selection.js").Cell | null} */
export function filmedCell({ progress, view, result }, matrices) {
  const matrix = matrices[result];
  if (progress >= 1 || view !== "matrix" || !matrix?.data) return null;
  const index = Math.max(0, Math.ceil(progress * matrix.data.length) - 1);
  return { name: matrix.name, row: Math.floor(index / matrix.cols), col: index % matrix.cols };
}
