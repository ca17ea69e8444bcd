// Keeps a page as it would be if it were loaded again, without loading it again: the server sends its content once a second,
// and what has changed is put in place. What has the focus, is open or is being typed into stays as it is.

const main = document.querySelector("main[data-live]");
const controls = document.querySelector("#live");
const asOf = document.querySelector("#as-of");
let source;

const button = document.createElement("button");
button.type = "button";
button.className = "quiet";
const state = document.createElement("span");
state.setAttribute("role", "status");
controls.replaceChildren(state, button);
button.addEventListener("click", () => (source === undefined ? listen() : pause()));
listen();

function listen() {
  source = new EventSource(main.dataset.live);
  source.addEventListener("open", () => say("Live", "Pause"));
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return say("Connection lost, trying again", "Pause");
    // The server has said no: the session has ended, or too many are watching.
    source = undefined;
    say("Not live any more; reload the page", "Go on");
  });
  source.addEventListener("page", ({ data }) => {
    const { now, markup } = JSON.parse(data);
    asOf.textContent = now;
    const next = new DOMParser().parseFromString(`<main>${markup}</main>`, "text/html").querySelector("main");
    updateChildren(main, next);
  });
  say("Connecting", "Pause");
}

function pause() {
  source.close();
  source = undefined;
  say("Paused", "Go on");
}

function say(text, action) {
  if (state.textContent !== text) state.textContent = text;
  button.textContent = action;
}

function updateChildren(old, next) {
  const [before, after] = [contentOf(old), contentOf(next)];
  for (const [index, node] of after.entries()) {
    const known = before[index];
    if (known === undefined) old.append(node);
    else if (isSameKind(known, node)) update(known, node);
    else known.replaceWith(node);
  }
  for (const node of before.slice(after.length)) node.remove();
}

// Blanks between elements are not counted: there may be more of them in the document than in what came later.
function contentOf(element) {
  return [...element.childNodes].filter((node) => node.nodeType !== Node.TEXT_NODE || node.nodeValue.trim() !== "");
}

function isSameKind(old, next) {
  return old.nodeName === next.nodeName && old.id === next.id;
}

function update(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  if (old.hasAttribute("data-keep")) return;
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  updateChildren(old, next);
}
