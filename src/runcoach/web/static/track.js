// A run as arrays for drawing: the samples interpolated to evenly spaced positions along the route.

import { means, quantile, reader } from "./charts.js";

const MOST_PLACES = 600;

/** Below this speed, in metres per second, a runner or swimmer rests. */
const STANDING_MS = { pace: 0.3, swim: 0.1 };

/** A channel with values at fewer of the positions, as a share of them, is left out. */
const LEAST_COVERED = 0.1;

/** How far a value is averaged, as a multiple of the usual reach. */
export const SMOOTHINGS = { little: 0.35, usual: 1, strong: 3.5 };

/** Channels of the server → names here, and whether values of 0 mean that nothing was measured. */
const AVERAGED = {
  heart: { channel: "heartRateBpm", isEmptyAtZero: true },
  climb: { channel: "altitudeM", isEmptyAtZero: false },
  cadence: { channel: "cadenceSpm", isEmptyAtZero: true },
  power: { channel: "powerW", isEmptyAtZero: true },
};

/**
 * The response of `/streams` as a track: `x` are positions (metres with `by` "distance", otherwise seconds), each
 * channel has a value or null for each of them; channels with hardly any values are left out. `speed` (m/s) is there for a
 * `rate` of "speed", otherwise `pace` (s/km). `route` are the recorded coordinates, each with its `x`.
 */
export function trackOf(channels, { by = "distance", smoothing = "usual", rate = "pace" } = {}) {
  const time = risen(channels.timeS);
  const metres = channels.distanceM ? risen(channels.distanceM) : null;
  const hasDistance = metres !== null && metres.at(-1) > metres[0];
  const ofDistance = hasDistance && by === "distance";
  const along = ofDistance ? metres : time;
  const total = along.at(-1) - along[0];
  const count = Math.max(2, Math.min(MOST_PLACES, along.length));
  const x = Array.from({ length: count }, (_, at) => along[0] + (total * at) / (count - 1));
  const usual = Math.max(total / 240, ofDistance ? 40 : 12);
  const reach = Math.min(usual * SMOOTHINGS[smoothing], total / 8);
  const track = { x, ofDistance, hasDistance, total, count, first: along[0] };
  const [clock, metresAt] = [reader(along, time), hasDistance ? reader(along, metres) : null];
  track.time = x.map(clock);
  track.distance = hasDistance ? x.map(metresAt) : null;
  track.atTime = reader(time, along);
  track.atDistance = hasDistance ? reader(metres, along) : null;
  if (hasDistance) {
    const speeds = x.map((at) => speedAround(at, reach, clock, metresAt, x[0], x.at(-1)));
    if (rate === "speed") track.speed = speeds.some((speed) => speed > 0) ? speeds : null;
    else track.pace = speeds.map((speed) => (speed > STANDING_MS[rate] ? 1000 / speed : null));
  }
  for (const [name, { channel, isEmptyAtZero }] of Object.entries(AVERAGED)) {
    const values = channels[channel];
    if (!values?.some((value) => value !== null && (isEmptyAtZero ? value > 0 : value !== 0))) continue;
    const averaged = x.map(means(along, values, name === "climb" ? Math.min(usual, total / 8) / 2 : reach));
    if (averaged.filter((value) => value !== null).length >= LEAST_COVERED * count) track[name] = averaged;
  }
  if (channels.latDeg && channels.lngDeg) addRoute(track, channels, along, hasDistance ? metres : null);
  return track;
}

/** Speed in m/s around a position, pauses included. */
function speedAround(at, reach, clock, metresAt, first, last) {
  const [from, to] = [Math.max(first, at - reach), Math.min(last, at + reach)];
  const seconds = clock(to) - clock(from);
  return seconds > 0 ? (metresAt(to) - metresAt(from)) / seconds : 0;
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
function addRoute(track, { latDeg, lngDeg }, along, metres) {
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
    return { x: along[at], metres: metres?.[at] ?? null, east, south: (level(origin.lat) - level(latDeg[at])) * size };
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
