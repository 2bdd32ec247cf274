
// Whatever comes from the simulator is written as text, never as markup: terminal names and mail
// addresses are typed by others.
const $ = (selector, root = document) => root.querySelector(selector);
const kept = (store, key, value) => {
  // Storage can be switched off in a browser; then nothing is kept.
  try { return value === undefined ? store.getItem(key) : store.setItem(key, value); } catch { return null; }
};
let language = kept(localStorage, "obn-ca.language") || document.documentElement.lang;
let token = kept(sessionStorage, "obn-ca.token");
// Who led here may be led back to: pages of this machine alone.
const conformance = URL.parse(new URLSearchParams(location.search).get("conformance") ?? "");
const isOurs = conformance?.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(conformance.hostname);
let worlds = [], world = decodeURIComponent(location.hash.slice(1)) || "default";
let catalogue = [], scenes = [], keys = [], state = {}, clock = null, online = null;
const t = (key) => WORDS[language][key] ?? key;
const base = () => (world === "default" ? "/api/v1" : `/api/v1/worlds/${encodeURIComponent(world)}`);

function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (key === "class") element.className = value;
    else if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : String(child))));
  return element;
}
// Paths and names break where a reader would, unless they are to stay whole.
const parts = (text) => text.split(/(?<=,)|(?<! )(?=\/)/).flatMap((part) => [part, el("wbr")]);
const code = (text, whole) => el("code", { class: whole ? "whole" : "" }, ...(whole ? [text] : parts(text ?? "")));
// An ID stays whole, and has a button that copies it.
const id = (text, what) => el("span", { class: "id" }, code(text, true), el("button", {
  type: "button", class: "copy", title: `${t(what)}${t("copies")}`, "aria-label": `${t(what)}${t("copies")}: ${text}`, on: { click: (event) => attempt(() => copy(text, event.currentTarget)) },
}));
async function copy(text, button) {
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else {
    // Without TLS, browsers offer the clipboard on this machine's own addresses alone.
    const area = el("textarea", { readonly: "" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
  done(t("copied"));
}
const badge = (text, kind = "") => el("span", { class: `badge ${kind}` }, text);
const button = (text, action, kind = "small", title) => el("button", { type: "button", class: kind, title, on: { click: () => attempt(action) } }, text);

// Calls

async function call(method, path, body) {
  for (;;) {
    const headers = { "accept-language": language };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const used = token;
    const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
      .catch(() => { throw new Error(t("unreachable")); });
    if (response.status === 401) { if (used === token) await askToken(); continue; }
    return response;
  }
}
async function api(method, path, body) {
  const response = await call(method, base() + path, body);
  const text = await response.text();
  const value = text && (response.headers.get("content-type") || "").includes("json") ? JSON.parse(text) : text;
  if (!response.ok) throw Object.assign(new Error(value.detail || `${response.status} ${response.statusText}`), { status: response.status });
  // Of a list, whether there is another page.
  if (Array.isArray(value)) value.more = response.headers.has("link");
  return value;
}
async function attempt(action) {
  try { await action(); } catch (error) { toast(error.message); }
}
let going;
function done(message) {
  $("#done").textContent = message;
  clearTimeout(going);
  going = setTimeout(() => { $("#done").textContent = ""; }, 4000);
}
let fading;
function toast(message) {
  $("#toast").textContent = message;
  $("#toast").hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { $("#toast").hidden = true; }, 8000);
}

// Opens a file or page of the API in a tab of its own, also where it takes a token to get it.
async function show(path, name) {
  if (!token) { window.open(path, "_blank", "noopener"); return; }
  const response = await call("GET", path);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  save(await response.blob(), name);
}
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, target: "_blank", rel: "noopener", download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// One question at a time; answers with what the fields hold, of one field with its value alone, or with null.
function ask({ title, text, field, fields, yes, danger, needed }) {
  fields ??= field ? [field] : [];
  const dialog = $("#ask");
  $("h2", dialog).textContent = title;
  $("p", dialog).textContent = text;
  $(".fields", dialog).replaceChildren(...fields.map(({ label, input }) => el("label", {}, label, input)));
  const confirm = $("[value=yes]", dialog);
  confirm.textContent = yes;
  confirm.className = danger ? "danger" : "primary";
  $("[value=no]", dialog).hidden = Boolean(needed);
  $("[value=no]", dialog).onclick = () => dialog.close("no");
  dialog.returnValue = "no";
  dialog.showModal();
  (fields.length ? fields[0].input : confirm).focus();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue !== "yes" ? null : field ? field.input.value : fields.map(({ input }) => input.value));
  });
}
let asking = null;
function askToken() {
  asking ??= (async () => {
    const text = token ? t("wrong_token") : t("token_text");
    const input = el("input", { type: "password", autocomplete: "current-password", required: "" });
    let given = null;
    while (!given) given = await ask({ title: t("token_title"), text, field: { label: t("token"), input }, yes: t("sign_in"), needed: true });
    token = given;
    kept(sessionStorage, "obn-ca.token", token);
    asking = null;
  })();
  return asking;
}

