// The route of a run on a plain background (or on map tiles, where set), coloured by one of its channels.

import { change, draw } from "./charts.js";
import { fifths } from "./track.js";

const MOST_ZOOM = 24;
const MOST_TILES = 60;
const PADDING = 18;

/** Pixels between two marks of distance along the route. */
const MARK_ROOM = 44;

export class Route {
  /**
   * `onPoint(x)` is called with the position along the route that the pointer is over; `onZoom(zoom)`, which may be set
   * later, with 1 where the whole route is shown. `unitM` is the distance between two marks.
   */
  constructor(holder, track, { tiles = "", unitM = 1000, onPoint = () => {} } = {}) {
    Object.assign(this, { track, tiles, unitM, onPoint, holder, onZoom: () => {} });
    this.svg = draw("svg", { class: "route-drawing", role: "img", "aria-label": "Route of this run, north is up" });
    this.ground = draw("g", { class: "route-tiles" });
    this.lines = draw("g");
    this.chosen = draw("path", { class: "route-chosen" });
    this.pins = draw("g", { class: "route-pins" });
    this.marker = draw("g", { class: "route-marker" });
    this.svg.append(this.ground, this.lines, this.chosen, this.pins, this.marker);
    holder.replaceChildren(this.svg);
    this.#fit();
    this.#listen();
    new ResizeObserver(() => this.#show()).observe(holder);
  }

  /** Reads positions from another track of the same run. */
  use(track) {
    this.track = track;
  }

  /** Colours the route by a channel in five steps, `reverse` where lower is better (pace); plain without a channel. */
  colour(channel, { reverse = false, kind = "pace" } = {}) {
    const { route, x, total } = this.track;
    const values = this.track[channel];
    const edges = values ? fifths(values) : null;
    const at = (place) => Math.round(((place - x[0]) / (total || 1)) * (x.length - 1));
    const step = (point) => {
      const value = edges ? values[at(point.x)] : null;
      if (value === null || value === undefined) return 0;
      const above = edges.filter((edge) => value > edge).length;
      return reverse ? 5 - above : above + 1;
    };
    const paths = Array.from({ length: 6 }, () => "");
    let before = null;
    for (let index = 1; index < route.length; index += 1) {
      const now = edges ? step(route[index]) : 3;
      const [from, to] = [route[index - 1], route[index]];
      paths[now] += `${now === before ? "" : `M${spot(from)}`}L${spot(to)}`;
      before = now;
    }
    const whole = `M${route.map(spot).join("L")}`;
    this.lines.replaceChildren(
      draw("path", { class: "route-casing", d: whole }),
      ...paths.map((d, number) => draw("path", { class: `route-line ${kind}-${number}`, d: d || "M0 0" })),
    );
    return edges;
  }

  /** Highlights a stretch of the route; null removes the highlight. */
  choose(from, to) {
    const [begin, end] = [from ?? 0, to ?? -1];
    const inside = from === null ? [] : this.track.route.filter((point) => point.x > begin && point.x < end);
    const ends = from === null ? [] : [begin, end].map((place) => this.track.positionAt(place));
    const d = ends.length ? `M${[ends[0].map(short), ...inside.map(spot), ends[1].map(short)].join("L")}` : "";
    change(this.chosen, { d });
    this.svg.classList.toggle("has-chosen", ends.length > 0);
  }

  /** Puts the marker at a position along the route; a panned view follows it. */
  point(x) {
    const [east, south] = this.track.positionAt(x);
    change(this.marker, { transform: `translate(${short(east)} ${short(south)})` });
    if (!this.marker.hasChildNodes()) this.marker.append(dot("route-dot-rim"), dot("route-dot"));
    if (this.zoom > 1) {
      const { width, height } = this.#size();
      const [away, below] = [(east - this.east) / this.perPixel, (south - this.south) / this.perPixel];
      if (Math.abs(away) > width / 2 - PADDING || Math.abs(below) > height / 2 - PADDING) this.moveTo(east, south);
    }
  }

  /** Zooms the view by a factor; the whole route at most. A view without any of the route moves to its nearest part. */
  zoomBy(factor, east = this.east, south = this.south) {
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    if (this.zoom === 1) this.#fit();
    else [this.east, this.south] = this.#withRoute(east, south);
    this.#show();
  }

  /** Shows the whole route again. */
  reset() {
    this.#fit();
    this.#show();
  }

  /** Moves the centre of the view, within the extent of the route. */
  moveTo(east, south) {
    const { left, top, width, height } = this.box;
    this.east = Math.min(left + width, Math.max(left, east));
    this.south = Math.min(top + height, Math.max(top, south));
    this.#show();
  }

  #fit() {
    const [east, south] = ["east", "south"].map((side) => this.track.route.map((point) => point[side]));
    const least = (values) => values.reduce((a, b) => Math.min(a, b));
    const most = (values) => values.reduce((a, b) => Math.max(a, b));
    const [left, top] = [least(east), least(south)];
    this.box = { left, top, width: most(east) - left, height: most(south) - top };
    this.zoom = 1;
    this.east = left + this.box.width / 2;
    this.south = top + this.box.height / 2;
  }

