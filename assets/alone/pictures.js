// The pictures of a file that was taken along. Most of them have parts in common: each part lies there once, and a
// picture is put together when it is looked at. See attnlab/notebook/page.py.

/**
 * @typedef {{layer: number, head: number, header: Object<string, number>, chunks: number[]}} Kept
 *   where the values of its header and the bytes of its matrices lie
 */

export class Pictures {
  /** @param {{values: any[], chunks: string[]}} parts JSON values, and bytes as base64 */
  constructor({ values, chunks }) {
    Object.assign(this, { values, chunks });
    this.read = new Map(); // bytes of chunks that were looked at
  }

  /**
   * One picture, as a server would send it (attnlab/pictures/packing.py).
   * @param {Kept} kept
   * @param {(header: object) => object} changes what its header says otherwise
   * @returns {Uint8Array}
   */
  message(kept, changes) {
    const header = Object.fromEntries(Object.entries(kept.header).map(([name, at]) => [name, this.values[at]]));
    const text = new TextEncoder().encode(JSON.stringify({ ...header, ...changes(header) }));
    const chunks = kept.chunks.map((at) => this.bytes(at));
    const start = 4 + 4 * Math.ceil(text.length / 4);
    const message = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, start)).fill(32, 4, start);
    new DataView(message.buffer).setUint32(0, start - 4, true);
    message.set(text, 4);
    let end = start;
    for (const chunk of chunks) {
      message.set(chunk, end);
      end += chunk.length;
    }
    return message;
  }

  bytes(at) {
    if (!this.read.has(at)) this.read.set(at, bytesOf(this.chunks[at]));
    return this.read.get(at);
  }
}

function bytesOf(base64) {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}