// Times: the service lives in Japan, whatever the browser thinks, and they look as on the notice.

const times = (timeZone) => new Intl.DateTimeFormat("ja-JP", { timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const inJapan = times("Asia/Tokyo"), universal = times("UTC");
const moment = (text) => (text ? inJapan.format(new Date(text)) : "");
const day = (text) => moment(text).slice(0, 10);
function showClock() {
  if (!clock) return;
  const now = clock.mode === "running" ? clock.at + (performance.now() - clock.read) : clock.at;
  const time = new Date(now);
  $("#now").textContent = `${inJapan.format(time)} JST`;
  $("#now").dateTime = time.toISOString();
  $("#utc").textContent = `${universal.format(time)} UTC`;
  $("#mode").textContent = t(clock.mode);
  $("#mode").className = `badge ${clock.mode === "running" ? "good" : "warn"}`;
  $("#freeze").textContent = t(clock.mode === "running" ? "freeze" : "run");
}
const setClock = (body, path = "/clock", method = "PUT") => attempt(async () => { keepClock(await api(method, path, body)); });
function keepClock(body) {
  clock = { at: Date.parse(body.now), mode: body.mode, read: performance.now() };
  showClock();
}

// Tables

// Lists come page by page, the newest first. Further than the longest page, a search finds it.
const PAGE = 50, LONGEST = 1000;
const LISTS = ["notices", "certificates", "renewals", "revocations", "applications", "mails"], SEARCHED = LISTS.slice(0, 3);
let shown = {};
function listed(name) {
  const query = new URLSearchParams({ limit: shown[name] ?? PAGE, order: "newest" });
  const text = $("#find").value.trim();
  if (text && SEARCHED.includes(name)) query.set("q", text);
  return `/${name}?${query}`;
}
function table(section, rows, columns) {
  $(".count", section).textContent = rows.length ? `${rows.length}${rows.more ? "+" : ""}` : "";
  $(".further", section)?.remove();
  if (rows.more && rows.length < LONGEST) section.append(el("div", { class: "buttons further" }, button(t("more"), async () => {
    shown[section.id] = Math.min(2 * rows.length, LONGEST);
    await load(section.id);
  })));
  if (!rows.length) { $("table", section).replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, t("none"))))); return; }
  const head = el("tr", {}, ...columns.map(([title]) => el("th", { scope: "col" }, title)));
  const body = rows.map((row) => el("tr", {}, ...columns.map(([title, cell, kind]) => {
    const content = cell(row);
    return el("td", { class: kind, "data-title": title }, ...(Array.isArray(content) ? content : [content]));
  })));
  $("table", section).replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
}
const latest = (rows) => [...rows].reverse();
const condition = (status) => badge(t(status), { valid: "good", revoked: "bad", expired: "warn", pending: "warn", approved: "good", rejected: "bad", received: "warn", under_review: "warn", refused: "bad", cancelled: "bad", posted: "blue", delivered: "good" }[status] || "blue");
const post = (path, body) => attempt(async () => { await api("POST", path, body); await refresh(); });