  /** Metres per pixel at a zoom. */
  #scale() {
    const { width, height } = this.#size();
    const wide = this.box.width / Math.max(width - 2 * PADDING, 50);
    const high = this.box.height / Math.max(height - 2 * PADDING, 50);
    return Math.max(wide, high, 0.05) / this.zoom;
  }

  /** The centre itself if the view around it shows some of the route, otherwise the nearest point of the route. */
  #withRoute(east, south) {
    const { width, height } = this.#size();
    const reach = (Math.min(width, height) / 2 - PADDING) * this.#scale();
    const nearest = this.#nearest(east, south);
    const away = Math.hypot(nearest.east - east, nearest.south - south);
    return away < reach ? [east, south] : [nearest.east, nearest.south];
  }

  #size() {
    return { width: this.holder.clientWidth || 300, height: this.holder.clientHeight || 300 };
  }

  #show() {
    const { width, height } = this.#size();
    this.perPixel = this.#scale();
    const [across, down] = [width * this.perPixel, height * this.perPixel];
    change(this.svg, { viewBox: [this.east - across / 2, this.south - down / 2, across, down].join(" ") });
    this.holder.classList.toggle("is-near", this.zoom > 1);
    this.onZoom(this.zoom);
    this.#pin();
    if (this.tiles) this.#lay(across, down);
  }

  /** The map tiles of the current view. */
  #lay(across, down) {
    const { worldSize, origin } = this.track;
    let level = Math.min(19, Math.max(0, Math.round(Math.log2(worldSize / (256 * this.perPixel)))));
    const span = () => worldSize / 2 ** level;
    while (level > 0 && (across / span() + 2) * (down / span() + 2) > MOST_TILES) level -= 1;
    const size = span();
    const [left, top] = [this.east - across / 2 + origin.east, this.south - down / 2 + origin.south];
    const made = [];
    for (let row = Math.floor(top / size); row * size < top + down; row += 1) {
      for (let column = Math.floor(left / size); column * size < left + across; column += 1) {
        if (row < 0 || row >= 2 ** level) continue;
        const wrapped = ((column % 2 ** level) + 2 ** level) % 2 ** level;
        const href = this.tiles.replace("{z}", level).replace("{x}", wrapped).replace("{y}", row);
        const place = { x: column * size - origin.east, y: row * size - origin.south };
        made.push(draw("image", { href, ...place, width: size * 1.002, height: size * 1.002 }));
      }
    }
    this.ground.replaceChildren(...made);
  }

  /** Draws start, finish, marks of distance and arrows of direction, at the same size at any zoom. */
  #pin() {
    const { route } = this.track;
    const [start, finish] = [route[0], route.at(-1)];
    const pinned = (point, angle, ...parts) => {
      const place = `translate(${spot(point)}) scale(${this.perPixel})`;
      return draw("g", { transform: angle === null ? place : `${place} rotate(${angle.toFixed(0)})` }, ...parts);
    };
    const marks = this.#marks();
    const arrows = this.#between(marks).map(([point, angle]) =>
      pinned(point, angle, draw("path", { class: "route-arrow", d: "M-4 -5L4 0L-4 5" })),
    );
    this.pins.replaceChildren(
      ...arrows,
      ...marks.map(({ point, number }) =>
        pinned(
          point,
          null,
          draw("circle", { class: "route-mark", r: number > 99 ? 12 : 9 }),
          draw("text", { class: "route-number", "text-anchor": "middle", dy: ".35em" }, String(number)),
        ),
      ),
      // A ring around a dot: both are seen where they coincide.
      pinned(finish, null, draw("circle", { class: "route-finish", r: 9 })),
      pinned(start, null, draw("circle", { class: "route-start", r: 5 })),
    );
  }

  /** The points at whole kilometres or miles, as many as there is room for. */
  #marks() {
    const { route } = this.track;
    if (route[0].metres === null) return [];
    const whole = Math.floor(route.at(-1).metres / this.unitM);
    const pixels = (this.unitM / this.perPixel) * 0.6; // routes bend
    const every = [1, 2, 5, 10, 20, 50, 100].find((step) => step * pixels > MARK_ROOM) ?? 200;
    const marks = [];
    for (let number = every; number <= whole; number += every) {
      const point = route[this.#indexAt(number * this.unitM)];
      const isFree = [route[0], route.at(-1)].every((end) => this.#pixels(point, end) > 20);
      if (isFree && marks.every((other) => this.#pixels(point, other.point) > 20)) marks.push({ point, number });
    }
    return marks;
  }

  #pixels(one, other) {
    return Math.hypot(one.east - other.east, one.south - other.south) / this.perPixel;
  }

  /** Points halfway between marks, with the direction of the run in degrees. */
  #between(marks) {
    const { route } = this.track;
    const along = route[0].metres === null ? "x" : "metres";
    const stops = [route[0][along], ...marks.map(({ point }) => point[along]), route.at(-1)[along]];
    return stops.slice(1).flatMap((stop, number) => {
      const at = this.#indexAt((stop + stops[number]) / 2, along);
      const [from, to] = [this.#reach(at, -1), this.#reach(at, 1)];
      const angle = (Math.atan2(to.south - from.south, to.east - from.east) * 180) / Math.PI;
      return this.#pixels(from, to) > 4 ? [[route[at], angle]] : [];
    });
  }

  /** The nearest point of the route at least 6 pixels away, in one direction along it. */
  #reach(at, step) {
    const { route } = this.track;
    let index = at;
    while (route[index + step] && this.#pixels(route[index], route[at]) < 6) index += step;
    return route[index];
  }

  #indexAt(value, along = "metres") {
    const { route } = this.track;
    let [low, high] = [0, route.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (route[middle][along] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #listen() {
    const place = (event) => {
      const box = this.svg.getBoundingClientRect();
      return [
        this.east + (event.clientX - box.left - box.width / 2) * this.perPixel,
        this.south + (event.clientY - box.top - box.height / 2) * this.perPixel,
      ];
    };
    let held = null;
    this.svg.addEventListener("pointerdown", (event) => {
      if (this.zoom === 1) return;
      held = [event.clientX, event.clientY, this.east, this.south];
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (held) {
        const [x, y, east, south] = held;
        this.moveTo(east - (event.clientX - x) * this.perPixel, south - (event.clientY - y) * this.perPixel);
      } else {
        this.#near(...place(event));
      }
    });
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => (held = null));
    this.svg.addEventListener("dblclick", (event) => this.zoomBy(2, ...place(event)));
    this.svg.addEventListener(
      "wheel",
      (event) => {
        // The wheel without Ctrl scrolls the page.
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? 1.4 : 1 / 1.4);
      },
      { passive: false },
    );
  }

  #nearest(east, south) {
    let [nearest, found] = [Infinity, null];
    for (const point of this.track.route) {
      const away = (point.east - east) ** 2 + (point.south - south) ** 2;
      if (away < nearest) [nearest, found] = [away, point];
    }
    return found;
  }

  #near(east, south) {
    const found = this.#nearest(east, south);
    if (this.#pixels(found, { east, south }) < 40) this.onPoint(found.x);
  }
}

const short = (number) => Number(number.toFixed(1));
const spot = (point) => `${short(point.east)} ${short(point.south)}`;

/** A dot of constant size at any zoom: a zero-length line with round caps. */
function dot(name, point = { east: 0, south: 0 }) {
  return draw("path", { class: name, d: `M${spot(point)}h0` });
}
