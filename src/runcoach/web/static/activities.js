// The list of activities: filters applied while typing, more rows loaded while scrolling, keyboard shortcuts. The server
// renders every row; rows scrolled far away are removed and put back, so that 5,000 rows cost no more than a few hundred.

import { onKeys } from "./frame.js";

const list = document.getElementById("list");
const filters = document.getElementById("filters");

/** Rows within this distance of the window, in pixels, stay in the document. */
const KEPT = 3000;
/** The next rows are loaded when the end of the list is this near. */
const AHEAD = 2000;

let inFlight = null; // the request for another list, which a newer one ends
let isLoading = false;

// Rows.

/** Replaces the rows of a body that is far away by one empty row of their height. */
const parking = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) entry.isIntersecting ? unpark(entry.target) : park(entry.target);
  },
  { rootMargin: `${KEPT}px 0px` },
);

const rowsOf = new WeakMap();

function park(body) {
  if (rowsOf.has(body) || body.contains(document.activeElement) || body.rows.length === 0) return;
  const height = body.getBoundingClientRect().height;
  const empty = document.createElement("tr");
  const cell = empty.insertCell();
  cell.colSpan = 8;
  cell.style.height = `${height}px`;
  cell.className = "parked";
  const rows = document.createDocumentFragment();
  rows.append(...body.rows);
  rowsOf.set(body, rows);
  body.append(empty);
}

function unpark(body) {
  const rows = rowsOf.get(body);
  if (!rows) return;
  rowsOf.delete(body);
  body.replaceChildren(rows);
}

const arriving = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting)) loadMore();
  },
  { rootMargin: `${AHEAD}px 0px` },
);

async function loadMore() {
  const bodies = list.querySelectorAll("tbody");
  const last = bodies[bodies.length - 1];
  const more = last?.dataset.more;
  if (!more || isLoading) return false;
  isLoading = true;
  try {
    const response = await fetch(`/activities/rows?${more}`);
    if (!response.ok) return false; // the link to the next page is still there
    const body = fragment(await response.text()).querySelector("tbody");
    if (!last.isConnected || !body) return false; // another list has come meanwhile
    last.after(body);
    parking.observe(body);
    delete last.dataset.more;
    point(body.dataset.more);
    return true;
  } catch {
    return false;
  } finally {
    isLoading = false;
  }
}

/** Loads more rows when the link below the list is clicked or comes into view. */
function point(more) {
  const below = document.getElementById("more");
  if (!below) return;
  arriving.unobserve(below);
  const link = below.querySelector("a[href*=cursor]");
  if (!more) {
    link?.remove();
    return;
  }
  link.href = `/activities?${more}`;
  arriving.observe(below);
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = `<table>${html}</table>`; // the server has written it, and escaped what it did not write
  return template.content;
}

function watch() {
  for (const body of list.querySelectorAll("tbody")) parking.observe(body);
  point(list.querySelector("tbody")?.dataset.more);
}

// Filters.

function wanted() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) {
    if (value && !(name === "sort" && value === "date")) asked.append(name, value);
  }
  return asked.size ? `/activities?${asked}` : "/activities";
}

async function show(address, { keep = true } = {}) {
  inFlight?.abort();
  const mine = (inFlight = new AbortController());
  list.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { signal: mine.signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("list");
    if (!response.ok || !fresh) {
      location.assign(address);
      return;
    }
    list.replaceChildren(...fresh.childNodes);
    document.getElementById("total").textContent = page.getElementById("total").textContent;
    document.getElementById("clear").hidden = page.getElementById("clear").hidden;
    if (keep) history.replaceState(null, "", address);
    watch();
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address);
  } finally {
    if (inFlight === mine) list.removeAttribute("aria-busy");
  }
}

let typing = 0;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => filters.checkValidity() && show(wanted()), 180);
});
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  show(wanted());
});
list.addEventListener("click", (event) => {
  const heading = event.target.closest("thead a");
  if (!heading || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const asked = new URL(heading.href).searchParams;
  const sort = filters.elements.sort;
  if (sort) sort.value = asked.get("sort") ?? "date";
  let reverse = filters.elements.reverse;
  if (!reverse) {
    reverse = Object.assign(document.createElement("input"), { type: "hidden", name: "reverse" });
    filters.append(reverse);
  }
  reverse.value = asked.get("reverse") ?? "";
  const index = [...heading.closest("tr").cells].indexOf(heading.closest("th"));
  show(heading.href).then(() => list.querySelectorAll("thead th")[index]?.querySelector("a")?.focus());
});

// Keyboard shortcuts.

function step(by) {
  const links = () => [...list.querySelectorAll("tbody .run-name")];
  const current = document.activeElement?.closest?.("tbody tr")?.querySelector(".run-name");
  const all = links();
  const at = current ? all.indexOf(current) + by : firstInView(all);
  const next = all[Math.max(0, Math.min(all.length - 1, at))];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
  if (at >= all.length) loadMore().then((came) => came && step(1));
}

function firstInView(links) {
  return Math.max(0, links.findIndex((link) => link.getBoundingClientRect().top > 64));
}

onKeys({ j: () => step(1), k: () => step(-1), "/": () => filters.elements.q.focus() });
filters.addEventListener("keydown", (event) => event.key === "Escape" && event.target.blur());

watch();
