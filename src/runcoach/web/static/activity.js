// The page of one activity: its route and its charts, with one cursor, and the stretches that can be set off in both.
// The numbers are on the page already.

import { duration } from "./charts.js";
import "./efforts.js";
import { Profile, wordsFor } from "./profile.js";
import { Route } from "./route.js";
import { trackOf } from "./track.js";

const holder = document.getElementById("track");

async function begin() {
  const status = holder.querySelector("[data-status]");
  status.textContent = "Reading the samples …";
  status.hidden = false;
  try {
    const response = await fetch(holder.dataset.streams);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { data } = await response.json();
    if (data.returned < 2) {
      status.textContent = "Too little was recorded along the way to draw it.";
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
  if (route) dress(route, track, words);
  setOff(track, profile, route);
}

/** The choice of colours, their legend, and the buttons of the map. */
function dress(route, track, words) {
  const choices = [
    { name: "pace", channel: "pace", reverse: true, ends: ["slower", "faster"] },
    { name: "effort", channel: "heart", reverse: false, ends: ["easier", "harder"] },
  ].filter(({ channel }) => track[channel]?.some((value) => value !== null));
  const legend = holder.querySelector("[data-legend]");
  const buttons = [...holder.querySelectorAll("[data-colour]")];
  const wear = (choice) => {
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
    button.addEventListener("click", () => wear(choice));
  }
  holder.querySelector("[data-colours]").hidden = choices.length < 2;
  wear(choices[0]);
  for (const button of holder.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => route.zoomBy(Number(button.dataset.zoom)));
  }
}

/** Efforts and splits can be set off on the route and in the charts; `#effort-5000` chooses one from elsewhere. */
function setOff(track, profile, route) {
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