function drawNotices(rows) {
  table($("#notices"), rows, [
    [t("request_id"), (row) => id(row.request_id, "request_id")],
    [t("reference_id"), (row) => id(row.reference_id, "reference_id")],
    [t("institution_code"), (row) => code(row.institution_code, true)],
    [t("terminal_name"), (row) => row.terminal_name, "name"],
    [t("valid_until"), (row) => day(row.valid_until), "time"],
    [t("download_until"), (row) => day(row.download_until), "time"],
    [t("downloads"), (row) => row.downloads],
    ["", (row) => (row.renewal ? "" : [
      button(t("open"), () => openFilled(row), "small primary", t("open_title")),
      button(t("print"), () => show(`${base()}/notices/${row.request_id}/print`)),
    ]), "actions"],
  ]);
}
// The portal's page, with the IDs typed in already. Control knows the address for it.
async function openFilled(row) {
  const { url } = await api("POST", `/notices/${row.request_id}/open`);
  window.open(url, "_blank", "noopener");
}
function drawCertificates(rows) {
  table($("#certificates"), rows, [
    [t("serial"), (row) => id(row.serial, "serial")],
    [t("subject"), (row) => code(row.subject), "name"],
    [t("valid_from"), (row) => day(row.not_before), "time"],
    [t("valid_until"), (row) => day(row.not_after), "time"],
    [t("status"), (row) => [condition(row.status), ...(row.revocation ? [" ", badge(t("reasons")[row.revocation.reason] || row.revocation.reason)] : [])]],
    ["", (row) => [button("PFX", () => fetchPfx(row)), row.status === "valid" ? button(t("revoke"), () => revoke(row), "small danger") : ""], "actions"],
  ]);
}
async function fetchPfx(row) {
  const response = await call("POST", `${base()}/certificates/${row.serial}/pfx`, { password: $("#pin").value });
  if (!response.ok) throw new Error((await response.json()).detail);
  save(await response.blob(), `${row.request_id}.p12`);
  done(t("pfx_saved"));
}
async function revoke(row) {
  const input = el("select", {}, ...Object.entries(t("reasons")).map(([value, text]) => el("option", { value }, text)));
  const reason = await ask({ title: t("revoke_title"), text: `${row.subject} — ${t("revoke_text")}`, field: { label: t("reason"), input }, yes: t("revoke"), danger: true });
  if (reason !== null) await post(`/certificates/${row.serial}/revoke`, { reason });
}
function drawRenewals(rows) {
  const act = (row, what) => button(t(what), () => post(`/renewals/${row.request_id}/${what}`), what === "fail" ? "small danger" : "small");
  table($("#renewals"), rows, [
    [t("request_id"), (row) => id(row.request_id, "request_id")],
    [t("reference_id"), (row) => id(row.reference_id, "reference_id")],
    [t("institution_code"), (row) => code(row.institution_code, true)],
    [t("status"), (row) => [badge(row.status, row.status === "発行済み" ? "good" : "blue"), row.held ? [" ", badge(t("held"), "warn")] : ""].flat()],
    [t("accepted_at"), (row) => moment(row.accepted_at), "time"],
    [t("issued_at"), (row) => moment(row.issued_at), "time"],
    ["", (row) => (row.serial ? "" : ["hold", "advance", "fail"].map((what) => act(row, what))), "actions"],
  ]);
}
function drawRevocations(rows) {
  const act = (row, what) => button(t(what), () => post(`/revocations/${row.request_id}/${what}`), what === "reject" ? "small danger" : "small primary");
  table($("#revocations"), rows, [
    [t("request_id"), (row) => id(row.request_id, "request_id")],
    [t("serial"), (row) => code(row.serial)],
    [t("email"), (row) => row.email, "name"],
    [t("accepted_at"), (row) => moment(row.accepted_at), "time"],
    [t("status"), (row) => condition(row.status)],
    ["", (row) => (row.decided_at || row.status !== "pending" ? moment(row.decided_at) : ["approve", "reject"].map((what) => act(row, what))), "actions"],
  ]);
}
function drawApplications(rows) {
  const decide = (row, what, body) => post(`/applications/${row.number}/${what}`, body);
  const actions = (row) => [
    button(t("approve"), () => decide(row, "approve"), "small primary"),
    button(t("refuse"), () => refuse(row), "small danger"),
    button(t("withdraw"), async () => {
      const yes = await ask({ title: t("withdraw_title"), text: `${row.number} ${row.name} — ${t("withdraw_text")}`, yes: t("withdraw"), danger: true });
      if (yes !== null) await decide(row, "cancel");
    }),
  ];
  const open = (row) => row.status === "received" || row.status === "under_review";
  table($("#applications"), rows, [
    [t("application_number"), (row) => code(row.number, true)],
    [t("holder"), (row) => code(row.institution_code, true)],
    [t("holder_name"), (row) => `${row.name} ${row.department}`, "name"],
    [t("terminal_name"), (row) => `${row.terminal_name} × ${row.certificates}`, "name"],
    [t("status"), (row) => [condition(row.status), " ", row.reason || day(row.arrives_at)], "name"],
    ["", (row) => (open(row) ? actions(row) : row.request_ids.flatMap((request_id) => [id(request_id, "request_id"), " "])), "actions"],
  ]);
}
async function refuse(row) {
  const input = el("input", { maxlength: "64" });
  const reason = await ask({ title: t("refuse_title"), text: `${row.number} ${row.name}`, field: { label: `${t("reason")} ${t("optional")}`, input }, yes: t("refuse"), danger: true });
  if (reason !== null) await post(`/applications/${row.number}/refuse`, reason.trim() ? { reason } : {});
}
function drawMails(rows) {
  table($("#mails"), rows, [
    [t("date"), (row) => moment(row.date), "time"],
    [t("to"), (row) => row.to, "name"],
    [t("mail"), (row) => el("details", {}, el("summary", {}, row.subject), el("p", { class: "hint" }, row.text)), "name"],
  ]);
}
const faultNamed = (name) => catalogue.find((named) => named.name === name)?.[language];
function drawFaults(rows) {
  $("#faults .count").textContent = rows.length || "";
  const sentence = (row) => faultNamed(row.name) ?? `${row.name} ${JSON.stringify(row.effect)}`;
  const matched = (row) => Object.entries(row.match).map(([key, value]) => `${key}=${value}`).join(" ");
  $("#active").replaceChildren(...latest(rows).map((row) => el("li", {},
    el("span", { title: row.name }, badge(row.fired ? `${t("fired")} ${row.fired}${row.times ? `/${row.times} ${t("times")}` : ""}` : t("never"), row.fired ? "bad" : "warn"), " ", row.times ? "" : badge(t("always")), " ", sentence(row)),
    button(t("switch_off"), async () => { await api("DELETE", `/faults/${row.id}`); await refresh(); }),
    el("span", { class: "more" }, code(matched(row))))));
}
function drawSessions(rows) {
  $("#sessions .count").textContent = rows.length || "";
  $("#sessions .cards").replaceChildren(...latest(rows).slice(0, 8).map((row) => el("li", {}, code(row.session), el("span", { class: "hint" }, `${t("expires")} ${moment(row.expires).slice(11)}`))));
}
const SECTIONS = { notices: drawNotices, certificates: drawCertificates, renewals: drawRenewals, revocations: drawRevocations, applications: drawApplications, mails: drawMails, faults: drawFaults, sessions: drawSessions };

