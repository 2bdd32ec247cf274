"use strict";
// What a page can't do without a script: copying, handing over files, and progress as it comes. Texts are the server's;
// they are written as text, and what replaces a part of a page is a page of the same server.
const find = (id) => document.getElementById(id);
const write = (id, text) => {
  const there = find(id);
  if (there && there.textContent !== text) there.textContent = text;
};

// A file that is read into a field of the form.
document.querySelectorAll("input[data-into]").forEach((input) =>
  input.addEventListener("change", async () => {
    const field = input.form.elements[input.dataset.into];
    if (input.files[0] && input.files[0].size < 65536) field.value = await input.files[0].text();
  }),
);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.dataset.usual ??= button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = button.dataset.usual), 1500);
});

// Handing over a file, chosen or dropped.
async function hand(drop, file) {
  const problem = drop.querySelector(".problem");
  problem.textContent = "";
  const query = new URLSearchParams({ number: drop.dataset.number, name: file.name });
  try {
    if (file.size > 16 * 1024 * 1024) throw new Error("too long");
    const answer = await fetch(`/live/file?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: file,
    });
    if (!answer.ok) throw new Error(answer.status);
  } catch {
    problem.textContent = drop.dataset.failed;
  }
}
document.addEventListener("change", (event) => {
  const drop = event.target.closest(".drop");
  if (drop && event.target.files[0]) hand(drop, event.target.files[0]);
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.(".drop");
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files[0]) hand(drop, event.dataTransfer.files[0]);
  });
}

// What is to be done now, or only what the site sees, as the server has it now. One at a time; whatever comes meanwhile
// is seen by the next one.
const wanted = new Set();
let drawing = false;
async function draw(id) {
  wanted.add(id);
  if (drawing) return;
  drawing = true;
  while (wanted.size > 0) {
    const ids = wanted.has("guided") ? ["guided"] : [...wanted];
    wanted.clear();
    const answer = await fetch("/live/guided").catch(() => null);
    if (!answer?.ok) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const one of ids) {
      const [old, fresh] = [find(one), page.getElementById(one)];
      if (!old || !fresh) continue;
      const typed = old.querySelector("textarea");
      const held = old.dataset.number === fresh.dataset.number;
      const focus = old.contains(document.activeElement) || document.activeElement === document.body;
      old.replaceWith(document.adoptNode(fresh));
      const field = fresh.querySelector("textarea");
      if (held && typed && field) field.value = typed.value;
      if (one === "guided" && focus) (held ? field : find("task"))?.focus();
    }
  }
  drawing = false;
}

// The transcript of a play, once somebody opens it.
const text = (kind, content, name) => {
  const made = document.createElement(kind);
  made.textContent = content;
  if (name) made.className = name;
  return made;
};
const fetching = new Set();
async function record(details) {
  // Whatever comes while it is fetched is there when it is fetched again.
  if (fetching.has(details)) return void (details.dataset.more = "true");
  fetching.add(details);
  do {
    details.dataset.more = "";
    await show(details);
  } while (details.dataset.more);
  fetching.delete(details);
}
async function show(details) {
  const place = details.querySelector(".record");
  const answer = await fetch(`/live/plays/${details.dataset.play}`).catch(() => null);
  const play = answer?.ok ? await answer.json() : null;
  if (!play) {
    place.replaceChildren(text("p", place.dataset.empty, "empty"));
    return;
  }
  const parts = play.lines.map((line) => text("p", line.text, line.hint ? "hint" : ""));
  if (play.transcript) parts.push(text("pre", play.transcript));
  place.replaceChildren(...parts);
}
document.querySelectorAll("details[data-play]").forEach((details) =>
  details.addEventListener("toggle", () => details.open && record(details)),
);

// How far the run is.
if (find("progress")?.dataset.live === "true") {
  const source = new EventSource("/live/events");
  const on = (name, use) => source.addEventListener(name, (event) => use(JSON.parse(event.data)));
  let told = 0;
  on("progress", (far) => {
    [find("bar").max, find("bar").value] = [far.of, far.done];
    write("count", `${far.done} / ${far.of}`);
    write("failed", far.failed);
    write("left", far.left);
    find("failed").classList.toggle("bad", far.is_bad);
    // Whoever listens isn't told each play.
    const tenth = Math.floor((10 * far.done) / far.of);
    if (tenth > told) write("told", far.told);
    told = tenth;
  });
  on("play", (play) => {
    const row = find(`play-${play.index}`);
    row.className = play.class;
    const badge = row.querySelector(".badge");
    badge.className = `badge ${play.class}`;
    badge.textContent = play.word;
    const details = row.querySelector("details");
    if (details.open) record(details);
  });
  on("line", (line) => {
    const details = find(`play-${line.index}`)?.querySelector("details");
    if (details?.open) record(details);
  });
  on("reading", (reading) => {
    const row = text("li", "", reading.class);
    row.append(text("span", reading.word, `badge ${reading.class}`), ` ${reading.name}`);
    find("readings").append(row);
  });
  on("step", (step) => {
    const there = find("guided");
    if (!there || there.dataset.number !== `${step.number}` || there.dataset.file !== `${step.file}`) draw("guided");
    else draw("seen");
  });
  on("over", (over) => {
    source.close();
    write("state", over.state);
    write("told", over.state);
    write("left", "");
    find("stop").hidden = true;
    find("guided")?.remove();
    if (over.url) {
      const link = find("results");
      [link.href, link.hidden] = [over.url, false];
      link.focus();
    }
    find("troubles").replaceChildren(...over.troubles.map((trouble) => text("li", trouble)));
  });
}

// The report stands in the page as if it were a part of it.
const report = find("report");
if (report) {
  const fit = () => {
    // The body's, since the height of the document is that of the frame at least.
    const inner = report.contentDocument?.body;
    if (inner) report.style.height = `${Math.ceil(inner.getBoundingClientRect().height) + 2}px`;
  };
  report.addEventListener("load", () => {
    fit();
    const body = report.contentDocument?.body;
    if (body) new ResizeObserver(fit).observe(body);
  });
}
