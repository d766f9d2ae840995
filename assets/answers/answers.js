// Held-out examples token by token: what went in, what is due, and what each contender says, right or wrong.

/** Called by Streamlit on mount and on new data. */
export default function render({ data, parentElement }) {
  const root = parentElement.querySelector(".answers");
  root.replaceChildren(...data.examples.map((example) => table(example)));
  (parentElement.host ?? parentElement).dataset.examples = String(data.examples.length);
}

function table({ rows }) {
  const wrapper = document.createElement("div");
  wrapper.className = "example";
  wrapper.tabIndex = 0; // so that the keyboard can scroll it
  const element = wrapper.appendChild(document.createElement("table"));
  for (const { name, cells } of rows) {
    const row = element.insertRow();
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = name;
    for (const { text, kind, note } of cells) {
      const item = row.insertCell();
      item.textContent = text;
      if (kind) item.className = kind;
      if (note) item.title = note;
    }
  }
  return wrapper;
}