// What this simulator doesn't have stays hidden.
async function load(name) {
  try {
    state[name] = await api("GET", LISTS.includes(name) ? listed(name) : `/${name}`);
    $(`#${name}`).hidden = false;
    SECTIONS[name](state[name]);
  } catch (error) {
    if (error.status !== 404) throw error;
    $(`#${name}`).hidden = true;
  }
}
let refreshing = null, again = false;
async function refresh() {
  if (refreshing) { again = true; return refreshing; }
  refreshing = (async () => {
    do {
      again = false;
      keepClock(await api("GET", "/clock"));
      await Promise.all(Object.keys(SECTIONS).map(load));
    } while (again);
  })().finally(() => { refreshing = null; });
  return refreshing;
}
let soon;
const refreshSoon = () => { clearTimeout(soon); soon = setTimeout(() => attempt(refresh), 250); };

// Journal

const KEPT = 500;
let entries = [], held = [], paused = false, stop = null;
function line(entry, fresh) {
  const { exchange } = entry;
  const kinds = { exchange: "blue", handshake: "bad", authority: "good", control: "" };
  const refused = /^(refused|session|fault|failed|tls)/.test(entry.outcome);
  const status = exchange && badge(exchange.status || "—", exchange.status >= 400 || !exchange.status ? "bad" : "");
  return el("tr", { class: `${entry.fault && entry.kind !== "control" ? "struck" : ""} ${fresh ? "fresh" : ""}` },
    el("td", { class: "time", title: entry.real_time }, moment(entry.time)),
    el("td", {}, badge(t(entry.kind), kinds[entry.kind])),
    el("td", { title: entry.outcome }, refused ? badge(outcome(entry.outcome), "warn") : language === "en" ? code(entry.outcome, true) : outcome(entry.outcome)),
    el("td", { class: "name" }, exchange ? code(`${exchange.method} ${exchange.path}`) : "", exchange ? " " : "", status),
    el("td", { class: "name" }, ...[
      entry.request_id && code(entry.request_id, true),
      entry.fault && entry.kind !== "control" && badge(`${t("touched")}: ${entry.fault.split(",").map((name) => faultNamed(name.trim()) ?? name).join(" ")}`, "bad"),
      entry.detail && detail(entry.detail), entry.serial && code(entry.serial),
    ].filter(Boolean).flatMap((part) => [part, " "])));
}
// The API's words stay in tooltips, and can be searched for.
const outcome = (word) => (language === "en" ? word : OUTCOMES[word] ?? word);
function detail(text) {
  if (language === "en") return text;
  const fault = /^fault (\d+) (\S+), fired (\d+)$/.exec(text);
  if (fault) return `${faultNamed(fault[2]) ?? fault[2]} ${t("fired")} ${fault[3]} ${t("times")}`;
  const crl = /^CRL number (\d+), (\d+) revoked$/.exec(text);
  if (crl) return `CRL 番号 ${crl[1]}、失効 ${crl[2]} 件`;
  return text.replace(/^application /, `${t("application_number")} `);
}
function wanted(entry) {
  const kind = $("#kind").value, text = $("#search").value.trim().toLowerCase();
  return (!kind || entry.kind === kind) && (!text || `${JSON.stringify(entry)} ${outcome(entry.outcome)}`.toLowerCase().includes(text));
}
function drawJournal() {
  const titles = ["time", "kind", "outcome", "request", "details"];
  $("#journal thead").replaceChildren(el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, t(title)))));
  $("#journal tbody").replaceChildren(...latest(entries.filter(wanted)).map((entry) => line(entry)));
  count();
}
function count() {
  $("#journal .count").textContent = entries.length ? `${entries.at(-1).sequence}${held.length ? ` (+${held.length} ${t("waiting")})` : ""}` : "";
  $("#pause").textContent = t(paused ? "resume" : "pause");
}
function take(entry) {
  refreshSoon();
  if (entry.outcome === "profile.set") attempt(readKeys);
  if (paused) { held.push(entry); count(); return; }
  entries.push(entry);
  if (entries.length > KEPT) entries.shift();
  if (wanted(entry)) $("#journal tbody").prepend(line(entry, true));
  while ($("#journal tbody").rows.length > KEPT) $("#journal tbody").lastElementChild.remove();
  count();
}
function connected(yes) {
  online = yes;
  $("#line").hidden = false;
  $("#line").textContent = t(yes ? "live" : "lost");
  $("#line").className = `badge ${yes ? "" : "bad"}`;
}
// Server-sent events by fetch, since EventSource carries no token.
async function follow() {
  stop?.abort();
  const mine = (stop = new AbortController());
  while (!mine.signal.aborted) {
    try {
      const after = (held.at(-1) || entries.at(-1))?.sequence || 0;
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      const response = await fetch(`${base()}/journal/stream?after=${after}`, { headers, signal: mine.signal });
      if (response.status === 401) { await askToken(); continue; }
      if (!response.ok) throw new Error(response.statusText);
      connected(true);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const event of events) {
          const data = event.split("\n").filter((text) => text.startsWith("data:")).map((text) => text.slice(5)).join("\n");
          if (data && !mine.signal.aborted) take(JSON.parse(data));
        }
      }
    } catch { /* Broken off: the next turn tries again. */ }
    if (mine.signal.aborted) return;
    connected(false);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
