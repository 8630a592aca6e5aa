// Helpers for charts: scales, ticks, number formats, SVG elements. Colours come from the style sheet: the content security
// policy forbids inline styles.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** An SVG element with attributes and children. */
export function draw(name, attributes = {}, ...children) {
  const node = document.createElementNS(NAMESPACE, name);
  change(node, attributes);
  node.append(...children);
  return node;
}

/** Sets attributes. */
export function change(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

/** `1:23:45`, `23:45` or `0:45`. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The quantile `at` (0 to 1) of sorted numbers. */
export function quantile(sorted, at) {
  const place = (sorted.length - 1) * at;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

const ROUND_STEPS = [1, 2, 5, 10];
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/** About `count` round numbers between two; for seconds, round on a clock. */
export function ticks(low, high, count, { ofTime = false } = {}) {
  const raw = Math.max((high - low) / Math.max(count, 1), 1e-9);
  const size = 10 ** Math.floor(Math.log10(raw));
  const round = ROUND_STEPS.find((step) => step * size >= raw * 0.999) * size;
  const step = ofTime ? (TIME_STEPS.find((each) => each >= raw) ?? round) : round;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(at * step);
  return found;
}

/** A linear scale that maps `from`–`to` to `start`–`end`. */
export function scale(from, to, start, end) {
  const slope = (end - start) / (to - from || 1);
  return (value) => start + (value - from) * slope;
}

/** The `d` of a line through points; it breaks where one of them is null. */
export function line(xs, ys) {
  let path = "";
  let pen = "M";
  for (let at = 0; at < xs.length; at += 1) {
    if (ys[at] === null) {
      pen = "M";
    } else {
      path += `${pen}${xs[at].toFixed(1)} ${ys[at].toFixed(1)}`;
      pen = "L";
    }
  }
  return path;
}

/** Interpolates linearly between points, constant beyond the ends; `xs` is non-decreasing. */
export function reader(xs, ys) {
  const last = xs.length - 1;
  return (x) => {
    if (x <= xs[0]) return ys[0];
    if (x >= xs[last]) return ys[last];
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= x) low = middle;
      else high = middle;
    }
    const span = xs[high] - xs[low];
    return span > 0 ? ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / span : ys[high];
  };
}

/**
 * The mean of a channel within `reach` to both sides of a position; null without a sample there. Short gaps are
 * interpolated.
 */
export function means(xs, values, reach) {
  const [places, sums, spans] = [[], [0], [0]];
  let before = null;
  for (let at = 0; at < xs.length; at += 1) {
    if (values[at] === null) continue;
    if (before !== null) {
      const span = xs[at] - xs[before];
      const counts = at - before === 1 || span <= 2 * reach ? span : 0;
      sums.push(sums.at(-1) + (counts * (values[at] + values[before])) / 2);
      spans.push(spans.at(-1) + counts);
    }
    places.push(xs[at]);
    before = at;
  }
  const [sum, span] = [reader(places, sums), reader(places, spans)];
  return (x) => {
    const covered = span(x + reach) - span(x - reach);
    return covered > 0 ? (sum(x + reach) - sum(x - reach)) / covered : null;
  };
}
