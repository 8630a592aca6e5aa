// The page of best efforts: draws the progression of one distance as steps, from the table of records.

import { change, draw, duration, scale, ticks } from "./charts.js";
import "./efforts.js";

const holder = document.getElementById("progression");
const DAY = 86_400_000;
const BOX = { height: 280, left: 52, right: 14, top: 16, bottom: 28 };

const seen = (element) => ({
  day: Date.parse(element.dataset.day),
  seconds: Number(element.dataset.s),
  text: element.dataset.day,
  name: element.dataset.name,
  href: element.dataset.href,
});

function show() {
  const records = [...document.querySelectorAll("#records tbody tr")].map(seen).reverse();
  const months = [...document.querySelectorAll("#months li")].map(seen);
  const width = Math.max(holder.clientWidth, 260);
  const until = Math.max(Date.parse(holder.dataset.until), records.at(-1).day + DAY);
  const begun = Math.min(records[0].day, ...months.map((month) => month.day));
  const since = Math.min(begun, until - 60 * DAY) - (until - begun) * 0.02;
  const x = scale(since, until, BOX.left, width - BOX.right);
  const y = heights(records, months);
  const floor = BOX.height - BOX.bottom;
  const svg = draw("svg", { class: "chart", viewBox: `0 0 ${width} ${BOX.height}`, width, height: BOX.height });
  svg.append(
    ...y.marks.flatMap((mark) => [
      draw("line", { class: "grid-line", x1: BOX.left, x2: width - BOX.right, y1: y(mark), y2: y(mark) }),
      draw("text", { x: BOX.left - 8, y: y(mark), dy: ".32em", "text-anchor": "end" }, duration(mark)),
    ]),
    ...years(since, until, width).flatMap(({ at, text }) => [
      draw("line", { class: "grid-line", x1: x(at), x2: x(at), y1: BOX.top, y2: floor }),
      ...(x(at) < width - 40 ? [draw("text", { x: x(at) + 4, y: BOX.height - 8 }, text)] : []),
    ]),
    draw("line", { class: "axis", x1: BOX.left, x2: width - BOX.right, y1: floor, y2: floor }),
    ...months
      .filter(({ seconds }) => seconds <= y.most)
      .map(({ day, seconds }) => draw("circle", { class: "month", cx: x(day), cy: y(seconds), r: 2.5 })),
    draw("path", { class: "line", d: steps(records, x, y, until) }),
    ...records.map((record) => dot(record, x, y)),
  );
  const last = records.at(-1);
  const end = x(last.day) > width - 90 ? "end" : "start";
  const label = { class: "label-strong", x: x(last.day) + (end === "end" ? -8 : 8), y: y(last.seconds) - 8, "text-anchor": end };
  svg.append(draw("text", label, duration(last.seconds)));
  holder.replaceChildren(svg);
}

/** The scale of times, fastest on top; a few very slow months are cut off so that they do not flatten the rest. */
function heights(records, months) {
  const times = [...records, ...months].map(({ seconds }) => seconds).sort((a, b) => a - b);
  const slowest = Math.max(records[0].seconds, times[Math.floor((times.length - 1) * 0.92)]);
  const [low, high] = [times[0], Math.max(slowest, times[0] * 1.04)];
  const most = high + (high - low) * 0.08;
  const axis = scale(low - (high - low) * 0.08, most, BOX.top, BOX.height - BOX.bottom);
  axis.marks = ticks(low, most, 5, { ofTime: true });
  axis.most = most;
  return axis;
}

/** The first days of years (or of months, where there are few years) between two moments. */
function years(since, until, width) {
  const [first, last] = [new Date(since).getUTCFullYear(), new Date(until).getUTCFullYear()];
  if (until - since < 500 * DAY) {
    const form = new Intl.DateTimeFormat("en", { month: "short", year: "2-digit", timeZone: "UTC" });
    const every = Math.max(1, Math.ceil(((until - since) / (30 * DAY)) / (width / 80)));
    const all = [];
    for (let month = 0; month < 24; month += 1) {
      const at = Date.UTC(first, month, 1);
      if (month % every === 0 && at > since && at < until) all.push({ at, text: form.format(at) });
    }
    return all;
  }
  const every = Math.ceil((last - first) / (width / 64));
  const all = [];
  for (let year = first + 1; year <= last; year += every) all.push({ at: Date.UTC(year, 0, 1), text: String(year) });
  return all;
}

function steps(records, x, y, until) {
  let path = `M${x(records[0].day).toFixed(1)} ${y(records[0].seconds).toFixed(1)}`;
  for (const record of records.slice(1)) path += `H${x(record.day).toFixed(1)}V${y(record.seconds).toFixed(1)}`;
  return `${path}H${x(until).toFixed(1)}`;
}

/** A record as a dot: hovering shows its text below the chart, clicking opens its activity. The table has the same links. */
function dot(record, x, y) {
  const text = `${record.text}: ${duration(record.seconds)}, ${record.name}`;
  const dot = draw("g", { class: "step" });
  dot.append(
    draw("circle", { class: "reach", cx: x(record.day), cy: y(record.seconds), r: 12 }),
    draw("circle", { class: "record", cx: x(record.day), cy: y(record.seconds), r: 4.5 }),
  );
  const say = (text) => () => (document.getElementById("progression-text").textContent = text);
  dot.addEventListener("pointerenter", say(text));
  dot.addEventListener("pointerleave", say(""));
  dot.addEventListener("click", () => location.assign(record.href));
  return dot;
}

if (holder) {
  let width = 0;
  new ResizeObserver(() => {
    if (holder.clientWidth === width) return;
    width = holder.clientWidth;
    show();
  }).observe(holder);
  show();
  change(holder, { "data-drawn": "" });
}