// Contents hold passwords and keys, so that they are kept by choice alone.
async function showContents() {
  const { exchanges } = await api("GET", "/journal/contents");
  $("#contents").checked = exchanges > 0;
  $("#har").hidden = !exchanges;
}
// A world that was reset counts from 1 again: begin anew.
async function sameWorld() {
  const last = held.at(-1) || entries.at(-1);
  if (!last) return;
  const [entry] = await api("GET", `/journal?after=${last.sequence - 1}`);
  if (!entry || entry.real_time !== last.real_time) begin();
}
function begin() {
  entries = [];
  held = [];
  drawJournal();
  refreshSoon();
  attempt(showContents);
  follow();
}

// Words and fixed parts

function drawWords() {
  document.documentElement.lang = language;
  document.title = `obn-ca — ${t("subtitle")}`;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-language]")) element.setAttribute("aria-pressed", element.dataset.language === language);
  const category = $("#issue [name=category]"), chosen = category.value;
  category.replaceChildren(el("option", { value: "" }, t("automatic")), ...Object.entries(t("categories")).map(([value, text]) => el("option", { value }, text)));
  category.value = chosen;
  const kind = $("#kind"), shown = kind.value;
  kind.replaceChildren(el("option", { value: "" }, t("all")), ...["exchange", "handshake", "authority", "control"].map((value) => el("option", { value }, t(value))));
  kind.value = shown;
  const steps = [["15m", 15, "minute"], ["1h", 1, "hour"], ["1d", 1, "day"], ["30d", 30, "day"], ["90d", 90, "day"], ["365d", 1, "year"]];
  $("#steps").replaceChildren(...steps.map(([by, number, unit]) => button(`+${number} ${t(unit)}`, () => setClock({ by }, "/clock/advance", "POST"))));
  const files = [["root", "/root.pem"], ["issuer", "/issuer.pem"], ["profile", "/profile/keys"]];
  $("#downloads").replaceChildren(...files.map(([title, path]) => button(t(title), () => show(base() + path))), button(t("api"), () => show("/api/v1/openapi.json")));
  for (const area of document.querySelectorAll("[role=region]")) {
    const section = area.closest("section");
    area.setAttribute("aria-label", t(section ? section.id : "switch_keys"));
  }
  drawCatalogue();
  drawScenes();
  drawKeys();
  drawWorlds();
  for (const [name, draw] of Object.entries(SECTIONS)) if (state[name]) draw(state[name]);
  if (online !== null) connected(online);
  $("#freeze").textContent = t("freeze");
  drawJournal();
  showClock();
}
function drawCatalogue() {
  const select = $("#fault [name=name]"), chosen = select.value;
  select.replaceChildren(...catalogue.map((named) => el("option", { value: named.name }, language === "en" ? named.name : named.ja)));
  if (chosen) select.value = chosen;
  const named = catalogue.find((named) => named.name === select.value);
  $("#sentence").textContent = named ? named[language] : "";
  const { name, match, effect, times, at } = named || {};
  if (named && !$("#own").contains(document.activeElement)) $("#own textarea").value = JSON.stringify({ name, match, effect, at, times }, null, 2);
}
function drawScenes() {
  const select = $("#scene [name=name]"), chosen = select.value;
  select.replaceChildren(...sceneOptions());
  if (chosen) select.value = chosen;
  const scene = scenes.find(({ name }) => name === select.value);
  $("#told").replaceChildren(...(scene ? [scene[language], " ", code(scene.name)] : []));
}
const sceneOptions = () => scenes.map((scene) => el("option", { value: scene.name }, language === "en" ? scene.name : scene.ja));

