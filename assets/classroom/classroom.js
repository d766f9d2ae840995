// A room of a class: the door to it, a student's screen, the teacher's desk. Which of them it is the room itself says.
//
// The picture below is drawn by the canvas of the page that the teacher is on. It is told the teacher's link
// (assets/kit/conversation/led.js) and fetches its picture; only where the teacher turns to a page of another canvas the server runs.

import { partOf } from "../kit/conversation/calls.js";
import { element, refill, say } from "../kit/dom.js";
import { Lead } from "../kit/conversation/led.js";
import { mounted } from "../kit/mount.js";
import { Desk } from "./desk.js";
import { door } from "./door.js";
import { Screen, canvasOf } from "./screen.js";
import { Stream, newSeat } from "./stream.js";

const TURN_MS = 1500; // between two turns to another page, however fast the teacher goes through them
const LOOK_MS = 150; // for a canvas that is on its way

export default mounted(".classroom", (place) => new Classroom(place));

class Classroom {
  constructor(place) {
    Object.assign(this, { place, parts: place.parts, code: null, state: null, room: null, turned: -Infinity });
    this.lead = new Lead();
    if (partOf(window.name)?.role === "tries") window.name = ""; // back in class
  }

  dispose() {
    this.stream?.close();
    this.room?.dispose?.();
    this.lead.dispose();
    clearTimeout(this.looking);
  }

  receive(data) {
    const enters = data.room !== this.code;
    this.data = data;
    if (enters) this.enter(data.room);
    else if (!data.room) say(this.parts.door.querySelector(".refused"), data.missing);
    this.place.stamp({ revision: data.room, params: {} });
  }

  enter(code) {
    this.stream?.close();
    this.room?.dispose?.();
    Object.assign(this, { code, state: null, room: null, stream: null });
    refill(this.parts.room);
    const enter = (entered) => this.place.send("entered", entered);
    refill(this.parts.door, ...(code ? [] : door(this.data, enter)));
    if (!code) return;
    this.seat = newSeat();
    const heard = { take: (state) => this.take(state), refused: (sentence) => this.refuse(sentence) };
    this.stream = new Stream(code, heard, this.seat);
  }

  refuse(sentence) {
    if (!this.room) refill(this.parts.room, element("p", { className: "refused", role: "alert" }, sentence));
    else say(this.room.refused, sentence);
  }

  take(state) {
    this.state = state;
    if (!this.room) {
      this.place.root.classList.toggle("desk", state.teacher);
      this.room = state.teacher ? new Desk(this.parts.room, this.data, this.code) : new Screen(this.parts.room, this.data, this.code, this.seat);
    }
    this.room.show(state);
    this.follow();
  }

  /** Tell the canvas of the teacher's page the teacher's link; where there is another canvas, ask for it. */
  follow() {
    clearTimeout(this.looking);
    const { page, link } = this.state;
    const key = canvasOf(this.state, this.data.canvases);
    const there = document.querySelector(key === undefined ? '[class*="st-key-class_canvas_"]' : `.st-key-class_canvas_${key} [data-revision]`);
    if (key !== undefined && there) this.lead.to(link);
    if (Boolean(there) === (key !== undefined)) return; // of other pages nothing is drawn here
    if (performance.now() - this.turned > TURN_MS) {
      this.turned = performance.now();
      this.place.send("turned", `${page} ${this.state.seen}`);
    }
    this.looking = setTimeout(() => this.follow(), LOOK_MS);
  }
}
