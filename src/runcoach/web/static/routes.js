// The map of everywhere one ran: cells coloured by the number of runs through them, on map tiles where set.

import { change, draw } from "./charts.js";

const MOST_TILES = 60;
const PADDING = 24;
const MOST_ZOOM = 40;

/** The view begins with the cells between these shares of all runs, from west to east and from north to south. */
const INNER = 0.01;

const card = document.getElementById("heat");
const holder = card?.querySelector("[data-map]");

class HeatMap {
  constructor({ worldCells, areas }) {
    this.worldCells = worldCells;
    this.areas = areas;
    this.canvas = document.createElement("canvas");
    this.ground = draw("svg", { "aria-hidden": "true" });
    holder.replaceChildren(this.ground, this.canvas);
    this.choose(0);
    new ResizeObserver(() => this.show()).observe(holder);
    for (const media of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(media).addEventListener("change", () => this.show());
    }
    new MutationObserver(() => this.show()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** Shows one area, from all of its usual cells. */
  choose(number) {
    this.area = this.areas[number];
    this.edges = stepsOf(this.area.mostOften);
    const { x, y, count } = this.area;
    this.counts = new Map(count.map((runs, at) => [y[at] * this.area.width + x[at], runs]));
    this.groups = [[], [], [], []];
    count.forEach((runs, at) => this.groups[this.#step(runs)].push(at));
    this.box = { x: inner(x, count), y: inner(y, count) };
    for (const swatch of card.querySelectorAll("[data-step]")) {
      swatch.hidden = !this.groups[swatch.dataset.step - 1].length;
    }
    card.querySelector("[data-most]").textContent = this.area.mostOften > 1 ? `${this.area.mostOften} times` : "";
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.x = (this.box.x[0] + this.box.x[1]) / 2;
    this.y = (this.box.y[0] + this.box.y[1]) / 2;
    this.show();
  }

  zoomBy(factor, x = this.x, y = this.y) {
    const next = Math.min(MOST_ZOOM, Math.max(0.25, this.zoom * factor));
    const kept = this.zoom / next;
    [this.x, this.y] = [x + (this.x - x) * kept, y + (this.y - y) * kept];
    this.zoom = next;
    this.show();
  }

  moveBy(pixelsX, pixelsY) {
    const within = (value, size) => Math.min(Math.max(value, 0), size);
    this.x = within(this.x + pixelsX * this.perPixel, this.area.width);
    this.y = within(this.y + pixelsY * this.perPixel, this.area.height);
    this.show();
  }

  /** The cell coordinates of a pointer. */
  place(event) {
    const box = holder.getBoundingClientRect();
    return [
      this.x + (event.clientX - box.left - box.width / 2) * this.perPixel,
      this.y + (event.clientY - box.top - box.height / 2) * this.perPixel,
    ];
  }

  /** The number of runs through the cells around a place. */
  runsAt(x, y) {
    const reach = Math.max(1, Math.ceil(4 * this.perPixel));
    let most = 0;
    for (let row = Math.floor(y) - reach; row <= y + reach; row += 1) {
      for (let column = Math.floor(x) - reach; column <= x + reach; column += 1) {
        most = Math.max(most, this.counts.get(row * this.area.width + column) ?? 0);
      }
    }
    return most;
  }

  show() {
    const [width, height] = [holder.clientWidth || 300, holder.clientHeight || 300];
    const span = ([low, high]) => high - low + 1;
    const fit = Math.max(span(this.box.x) / (width - 2 * PADDING), span(this.box.y) / (height - 2 * PADDING), 0.05);
    this.perPixel = fit / this.zoom;
    holder.classList.toggle("is-near", this.zoom > 1);
    this.#paint(width, height);
    if (card.dataset.tiles) this.#lay(width * this.perPixel, height * this.perPixel);
  }

  #paint(width, height) {
    const density = window.devicePixelRatio || 1;
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    const pen = this.canvas.getContext("2d");
    pen.scale(density, density);
    const size = Math.max(1 / this.perPixel, 1.6);
    const { x, y } = this.area;
    const [left, top] = [this.x - (width / 2) * this.perPixel, this.y - (height / 2) * this.perPixel];
    for (const swatch of card.querySelectorAll("[data-step]")) {
      pen.fillStyle = getComputedStyle(swatch).backgroundColor;
      for (const at of this.groups[swatch.dataset.step - 1]) {
        const [across, down] = [(x[at] - left) / this.perPixel, (y[at] - top) / this.perPixel];
        if (across > -size && down > -size && across < width && down < height) pen.fillRect(across, down, size, size);
      }
    }
  }

  /** The map tiles of the current view. */
  #lay(across, down) {
    let level = Math.min(19, Math.max(0, Math.round(Math.log2(this.worldCells / (256 * this.perPixel)))));
    const cells = () => this.worldCells / 2 ** level;
    while (level > 0 && (across / cells() + 2) * (down / cells() + 2) > MOST_TILES) level -= 1;
    const size = cells();
    const [left, top] = [this.area.west + this.x - across / 2, this.area.north + this.y - down / 2];
    const made = [];
    for (let row = Math.floor(top / size); row * size < top + down; row += 1) {
      for (let column = Math.floor(left / size); column * size < left + across; column += 1) {
        if (row < 0 || row >= 2 ** level) continue;
        const wrapped = ((column % 2 ** level) + 2 ** level) % 2 ** level;
        const href = card.dataset.tiles.replace("{z}", level).replace("{x}", wrapped).replace("{y}", row);
        const place = { x: column * size - left, y: row * size - top };
        made.push(draw("image", { href, ...place, width: size * 1.002, height: size * 1.002 }));
      }
    }
    change(this.ground, { viewBox: `0 0 ${across} ${down}`, preserveAspectRatio: "none" });
    this.ground.replaceChildren(...made);
  }

  #step(runs) {
    return this.edges.filter((edge) => runs >= edge).length;
  }
}

/** The least numbers of runs of the second to the fourth colour: each step is as many times more as the one before. */
function stepsOf(most) {
  return [1, 2, 3].map((step) => Math.max(step + 1, Math.round(most ** (step / 4))));
}

/** The coordinates between which all but a share of the runs are at each end. */
function inner(places, weights) {
  const order = places.map((_, at) => at).sort((one, other) => places[one] - places[other]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const reach = (indices) => {
    let passed = 0;
    return places[indices.find((at) => (passed += weights[at]) >= total * INNER)];
  };
  return [reach(order), reach(order.reverse())];
}

function listen(map) {
  const here = card.querySelector("[data-here]");
  card.querySelector("[data-area]")?.addEventListener("change", (event) => map.choose(Number(event.target.value)));
  card.querySelector("[data-reset]").addEventListener("click", () => map.reset());
  for (const button of card.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => map.zoomBy(Number(button.dataset.zoom)));
  }
  let held = null;
  holder.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" && map.zoom <= 1) return; // a finger scrolls the page
    held = [event.clientX, event.clientY];
    holder.setPointerCapture(event.pointerId);
  });
  holder.addEventListener("pointermove", (event) => {
    if (held) {
      map.moveBy(held[0] - event.clientX, held[1] - event.clientY);
      held = [event.clientX, event.clientY];
    } else {
      const runs = map.runsAt(...map.place(event));
      here.textContent = runs ? `${runs} ${runs === 1 ? "run" : "runs"} here` : "";
    }
  });
  for (const end of ["pointerup", "pointercancel"]) holder.addEventListener(end, () => (held = null));
  holder.addEventListener("dblclick", (event) => map.zoomBy(2, ...map.place(event)));
  holder.addEventListener(
    "wheel",
    (event) => {
      // The wheel without Ctrl scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      map.zoomBy(event.deltaY < 0 ? 1.4 : 1 / 1.4, ...map.place(event));
    },
    { passive: false },
  );
  const steps = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
  holder.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (steps[event.key]) map.moveBy(...steps[event.key]);
    else if (event.key === "+" || event.key === "=") map.zoomBy(1.6);
    else if (event.key === "-") map.zoomBy(1 / 1.6);
    else if (event.key === "0") map.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

async function begin() {
  const status = holder.querySelector("[data-status]");
  try {
    const response = await fetch(card.dataset.url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { data } = await response.json();
    if (!data.areas.length) {
      status.textContent = "No positions were recorded.";
      return;
    }
    listen(new HeatMap(data));
    card.dataset.drawn = data.areas.length;
  } catch (error) {
    status.textContent = `The map could not be drawn: ${error.message}.`;
  }
}

if (holder) begin();