// Profile: the keys that may well be otherwise at the real site

async function readKeys() {
  keys = await api("GET", "/profile/keys");
  drawKeys();
}
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
function reading(value) {
  if (value === true || value === false) return t(value ? "yes" : "no");
  if (value === "" || same(value, [])) return t("empty");
  return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}
const decides = (key) => (language === "en" ? key.comment : key.ja ?? key.comment);
async function switchKey(key, value) {
  const [section, name] = key.key.split(".");
  await api("PATCH", "/profile", { [section]: { [name]: value } });
  done(t("switched"));
  await readKeys();
}
function drawKeys() {
  const changed = keys.filter((key) => !same(key.value, key.default));
  $("#profile .count").textContent = changed.length || "";
  $("#profile .cards").replaceChildren(...changed.map((key) => el("li", {},
    el("span", { title: key.key }, decides(key)), button(t("back"), () => switchKey(key, key.default)), el("span", { class: "more" }, code(reading(key.value))))));
  const text = $("#switch input").value.trim().toLowerCase();
  const found = keys.filter((key) => key.rivals.length && (!text || `${key.key} ${key.comment} ${key.ja}`.toLowerCase().includes(text)));
  const list = $("#switch .cards"), focused = document.activeElement?.id;
  list.replaceChildren(...found.map((key) => {
    const values = [key.default, ...key.rivals];
    if (!values.some((value) => same(value, key.value))) values.push(key.value);
    const select = el("select", { id: `key-${key.key}`, on: { change: (event) => attempt(() => switchKey(key, values[event.target.value])) } },
      ...values.map((value, at) => el("option", { value: at }, `${reading(value)}${at ? "" : t("usual")}`)));
    select.value = values.findIndex((value) => same(value, key.value));
    return el("li", { class: same(key.value, key.default) ? "" : "changed" }, el("label", { for: select.id }, decides(key), " ", code(key.key)), select);
  }));
  if (focused?.startsWith("key-")) document.getElementById(focused)?.focus();
}

