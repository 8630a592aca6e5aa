// Files dropped on the connection page: uploaded one by one, then imported by the server, whose progress is polled.

import { ask, send, sentence, token } from "./frame.js";
import { refresh } from "./connection.js";

const progress = document.getElementById("import-progress");
const progressText = document.getElementById("import-text");
const bar = document.getElementById("import-bar");
const result = document.getElementById("import-result");
const over = document.getElementById("drop-over");
const chooser = document.getElementById("files");

let isBusy = false;

// Dropped files.

/** All dropped files, also those in dropped folders, each with its relative path. */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, name: file.name }));
  const found = [];
  for (const entry of entries) await collect(entry, found);
  return found;
}

async function collect(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    found.push({ file, name: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return;
    for (const one of some) await collect(one, found);
  }
}

function carriesFiles(event) {
  return event.dataTransfer && [...event.dataTransfer.types].includes("Files");
}

let depth = 0; // every element below the pointer enters and leaves
addEventListener("dragenter", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth += 1;
  over.hidden = false;
});
addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
addEventListener("dragleave", (event) => {
  if (!carriesFiles(event)) return;
  depth -= 1;
  if (depth <= 0) over.hidden = true;
});
addEventListener("drop", async (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  over.hidden = true;
  await take(await filesOf(event.dataTransfer));
});
chooser.addEventListener("change", async () => {
  const files = [...chooser.files].map((file) => ({ file, name: file.name }));
  chooser.value = "";
  await take(files);
});

// Upload.

async function take(files) {
  if (isBusy || files.length === 0) return;
  isBusy = true;
  result.hidden = true;
  progress.hidden = false;
  document.getElementById("import").scrollIntoView({ block: "nearest" });
  try {
    const { data } = await send("/connection/import");
    await sendAll(data.key, files);
    await send("/connection/import/start", { key: data.key });
    await follow();
  } catch (error) {
    fail(sentence(error));
  } finally {
    isBusy = false;
  }
}

async function sendAll(key, files) {
  const total = files.reduce((sum, { file }) => sum + file.size, 0) || 1;
  let before = 0;
  for (const [number, { file, name }] of files.entries()) {
    show(`Receiving ${number + 1} of ${files.length}: ${name}`, before / total);
    await sendOne(key, file, name, (sent) => show(progressText.textContent, (before + sent) / total));
    before += file.size;
  }
}

function sendOne(key, file, name, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
    request.open("POST", "/connection/import/file");
    request.setRequestHeader("X-Runcoach-Token", token);
    request.setRequestHeader("X-Import-Key", key);
    request.setRequestHeader("X-File-Name", encodeURIComponent(name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status === 200) return done();
      const problem = request.response ?? {};
      failed(Object.assign(new Error(problem.detail ?? `the server answered ${request.status}`), { hint: problem.hint }));
    });
    request.addEventListener("error", () => failed(new Error(`${name} could not be uploaded`)));
    request.send(file);
  });
}

// Import.

const LOOK_MS = 400;

async function follow() {
  for (;;) {
    const { data } = await ask("/connection/import");
    if (data.state === "done") return finish(data);
    if (data.state === "failed") return fail(sentence({ message: data.problem, hint: data.hint }));
    if (data.state !== "running") return undefined;
    show(data.total ? `Reading ${data.done + 1} of ${data.total}: ${data.label}` : "Reading …", data.total ? data.done / data.total : null);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

function show(text, share) {
  progressText.textContent = text;
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
}

const WORDS = {
  imported: "new",
  revived: "restored",
  merged: "merged with an existing activity",
  unchanged: "already imported",
  skipped: "not an activity",
  failed: "failed",
};

async function finish(report) {
  progress.hidden = true;
  result.replaceChildren();
  const head = element("p", "", "");
  head.append(element("strong", "", headline(report)));
  result.append(head);
  const counts = Object.entries(report.counts).map(([status, number]) => `${number} ${WORDS[status] ?? status}`);
  result.append(element("p", "muted", counts.join(", ")));
  const list = element("ul", "list outcomes", "");
  list.tabIndex = 0; // it scrolls
  list.setAttribute("aria-label", "Files");
  for (const file of report.files) list.append(outcome(file));
  const folded = element("details", "", "");
  folded.open = report.files.length <= 20 || Boolean(report.counts.failed);
  folded.append(element("summary", "", "Details"), list);
  result.append(folded);
  if (report.batchId !== null) result.append(undo(report.batchId));
  result.hidden = false;
  await refresh();
}

function headline(report) {
  if (report.activities === 1) return "1 new activity.";
  if (report.activities > 1) return `${report.activities} new activities.`;
  return report.counts.failed ? "Nothing new, and some files could not be read." : "Nothing new: everything was already imported.";
}

function outcome(file) {
  const item = element("li", "event", "");
  const about = element("div", "", "");
  about.append(element("span", "break", file.path));
  const why = [file.reason, file.hint, ...file.notes].filter(Boolean).join("; ");
  if (why) about.append(element("p", "small muted", why));
  item.append(about);
  const badge = element("span", `badge ${file.status === "failed" ? "warning" : file.created ? "pace" : ""}`, WORDS[file.status] ?? file.status);
  if (file.activityIds.length === 1) {
    const link = element("a", "", "");
    link.href = `/activities/${file.activityIds[0]}`;
    link.append(badge);
    item.append(link);
  } else {
    item.append(badge);
  }
  return item;
}

/** A button handled by connection.js, which asks for confirmation. */
function undo(batch) {
  const button = element("button", "button small", "Undo this import");
  button.type = "button";
  button.dataset.change = "/connection/import/undo";
  button.dataset.body = JSON.stringify({ batch });
  button.dataset.message = `Import ${batch} was undone.`;
  button.dataset.sure = `Undo import ${batch}? Activities that only came from it are removed; importing the same files again restores them.`;
  button.dataset.sureYes = "Undo import";
  return button;
}

function fail(text) {
  progress.hidden = true;
  const problem = element("p", "problem", text);
  problem.setAttribute("role", "alert");
  result.replaceChildren(problem);
  result.hidden = false;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// An import may already be running when the page is opened.
ask("/connection/import").then(({ data }) => {
  if (data.state !== "running" || isBusy) return;
  isBusy = true;
  progress.hidden = false;
  follow().catch((error) => fail(sentence(error))).finally(() => {
    isBusy = false;
  });
}).catch(() => {});
