// A page that was taken along: the stage, and all heads of its model above it, from one file without a server. What is
// chosen on them is answered from the file. See attnlab/notebook/page.py.

import { default as overview } from "../overview/overview.js";
import { default as stage } from "../stage/stage.js";
import { Pictures } from "./pictures.js";

const FILE = "pictures"; // the element that holds it

class Page {
  /** @param {{parts: object, stages: import("./pictures.js").Kept[], overview: object | null, chosen: object}} file */
  constructor({ parts, stages, overview: heads, chosen }) {
    Object.assign(this, { stages, heads });
    this.pictures = new Pictures(parts);
    this.looked = {}; // at which tokens and which stage, once that was chosen here
    this.open(chosen);
  }

  /** Show a head. @param {{layer: number, head: number}} chosen */
  open(chosen) {
    const kept = this.stages.find(({ layer, head }) => layer === chosen.layer && head === chosen.head);
    if (!kept) return;
    this.chosen = { layer: chosen.layer, head: chosen.head };
    const data = this.pictures.message(kept, (header) => ({
      selection: { ...header.selection, ...this.looked, head: chosen.head },
      heads: header.heads.map((head, index) => ({ ...head, absent: !this.has({ layer: chosen.layer, head: index }) })),
    }));
    stage({ data, parentElement: rootOf("stage"), setStateValue: (_, looked) => this.answer(looked) });
    this.openOverview();
  }

  openOverview() {
    if (!this.heads) return;
    const { layer, head } = this.chosen;
    const data = this.pictures.message(this.heads, ({ revision }) => ({
      chosen: this.chosen,
      here: this.stages.map((each) => [each.layer, each.head]),
      revision: `${revision} ${layer} ${head}`,
    }));
    overview({ data, parentElement: rootOf("overview"), setStateValue: (_, chosen) => this.open(chosen) });
  }

  /** What is looked at on the stage; edits are not answered. */
  answer({ head, query, key, stage: place, view }) {
    this.looked = { query, key, stage: place, view };
    this.open({ layer: this.chosen.layer, head });
  }

  has({ layer, head }) {
    return this.stages.some((each) => each.layer === layer && each.head === head);
  }
}

const rootOf = (id) => document.getElementById(id).shadowRoot;

const file = document.getElementById(FILE);
if (file) new Page(JSON.parse(file.textContent));
