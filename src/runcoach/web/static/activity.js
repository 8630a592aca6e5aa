// The page of one activity: route and charts with a common cursor, and highlighted stretches. The numbers are in the HTML.

import { duration } from "./charts.js";
import "./efforts.js";
import { onKeys } from "./frame.js";
import { Profile, wordsFor } from "./profile.js";
import { Route } from "./route.js";
import { SMOOTHINGS, trackOf } from "./track.js";

const holder = document.getElementById("track");

async function begin() {
  const status = holder.querySelector("[data-status]");
  status.textContent = "Loading the samples …";
  status.hidden = false;
  try {
    const response = await fetch(holder.dataset.streams);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { data } = await response.json();
    if (data.returned < 2) {
      status.textContent = "Too few samples to draw charts.";
      return;
    }
    show(data.channels);
    status.hidden = true;
    holder.dataset.drawn = data.returned;
  } catch (error) {
    status.textContent = `The charts could not be drawn: ${error.message}. `;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button small";
    again.textContent = "Try again";
    again.addEventListener("click", begin);
    status.append(again);
  }
}

const units = {
  unit: holder?.dataset.unit,
  unitM: Number(holder?.dataset.unitM),
  climbUnit: holder?.dataset.climbUnit,
  climbPerM: Number(holder?.dataset.climbPerM),
  cadenceUnit: holder?.dataset.cadenceUnit,
  rate: holder?.dataset.rate,
  rateUnit: holder?.dataset.rateUnit,
  rateFactor: Number(holder?.dataset.rateFactor),
};

/** Draws route and charts, and again whenever another axis or smoothing is chosen. */
function show(channels) {
  const view = { by: "distance", smoothing: "usual", rate: units.rate };
  const first = trackOf(channels, view);
  const panel = holder.querySelector("[data-profile]");
  panel.hidden = false;
  const profile = new Profile(panel, { onMove: (x) => route?.point(x) });
  const route = first.route
    ? new Route(holder.querySelector("[data-route]"), first, {
        tiles: holder.dataset.tiles ?? "",
        unitM: units.unitM,
        onPoint: (x) => profile.moveToX(x),
      })
    : null;
  holder.querySelector("[data-no-route]").hidden = route !== null;
  holder.querySelector("[data-route-parts]").hidden = route === null;
  const stretches = setUpStretches(profile, route);
  const use = (track) => {
    const words = wordsFor(units, track.ofDistance);
    track.faults = JSON.parse(holder.dataset.faults).map((stretch) => stretch.map(track.atTime));
    profile.use(track, words);
    route?.use(track);
    stretches.use(track);
    return words;
  };
  const words = use(first);
  if (!profile.charts.length) panel.hidden = true;
  if (route) setUpRoute(route, first, words);
  setUpView(view, first.hasDistance, () => use(trackOf(channels, view)));
}

/** Sets up the choice of the axis and of the smoothing; `redraw` draws `view` again. */
function setUpView(view, hasDistance, redraw) {
  const tools = holder.querySelector("[data-view]");
  tools.hidden = false;
  const axes = [...tools.querySelectorAll("[data-by]")];
  for (const button of axes) {
    button.closest("[role=group]").hidden = !hasDistance;
    button.addEventListener("click", () => {
      view.by = button.dataset.by;
      for (const each of axes) each.setAttribute("aria-pressed", String(each === button));
      redraw();
    });
  }
  const smoothing = tools.querySelector("select");
  smoothing.addEventListener("change", () => {
    if (!(smoothing.value in SMOOTHINGS)) return;
    view.smoothing = smoothing.value;
    redraw();
  });
}

/** Sets up the colour buttons, the legend and the zoom buttons of the route. */
function setUpRoute(route, track, words) {
  const choices = [
    { name: "pace", channel: "pace", reverse: true, ends: ["slower", "faster"] },
    { name: "pace", channel: "speed", reverse: false, ends: ["slower", "faster"] },
    { name: "effort", channel: "heart", reverse: false, ends: ["easier", "harder"] },
  ].filter(({ channel }) => track[channel]?.some((value) => value !== null));
  const legend = holder.querySelector("[data-legend]");
  const buttons = [...holder.querySelectorAll("[data-colour]")];
  const colour = (choice) => {
    const edges = route.colour(choice?.channel, { reverse: choice?.reverse, kind: choice?.name ?? "pace" });
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.colour === choice?.name));
    if (!edges) return;
    const [slow, fast] = choice.reverse ? [edges[3], edges[0]] : [edges[0], edges[3]];
    for (const swatch of legend.querySelectorAll("rect")) {
      swatch.setAttribute("class", `${choice.name}-${swatch.dataset.step}`);
    }
    legend.querySelector("[data-low]").textContent = `${choice.ends[0]} than ${words.tick[choice.channel](slow)}`;
    legend.querySelector("[data-high]").textContent = `${choice.ends[1]} than ${words[choice.channel](fast)}`;
    legend.hidden = false;
  };
  for (const button of buttons) {
    const choice = choices.find(({ name }) => name === button.dataset.colour);
    button.hidden = !choice;
    button.addEventListener("click", () => colour(choice));
  }
  holder.querySelector("[data-colours]").hidden = choices.length < 2;
  colour(choices[0]);
  const whole = holder.querySelector("[data-zoom-reset]");
  route.onZoom = (zoom) => (whole.disabled = zoom === 1);
  whole.addEventListener("click", () => route.reset());
  for (const button of holder.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => route.zoomBy(Number(button.dataset.zoom)));
  }
  onKeys({ "+": () => route.zoomBy(2), "-": () => route.zoomBy(0.5), "0": () => route.reset() });
}

/**
 * Highlights an effort or split on route and charts when its button is pressed; `#effort-5000` in the URL presses one.
 * `use(track)` of the result highlights it again on another track.
 */
function setUpStretches(profile, route) {
  const buttons = [...document.querySelectorAll("[data-from]")];
  const note = holder.querySelector("[data-chosen]");
  let track = null;
  let current = null;
  const choose = (chosen) => {
    current = chosen;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
    if (!chosen) {
      profile.choose(null);
      route?.choose(null);
      note.textContent = "";
      return;
    }
    const { from, to, by, what } = chosen.dataset;
    const place = by === "time" ? track.atTime : track.atDistance;
    const [begin, end] = [place(Number(from)), place(Number(to))];
    profile.choose(begin, end);
    route?.choose(begin, end);
    profile.moveToX(begin);
    note.textContent = by === "time" ? `${what}, from ${duration(Number(from))} to ${duration(Number(to))}` : what;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => choose(button === current ? null : button));
  }
  const named = document.getElementById(location.hash.slice(1));
  current = named?.querySelector("[data-from]") ?? null;
  return {
    use(other) {
      track = other;
      for (const button of buttons) button.hidden = button.dataset.by !== "time" && !track.hasDistance;
      choose(current);
    },
  };
}

if (holder?.dataset.streams) begin();