function drawWorlds() {
  $("#world").replaceChildren(...worlds.map(({ name }) => el("option", { value: name }, name)));
  $("#world").value = world;
  const here = worlds.find(({ name }) => name === world);
  const [link, back] = [$("#portal"), $("#conformance")];
  if (isOurs) { back.href = conformance.origin; back.textContent = t("conformance"); back.hidden = false; }
  link.hidden = !here;
  $("#delete").hidden = world === "default";
  if (here) { link.href = `${here.portal}/p/rcd`; link.textContent = `${t("portal")} ${here.portal}`; }
}
async function listWorlds() {
  worlds = await (await call("GET", "/api/v1/worlds")).json();
  if (!worlds.some(({ name }) => name === world)) world = "default";
  drawWorlds();
}

// Events

const onSubmit = (selector, action) => $(selector).addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => action(Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== "")), event.target));
});
onSubmit("#issue", async (fields) => { await api("POST", "/notices", fields); await refresh(); });
onSubmit("#scene", async ({ name }) => {
  const scene = scenes.find((scene) => scene.name === name);
  if (await ask({ title: t("scene_title"), text: `${scene[language]} ${t("scene_text")}`, yes: t("load_scene"), danger: true }) === null) return;
  await api("POST", "/reset", { scene: name });
  done(t("loaded"));
  await readKeys();
  begin();
});
onSubmit("#advance", ({ by }) => setClock({ by }, "/clock/advance", "POST"));
onSubmit("#set", ({ now }) => setClock({ now: new Date(`${now}+09:00`).toISOString() }));
onSubmit("#fault", async (fields) => { await api("POST", "/faults", fields); await refresh(); });
onSubmit("#own", async ({ rule }) => {
  let body;
  try { body = JSON.parse(rule); } catch { throw new Error(t("no_json")); }
  await api("POST", "/faults", body);
  await refresh();
});
$("#fault [name=name]").addEventListener("change", drawCatalogue);
$("#freeze").addEventListener("click", () => setClock({ mode: clock?.mode === "running" ? "frozen" : "running" }));
$("#real").addEventListener("click", () => setClock({ now: new Date().toISOString(), mode: "running" }));
$("#end").addEventListener("click", () => attempt(async () => { await api("DELETE", "/sessions"); await refresh(); }));
$("#reset").addEventListener("click", () => attempt(async () => {
  if (await ask({ title: t("reset_title"), text: t("reset_text"), yes: t("reset"), danger: true }) === null) return;
  await api("POST", "/reset");
  begin();
}));
$("#find").addEventListener("input", refreshSoon);
$("#scene [name=name]").addEventListener("change", drawScenes);
$("#keys").addEventListener("click", () => { $("#switch").showModal(); $("#switch input").focus(); });
$("#switch input").addEventListener("input", drawKeys);
$("#new").addEventListener("click", () => attempt(async () => {
  const name = el("input", { required: "", maxlength: "40", pattern: "[a-z0-9]([a-z0-9\\-]*[a-z0-9])?", title: t("world_name") });
  const scene = el("select", {}, el("option", { value: "" }, t("no_scene")), ...sceneOptions());
  const answer = await ask({ title: t("new_world"), text: t("new_text"), fields: [{ label: t("world_name"), input: name }, { label: t("scene"), input: scene }], yes: t("create") });
  if (answer === null) return;
  const response = await call("POST", "/api/v1/worlds", { name: answer[0], ...(answer[1] ? { scene: answer[1] } : {}) });
  if (!response.ok) throw new Error((await response.json()).detail);
  location.hash = encodeURIComponent(answer[0]);
  done(t("created"));
}));
$("#save").addEventListener("click", () => attempt(async () => {
  const response = await call("GET", `${base()}/world`);
  if (!response.ok) throw new Error((await response.json()).detail);
  save(await response.blob(), `${world}.world.json`);
}));
$("#load").addEventListener("change", (event) => attempt(async () => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  let content;
  try { content = JSON.parse(await file.text()); } catch { throw new Error(t("no_json")); }
  if (await ask({ title: t("load_title"), text: `${file.name} — ${t("load_text")}`, yes: t("load_world"), danger: true }) === null) return;
  await api("PUT", "/world", content);
  done(t("loaded"));
  await readKeys();
  begin();
}));
$("#delete").addEventListener("click", () => attempt(async () => {
  if (await ask({ title: t("delete_title"), text: world, yes: t("delete_world"), danger: true }) === null) return;
  const response = await call("DELETE", `/api/v1/worlds/${encodeURIComponent(world)}`);
  if (!response.ok) throw new Error((await response.json()).detail);
  location.hash = "";
}));
$("#kind").addEventListener("change", drawJournal);
$("#search").addEventListener("input", drawJournal);
$("#contents").addEventListener("change", () => attempt(async () => {
  await api("PUT", "/journal/contents", { exchanges: $("#contents").checked ? 500 : 0 });
  await showContents();
}));
$("#har").addEventListener("click", () => attempt(() => show(`${base()}/journal.har`, "journal.har")));
$("#pause").addEventListener("click", () => {
  paused = !paused;
  if (!paused) for (const entry of held.splice(0)) take(entry);
  count();
});
$("#world").addEventListener("change", (event) => { location.hash = encodeURIComponent(event.target.value); });
window.addEventListener("hashchange", () => {
  world = decodeURIComponent(location.hash.slice(1)) || "default";
  state = {};
  shown = {};
  attempt(async () => { await listWorlds(); await readKeys(); });
  begin();
});
for (const element of document.querySelectorAll("[data-language]")) {
  element.addEventListener("click", () => { language = element.dataset.language; kept(localStorage, "obn-ca.language", language); drawWords(); });
}

drawWords();
attempt(async () => {
  await listWorlds();
  catalogue = await api("GET", "/faults/catalogue");
  drawCatalogue();
  scenes = await (await call("GET", "/api/v1/scenes")).json();
  drawScenes();
  await readKeys();
  await refresh();
  follow();
});
setInterval(showClock, 250);
setInterval(async () => {
  if (asking) return;
  // Whether the simulator is there stands in the header; no need to say it again.
  try { await listWorlds(); await sameWorld(); await refresh(); } catch { connected(false); }
}, 10000);
