// Makes the page of an analysis zoomable, filterable and usable by keyboard. Everything it shows is in the page itself.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const KIND = 0;
  const FROM = 1;
  const TO = 2;
  const WHAT = 3;
  const FILE = 4;
  const LINE = 5;
  const REMEDY = 6;
  const PAGE = 100;
  const state = { filter: "", kind: "", from: "", to: "", shown: PAGE, chosen: null };

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const says = (text) => state.filter === "" || text.toLowerCase().includes(state.filter);

  // --- seams ---

  const seamText = (seam) =>
    [data.kinds[seam[KIND]], nameOf(seam[FROM]), nameOf(seam[TO]), data.whats[seam[WHAT]], data.files[seam[FILE]]].join(
      " ",
    );
  const nameOf = (position) => data.contexts[position]?.name ?? "";
  const wanted = (seam) =>
    (state.kind === "" || data.kinds[seam[KIND]] === state.kind) &&
    (state.from === "" || nameOf(seam[FROM]) === state.from) &&
    (state.to === "" || nameOf(seam[TO]) === state.to) &&
    says(seamText(seam));

  const seamList = document.getElementById("seam-list");
  function showSeams() {
    const found = data.seams.filter(wanted);
    const rows = found
      .slice(0, state.shown)
      .map((seam) =>
        element(
          "tr",
          {},
          element("td", {}, data.kinds[seam[KIND]]),
          element("td", {}, `${nameOf(seam[FROM])} → ${nameOf(seam[TO])}`),
          element("td", {}, data.whats[seam[WHAT]]),
          element("td", { class: "place" }, `${data.files[seam[FILE]]}:${seam[LINE]}`),
          element("td", {}, data.remedies[seam[REMEDY]]),
        ),
      );
    const head = ["kind", "between", "what", "where", "remedy"].map((title) => element("th", { scope: "col" }, title));
    const more = element("button", { type: "button" }, `${found.length - rows.length} more`);
    more.addEventListener("click", () => {
      state.shown += 5 * PAGE;
      showSeams();
    });
    const left = data.left > 0 ? `, and ${data.left} more in the JSON` : "";
    seamList.replaceChildren(
      element(
        "p",
        { class: "hint", role: "status" },
        `${found.length} of ${data.seams.length} seams${left}; hardest first`,
      ),
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": "Rows of seams" },
        element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
      ),
      ...(found.length > rows.length ? [more] : []),
    );
  }

  function choice(label, key, options) {
    const select = element("select", { "data-key": key }, element("option", { value: "" }, "any"));
    for (const option of options) select.append(element("option", { value: option }, option));
    select.addEventListener("change", () => {
      state[key] = select.value;
      state.shown = PAGE;
      showSeams();
    });
    return element("label", {}, `${label} `, select);
  }
  const names = data.contexts.map(({ name }) => name);
  document
    .getElementById("seam-tools")
    .append(choice("kind", "kind", data.kinds), choice("from", "from", names), choice("to", "to", names));

  document.querySelector(".matrix").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    Object.assign(state, { from: button.dataset.from, to: button.dataset.to, kind: "", shown: PAGE });
    for (const select of document.querySelectorAll("#seam-tools select")) select.value = state[select.dataset.key];
    showSeams();
    document.getElementById("seams").scrollIntoView();
    document.querySelector("#seam-tools select").focus({ preventScroll: true });
  });

  // --- map ---

  const picture = document.getElementById("map-picture");
  const dots = picture.querySelector(".dots");
  const whole = { x: 0, y: 0, width: data.map.width, height: data.map.height };
  let view = { ...whole };
  const MOST_ZOOM = 40;
  const DOTS_FROM = 1.6;
  // Half of the circle's width away from the middle for the last file: the seeds of a sunflower.
  const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

  function setView(next) {
    const width = Math.min(whole.width * 1.5, Math.max(whole.width / MOST_ZOOM, next.width));
    view = { ...next, width, height: (width * whole.height) / whole.width };
    picture.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    const zoom = whole.width / view.width;
    dots.toggleAttribute("hidden", zoom < DOTS_FROM && state.chosen === null);
    dots.style.display = zoom < DOTS_FROM && state.chosen === null ? "none" : "";
  }
  function zoomBy(factor, at = { x: view.x + view.width / 2, y: view.y + view.height / 2 }) {
    const width = view.width / factor;
    const share = width / view.width;
    setView({ x: at.x - (at.x - view.x) * share, y: at.y - (at.y - view.y) * share, width });
  }
  const pointOf = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  };
  const contextNamed = (name) => data.contexts.find((context) => context.name === name);

  function drawDots() {
    for (const { name, x, y, r } of data.map.circles) {
      const count = contextNamed(name).files.length;
      const places = Array.from({ length: count }, (_, index) => {
        const distance = r * 0.92 * Math.sqrt((index + 0.5) / count);
        const angle = index * GOLDEN_ANGLE;
        return `M${(x + distance * Math.cos(angle)).toFixed(1)} ${(y + distance * Math.sin(angle)).toFixed(1)}h0`;
      });
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", places.join(""));
      path.style.strokeWidth = `${Math.max(0.8, Math.min(4, r / Math.sqrt(count) / 2))}`;
      path.style.opacity = "0.4";
      dots.append(path);
    }
  }

  function panelList(title, items) {
    const shown = items.filter(says);
    if (shown.length === 0) return [];
    const most = 200;
    const lines = shown.slice(0, most).map((item) => element("li", {}, item));
    if (shown.length > most) lines.push(element("li", {}, `and ${shown.length - most} more: filter them`));
    return [
      element("details", { open: "" }, element("summary", {}, `${shown.length} ${title}`), element("ul", {}, ...lines)),
    ];
  }
  function showPanel() {
    const panel = document.getElementById("panel");
    const context = contextNamed(state.chosen);
    if (!context) {
      panel.replaceChildren(element("p", { class: "hint" }, "Nothing is chosen."));
      return;
    }
    const sure = `${Math.round(100 * context.confidence)} % of the answers agree`;
    panel.replaceChildren(
      element("h3", {}, context.name),
      element("p", { class: "hint" }, [...context.words.slice(0, 6), sure].join(", ")),
      ...panelList("tables", context.tables),
      ...panelList("routes", context.routes),
      ...panelList(
        "files",
        context.files.map((file) => data.files[file]),
      ),
    );
  }
  function choose(name) {
    state.chosen = state.chosen === name ? null : name;
    for (const node of picture.querySelectorAll(".context")) {
      const own = node.dataset.context === state.chosen;
      node.classList.toggle("chosen", own);
      node.setAttribute("aria-pressed", String(own));
    }
    for (const line of picture.querySelectorAll("line")) {
      const tied = state.chosen === null || line.dataset.a === state.chosen || line.dataset.b === state.chosen;
      line.classList.toggle("dim", !tied);
    }
    setView(view);
    showPanel();
  }

  picture.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && document.activeElement !== picture && !picture.contains(document.activeElement)) return;
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, pointOf(event));
    },
    { passive: false },
  );
  let drag = null;
  picture.addEventListener("pointerdown", (event) => {
    drag = { start: pointOf(event), moved: false, target: event.target.closest(".context") };
  });
  picture.addEventListener("pointermove", (event) => {
    if (!drag || event.buttons === 0) return;
    const at = pointOf(event);
    const [dx, dy] = [at.x - drag.start.x, at.y - drag.start.y];
    if (Math.hypot(dx, dy) * (picture.clientWidth / view.width) > 4) drag.moved = true;
    if (drag.moved) setView({ ...view, x: view.x - dx, y: view.y - dy });
  });
  picture.addEventListener("pointerup", () => {
    if (drag && !drag.moved && drag.target) choose(drag.target.dataset.context);
    drag = null;
  });
  const STEP = 0.15;
  const MOVES = {
    "+": () => zoomBy(1.3),
    "=": () => zoomBy(1.3),
    "-": () => zoomBy(1 / 1.3),
    0: () => setView(whole),
    ArrowLeft: () => setView({ ...view, x: view.x - STEP * view.width }),
    ArrowRight: () => setView({ ...view, x: view.x + STEP * view.width }),
    ArrowUp: () => setView({ ...view, y: view.y - STEP * view.height }),
    ArrowDown: () => setView({ ...view, y: view.y + STEP * view.height }),
    Escape: () => choose(state.chosen),
  };
  picture.addEventListener("keydown", (event) => {
    const context = event.target.closest(".context");
    if (context && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      choose(context.dataset.context);
    } else if (MOVES[event.key]) {
      event.preventDefault();
      MOVES[event.key]();
    }
  });
  const ZOOMS = { in: () => zoomBy(1.5), out: () => zoomBy(1 / 1.5), all: () => setView(whole) };
  const tools = document.querySelector(".map-tools");
  tools.hidden = false;
  tools.addEventListener("click", ({ target }) => ZOOMS[target.closest("button")?.dataset.zoom]?.());

  // --- filter ---

  const contextSays = ({ name, files, tables, routes }) =>
    says(name) || tables.some(says) || routes.some(says) || files.some((file) => says(data.files[file]));
  function applyFilter() {
    for (const row of document.querySelectorAll("table[data-filter] tbody tr, ul[data-filter] li")) {
      row.hidden = !says(row.textContent);
    }
    const found = new Set(data.contexts.filter(contextSays).map(({ name }) => name));
    for (const node of picture.querySelectorAll(".context"))
      node.classList.toggle("dim", !found.has(node.dataset.context));
    const files = state.filter === "" ? null : data.files.filter(says).length;
    document.getElementById("filter-count").textContent =
      files === null ? "" : `${files} files, ${found.size} contexts`;
    state.shown = PAGE;
    showSeams();
    showPanel();
  }
  const filter = document.getElementById("filter");
  document.querySelector(".filter").hidden = false;
  filter.addEventListener("input", () => {
    state.filter = filter.value.trim().toLowerCase();
    applyFilter();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select")) return;
    event.preventDefault();
    filter.focus();
  });

  drawDots();
  setView(whole);
  showSeams();
})();
