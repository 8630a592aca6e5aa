// The charts of a run, stacked over a common x axis, with one cursor through all of them.

import { change, draw, duration, line, quantile, scale, ticks } from "./charts.js";

const GUTTER = 46;
const RIGHT = 10;
const TOP = 8;
const AXIS = 24;

/** How each channel is drawn; heights in pixels, `least` is the smallest range that fills a chart. */
const KINDS = {
  pace: { title: "Pace", height: 150, look: "line", least: 40, reverse: true, trim: 0.02 },
  speed: { title: "Speed", height: 150, look: "line", least: 2, trim: 0.02 },
  heart: { title: "Heart rate", height: 120, look: "line effort", least: 20, trim: 0 },
  climb: { title: "Elevation", height: 104, look: "ridge", least: 20, trim: 0, area: true },
  cadence: { title: "Cadence", height: 92, look: "line quiet", least: 16, trim: 0.03 },
  power: { title: "Power", height: 92, look: "line quiet", least: 60, trim: 0.02 },
};

export class Profile {
  /** `onMove(x)` is called with the position of the cursor. Draws nothing before `use`. */
  constructor(holder, { onMove = () => {} } = {}) {
    Object.assign(this, { onMove, charts: [], at: null, chosen: null });
    this.where = holder.closest("section").querySelector("[data-where]");
    this.stack = holder.querySelector("[data-charts]");
    this.#listen();
    let width = 0;
    new ResizeObserver(() => {
      if (this.stack.clientWidth !== width && this.track) {
        width = this.stack.clientWidth;
        this.draw();
      }
    }).observe(this.stack);
    this.where.textContent = "point at a chart, or use the arrow keys";
  }

  /** Draws a track. `words` formats values: `words.pace(seconds per km)` and so on, `words.place` the cursor's position. */
  use(track, words) {
    Object.assign(this, { track, words, at: null, chosen: null });
    this.charts = Object.keys(KINDS)
      .filter((name) => track[name]?.some((value) => value !== null))
      .map((name) => this.#frame(name));
    this.stack.replaceChildren(...this.charts.map((chart) => chart.figure));
    change(this.stack, { "aria-valuemin": 0, "aria-valuemax": track.count - 1 });
    this.draw();
  }

  /** Draws all charts for the current width. */
  draw() {
    const width = Math.max(this.stack.clientWidth, 240);
    const { x } = this.track;
    this.toX = scale(x[0], x.at(-1), GUTTER, width - RIGHT);
    this.charts.forEach((chart, number) => this.#draw(chart, width, number === this.charts.length - 1));
    if (this.at !== null) this.move(this.at);
    this.choose(...(this.chosen ?? [null, null]));
  }

  /** Moves the cursor to an index of the track. */
  move(at) {
    this.stack.classList.add("is-pointed");
    this.at = Math.max(0, Math.min(this.track.count - 1, Math.round(at)));
    const x = this.track.x[this.at];
    const told = [this.words.place(this.track.time[this.at], this.track.distance?.[this.at])];
    this.where.textContent = told[0];
    for (const chart of this.charts) {
      const value = this.track[chart.name][this.at];
      const said = value === null ? "–" : this.words[chart.name](value);
      chart.value.textContent = said;
      told.push(`${chart.kind.title.toLowerCase()} ${said}`);
      change(chart.cursor, { transform: `translate(${this.toX(x).toFixed(1)} 0)` });
      change(chart.dot, { cy: value === null ? -100 : chart.toY(value).toFixed(1) });
    }
    change(this.stack, { "aria-valuenow": this.at, "aria-valuetext": told.join(", ") });
    this.onMove(x);
  }

  /** Moves the cursor to the index nearest to `x`. */
  moveToX(x) {
    const { x: places, total, count } = this.track;
    this.move(((x - places[0]) / (total || 1)) * (count - 1));
  }

  /** Highlights a stretch in every chart; null removes the highlight. */
  choose(from, to) {
    this.chosen = from === null ? null : [from, to];
    for (const chart of this.charts) {
      const [left, right] = from === null ? [0, 0] : [this.toX(from), this.toX(to)];
      change(chart.band, { x: left.toFixed(1), width: Math.max(right - left, 0).toFixed(1) });
    }
  }

  #frame(name) {
    const kind = KINDS[name];
    const known = this.track[name].filter((value) => value !== null);
    const figure = document.createElement("div");
    figure.className = "profile";
    const head = document.createElement("div");
    head.className = "profile-head";
    const [title, value, range] = ["span", "span", "span"].map((tag) => document.createElement(tag));
    title.textContent = kind.title;
    [title.className, value.className, range.className] = ["profile-title", "profile-value", "profile-range"];
    const ends = [Math.min(...known), Math.max(...known)];
    if (kind.reverse) ends.reverse();
    range.textContent = kind.reverse
      ? `fastest ${this.words[name](ends[1])}`
      : `${this.words[name](ends[0])} to ${this.words[name](ends[1])}`;
    head.append(title, value, range);
    const svg = draw("svg", { class: "chart profile-chart", "aria-hidden": "true" });
    figure.append(head, svg);
    return { name, kind, figure, value, svg };
  }

  #draw(chart, width, isLast) {
    const { kind, svg, name } = chart;
    const values = this.track[name];
    const height = kind.height + (isLast ? AXIS : 0);
    const floor = kind.height - 2;
    const [low, high] = range(values, kind);
    const [bottom, top] = kind.reverse ? [high, low] : [low, high];
    chart.toY = (value) => scale(bottom, top, floor, TOP)(Math.min(high, Math.max(low, value)));
    change(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    const per = this.words.per[name] ?? 1; // round in the units of a person
    const marks = ticks(low * per, high * per, kind.height / 36, { ofTime: kind.reverse }).map((mark) => mark / per);
    const grid = marks.flatMap((value) => {
      const y = chart.toY(value).toFixed(1);
      return [
        draw("line", { class: "grid-line", x1: GUTTER, x2: width - RIGHT, y1: y, y2: y }),
        draw("text", { x: GUTTER - 8, y, dy: ".32em", "text-anchor": "end" }, this.words.tick[name](value)),
      ];
    });
    const xs = this.track.x.map(this.toX);
    const ys = values.map((value) => (value === null ? null : chart.toY(value)));
    chart.band = draw("rect", { class: "band", y: 0, height: floor, width: 0 });
    chart.dot = draw("circle", { class: `cursor-dot ${kind.look}`, r: 4.5, cy: -100 });
    chart.cursor = draw("g", {}, draw("line", { class: "cursor", y1: 0, y2: floor }), chart.dot);
    const faults = name === "heart" ? (this.track.faults ?? []) : [];
    svg.replaceChildren(
      ...faults.map(([from, to]) => {
        const [left, right] = [this.toX(from), this.toX(to)];
        return draw("rect", { class: "fault", x: left.toFixed(1), y: 0, width: Math.max(right - left, 1).toFixed(1), height: floor });
      }),
      chart.band,
      ...grid,
      ...(kind.area ? [draw("path", { class: "area", d: area(xs, ys, floor) })] : []),
      draw("path", { class: `trace ${kind.look}`, d: line(xs, ys) }),
      ...(isLast ? this.#axis(width, floor) : []),
      chart.cursor,
    );
  }

  #axis(width, floor) {
    const { unit, placeTick, ofTime } = this.words.axis;
    const [first, last] = [this.track.x[0] / unit, this.track.x.at(-1) / unit];
    const marks = ticks(first, last, (width - GUTTER) / 90, { ofTime });
    return [
      draw("line", { class: "axis", x1: GUTTER, x2: width - RIGHT, y1: floor, y2: floor }),
      ...marks.map((mark) => {
        const x = this.toX(mark * unit);
        const anchor = x > width - 34 ? "end" : x < GUTTER + 8 ? "start" : "middle";
        return draw("text", { x: x.toFixed(1), y: floor + 18, "text-anchor": anchor }, placeTick(mark));
      }),
    ];
  }

  #listen() {
    const to = (event) => {
      const box = this.stack.getBoundingClientRect();
      const share = (event.clientX - box.left - GUTTER) / (box.width - GUTTER - RIGHT);
      this.move(share * (this.track.count - 1));
    };
    this.stack.addEventListener("pointermove", to);
    this.stack.addEventListener("pointerdown", to);
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -1, PageUp: 1 };
    this.stack.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const ends = { Home: 0, End: this.track.count - 1 };
      const size = Math.max(1, Math.round(this.track.count / (event.key.startsWith("A") ? 200 : 20)));
      const next = ends[event.key] ?? (this.at ?? 0) + (steps[event.key] ?? NaN) * size;
      if (Number.isNaN(next)) return;
      event.preventDefault();
      this.move(next);
    });
  }
}

