// The page of one activity: route and charts with a common cursor, and highlighted stretches. The numbers are in the HTML.

import { duration } from "./charts.js";
import "./efforts.js";
import { Profile, wordsFor } from "./profile.js";
import { Route } from "./route.js";
import { trackOf } from "./track.js";

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
    show(trackOf(data.channels));
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

function show(track) {
  const words = wordsFor({
    unit: holder.dataset.unit,
    unitM: Number(holder.dataset.unitM),
    climbUnit: holder.dataset.climbUnit,
    climbPerM: Number(holder.dataset.climbPerM),
    cadenceUnit: holder.dataset.cadenceUnit,
    ofDistance: track.ofDistance,
  });
  let profile = null;
  const route = track.route
    ? new Route(holder.querySelector("[data-route]"), track, {
        tiles: holder.dataset.tiles ?? "",
        onPoint: (x) => profile?.moveToX(x),
      })
    : null;
  holder.querySelector("[data-no-route]").hidden = route !== null;
  holder.querySelector("[data-route-parts]").hidden = route === null;
  const panel = holder.querySelector("[data-profile]");
  panel.hidden = false;
  profile = new Profile(panel, track, words, { onMove: (x) => route?.point(x) });
  if (!profile.charts.length) panel.hidden = true;
  if (route) setUpRoute(route, track, words);
  setUpStretches(track, profile, route);
}

/** Sets up the colour buttons, the legend and the zoom buttons of the route. */
function setUpRoute(route, track, words) {
  const choices = [
    { name: "pace", channel: "pace", reverse: true, ends: ["slower", "faster"] },
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
  for (const button of holder.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => route.zoomBy(Number(button.dataset.zoom)));
  }
}

/** Highlights an effort or split on route and charts when its button is pressed; `#effort-5000` in the URL presses one. */
function setUpStretches(track, profile, route) {
  const buttons = [...document.querySelectorAll("[data-from]")];
  const note = holder.querySelector("[data-chosen]");
  const choose = (chosen) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
    if (!chosen) {
      profile.choose(null);
      route?.choose(null);
      note.textContent = "";
      return;
    }
    const { from, to, by, what } = chosen.dataset;
    const place = (text) => (by === "time" ? track.placeAt(Number(text)) : Number(text));
    const [begin, end] = [place(from), place(to)];
    profile.choose(begin, end);
    route?.choose(begin, end);
    profile.moveToX(begin);
    note.textContent = by === "time" ? `${what}, from ${duration(Number(from))} to ${duration(Number(to))}` : what;
  };
  for (const button of buttons) {
    if (button.dataset.by !== "time" && !track.ofDistance) continue;
    button.hidden = false;
    button.addEventListener("click", () => choose(button.getAttribute("aria-pressed") === "true" ? null : button));
  }
  const named = document.getElementById(location.hash.slice(1));
  const first = named?.querySelector("[data-from]");
  if (first) choose(first);
}

if (holder?.dataset.streams) begin();
