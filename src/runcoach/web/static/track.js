// A run as arrays for drawing: the samples interpolated to evenly spaced positions along the route.

import { means, quantile, reader } from "./charts.js";

const MOST_PLACES = 600;

/** Below this speed, in metres per second, a runner is standing. */
const STANDING = 0.3;

/**
 * The response of `/streams` as a track: `x` are positions (metres, or seconds without recorded distance), each channel
 * has a value or null for each of them. `route` are the recorded coordinates, each with its `x`.
 */
export function trackOf(channels) {
  const time = channels.timeS;
  const metres = channels.distanceM ? risen(channels.distanceM) : null;
  const ofDistance = metres !== null && metres.at(-1) > metres[0];
  const along = ofDistance ? metres : risen(time);
  const total = along.at(-1) - along[0];
  const count = Math.max(2, Math.min(MOST_PLACES, along.length));
  const x = Array.from({ length: count }, (_, at) => along[0] + (total * at) / (count - 1));
  const reach = Math.min(Math.max(total / 240, ofDistance ? 40 : 12), total / 8);
  const track = { x, ofDistance, total, count, first: along[0] };
  const clock = reader(along, time);
  track.time = x.map(clock);
  track.placeAt = reader(risen(time), along);
  if (ofDistance) track.pace = x.map((at) => paceAround(at, reach, clock, x[0], x.at(-1)));
  const averaged = { heart: "heartRateBpm", climb: "altitudeM", cadence: "cadenceSpm" };
  for (const [name, channel] of Object.entries(averaged)) {
    if (!channels[channel]?.some((value) => value !== null && value > -1000)) continue;
    const mean = means(along, channels[channel], name === "climb" ? reach / 2 : reach);
    track[name] = x.map(mean);
  }
  if (channels.latDeg && channels.lngDeg) addRoute(track, channels, along);
  return track;
}

/** Pace in seconds per kilometre around a position, pauses included; null where the runner hardly moved. */
function paceAround(at, reach, clock, first, last) {
  const [from, to] = [Math.max(first, at - reach), Math.min(last, at + reach)];
  const [metres, seconds] = [to - from, clock(to) - clock(from)];
  return seconds > 0 && metres / seconds > STANDING ? (seconds / metres) * 1000 : null;
}

/** The numbers made non-decreasing, with gaps interpolated. */
function risen(values) {
  const known = values.flatMap((value, at) => (value === null ? [] : [at]));
  if (!known.length) return values.map(() => 0);
  const between = reader(
    known,
    known.map((at) => values[at]),
  );
  let most = -Infinity;
  return values.map((value, at) => {
    most = Math.max(most, value ?? between(at));
    return most;
  });
}

/** The coordinates projected to metres (Mercator, true to scale at the start of the run), and the point of each `x`. */
function addRoute(track, { latDeg, lngDeg }, along) {
  const seen = latDeg.flatMap((lat, at) => (lat === null || lngDeg[at] === null ? [] : [at]));
  if (seen.length < 2) return;
  const origin = { lat: latDeg[seen[0]], lng: lngDeg[seen[0]] };
  const size = 40_075_016.686 * Math.cos((origin.lat * Math.PI) / 180);
  const level = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  let turn = 0;
  let before = origin.lng;
  const points = seen.map((at) => {
    // Longitude jumps at the date line.
    if (lngDeg[at] - before > 180) turn -= 360;
    if (lngDeg[at] - before < -180) turn += 360;
    before = lngDeg[at];
    const east = ((lngDeg[at] + turn - origin.lng) / 360) * size;
    return { x: along[at], east, south: (level(origin.lat) - level(latDeg[at])) * size };
  });
  const xs = points.map((point) => point.x);
  const [east, south] = [points.map((point) => point.east), points.map((point) => point.south)];
  const [eastAt, southAt] = [reader(xs, east), reader(xs, south)];
  track.route = points;
  track.worldSize = size;
  track.origin = { east: (origin.lng / 360 + 0.5) * size, south: (0.5 - level(origin.lat)) * size };
  track.positionAt = (x) => [eastAt(x), southAt(x)];
}

/** The four quintile boundaries of a channel; null without values. */
export function fifths(values) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length ? [0.2, 0.4, 0.6, 0.8].map((at) => quantile(known, at)) : null;
}