/** The range of a chart: all values but a few outliers that would flatten the rest. */
function range(values, { trim, least }) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [low, high] = [quantile(known, trim), quantile(known, 1 - trim)];
  const more = Math.max(least - (high - low), (high - low) * 0.16) / 2;
  return [low - more, high + more];
}

/** The `d` of the area below a line; each contiguous part is closed. */
function area(xs, ys, floor) {
  let path = "";
  let begun = null;
  for (let at = 0; at <= xs.length; at += 1) {
    const missing = at === xs.length || ys[at] === null;
    if (missing && begun !== null) {
      path += `L${xs[at - 1].toFixed(1)} ${floor}L${begun.toFixed(1)} ${floor}Z`;
      begun = null;
    } else if (!missing) {
      path += `${begun === null ? "M" : "L"}${xs[at].toFixed(1)} ${ys[at].toFixed(1)}`;
      begun ??= xs[at];
    }
  }
  return path;
}

/** Formats values in the units of the settings; `rate` is pace, swim or speed, `rateUnit` its unit. */
export function wordsFor({ unit, unitM, climbUnit, climbPerM, cadenceUnit, rate, rateUnit, rateFactor }, ofDistance) {
  const whole = (value) => String(Math.round(value) + 0);
  const paced = (secondsPerKm) => duration(secondsPerKm * rateFactor);
  const sped = (speed) => (speed * rateFactor).toFixed(1);
  const words = {
    rate,
    pace: (value) => `${paced(value)} ${rateUnit}`,
    speed: (value) => `${sped(value)} ${rateUnit}`,
    heart: (value) => `${whole(value)} bpm`,
    climb: (value) => `${whole(value * climbPerM)} ${climbUnit}`,
    cadence: (value) => `${whole(value)} ${cadenceUnit}`,
    power: (value) => `${whole(value)} W`,
    per: { pace: rateFactor, speed: rateFactor, climb: climbPerM },
    tick: {
      pace: paced,
      speed: (value) => String(Number(sped(value))),
      heart: whole,
      climb: (value) => whole(value * climbPerM),
      cadence: whole,
      power: whole,
    },
  };
  words.place = (seconds, metres) => {
    if (metres === undefined) return duration(seconds);
    const far = `${(metres / unitM).toFixed(2)} ${unit}`;
    return ofDistance ? `${far} · ${duration(seconds)}` : `${duration(seconds)} · ${far}`;
  };
  words.axis = ofDistance
    ? { unit: unitM, ofTime: false, placeTick: (mark) => `${Number(mark.toFixed(2))} ${unit}` }
    : { unit: 1, ofTime: true, placeTick: duration };
  return words;
}
