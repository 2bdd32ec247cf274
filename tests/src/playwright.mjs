// Opens pages and presses buttons in Chromium by Playwright, as lines of JSON ask for it, and keeps what two recorders
// write: Playwright's own HAR, and one of what Chromium's developer tools see, in the form in which they export it.
//
//   node playwright.mjs PACKAGE CHROMIUM FOLDER
//   {"open": {"tab": 1, "url": "…"}}                           → {"status": 200, "url": "…", "headers": [[…]], "body": "…"}
//   {"press": {"tab": 1, "url": "…", "button": "…", "fields": [["name", "value"]]}}   → the same, or {"failure": "…"}
//   {"tab": {"tab": 2, "certificate": "PEM", "key": "PEM", "origins": ["…"]}}, {"forget": {"tab": 1}},
//   {"certificate": {"tab": 1, "origin": "…"}}, {"end": {}}
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';

const [, , home, executablePath, folder] = process.argv;
const { chromium } = createRequire(import.meta.url)(home);
const downloads = join(folder, 'files');
mkdirSync(downloads);

/** Where a file is saved: a second one of the same name gets a number, as browsers do it. */
function free(name) {
  const { name: stem, ext } = parse(name);
  for (let number = 0; ; number += 1) {
    const path = join(downloads, number ? `${stem} (${number})${ext}` : name);
    if (!existsSync(path)) return path;
  }
}

/** A header's values, each by itself: the tools join those of one name by line ends. */
const pairs = (headers) =>
  Object.entries(headers ?? {}).flatMap(([name, value]) => value.split('\n').map((value) => ({ name, value })));

/** What developer tools see of a tab. */
class DeveloperTools {
  seen = [];
  open = new Map();
  extra = new Map();

  async watch(context, page) {
    this.session = await context.newCDPSession(page);
    const on = (name, act) => this.session.on(`Network.${name}`, act);
    on('requestWillBeSent', (event) => {
      const before = this.open.get(event.requestId);
      if (before && event.redirectResponse) this.answered(before, event.redirectResponse, event.timestamp);
      const entry = { ...event, number: before ? before.number + 1 : 0 };
      this.seen.push(entry);
      this.open.set(event.requestId, entry);
    });
    on('requestWillBeSentExtraInfo', ({ requestId, headers }) => this.more(requestId, 'sent', headers));
    on('responseReceivedExtraInfo', ({ requestId, headers }) => this.more(requestId, 'got', headers));
    on('responseReceived', ({ requestId, response, timestamp }) => {
      const entry = this.open.get(requestId);
      if (entry) this.answered(entry, response, timestamp);
    });
    on('loadingFinished', ({ requestId, timestamp }) => {
      const entry = this.open.get(requestId);
      if (entry) this.finished(entry, { done: this.body(entry, timestamp) });
    });
    on('loadingFailed', ({ requestId, errorText, timestamp }) => {
      const entry = this.open.get(requestId);
      if (entry) this.finished(entry, { error: errorText, ended: timestamp, done: Promise.resolve() });
    });
    await this.session.send('Network.enable');
  }

  /** Headers come in the order of the hops of a redirect. */
  more(id, kind, headers) {
    const key = `${kind} ${id}`;
    this.extra.set(key, [...(this.extra.get(key) ?? []), headers]);
  }

  answered(entry, response, timestamp) {
    Object.assign(entry, { response, ended: timestamp });
  }

  finished(entry, how) {
    Object.assign(entry, how);
    this.notice();
  }

  /** Whoever waits for something. */
  notice = () => {};

  async body(entry, timestamp) {
    entry.ended = timestamp;
    const ask = () => this.session.send('Network.getResponseBody', { requestId: entry.requestId });
    entry.content = await ask().catch(ask).catch(() => undefined);
  }

  /** The last page or file of these that came, or didn't. A page that loads itself anew may be on its way again. */
  document(since) {
    return this.seen.slice(since).findLast((entry) => entry.type === 'Document' && entry.done);
  }

  headers(entry, kind, otherwise) {
    return pairs(this.extra.get(`${kind} ${entry.requestId}`)?.[entry.number] ?? otherwise);
  }

  entry(entry) {
    const { request, response } = entry;
    const url = request.url + (request.urlFragment ?? '');
    const sent = this.headers(entry, 'sent', response?.requestHeaders ?? request.headers);
    const got = response ? this.headers(entry, 'got', response.headers) : [];
    const named = (headers, name) => headers.filter((header) => header.name.toLowerCase() === name);
    const cookie = (text) => ({ name: text.split('=')[0].trim(), value: text.split(';')[0].split('=').slice(1).join('=') });
    const version = { h2: 'http/2.0' }[response?.protocol] ?? response?.protocol ?? 'http/0.9';
    const text = entry.content?.body;
    const size = entry.content?.base64Encoded ? Buffer.from(text, 'base64').length : Buffer.byteLength(text ?? '');
    const form = request.hasPostData && {
      mimeType: named(sent, 'content-type')[0]?.value ?? '',
      text: request.postData,
      params: [...new URLSearchParams(request.postData)].map(([name, value]) => ({ name, value })),
    };
    const time = ((entry.ended ?? entry.timestamp) - entry.timestamp) * 1000;
    return {
      _connectionId: String(response?.connectionId ?? ''),
      _initiator: { type: entry.initiator.type },
      _priority: request.initialPriority,
      _resourceType: (entry.type ?? 'other').toLowerCase(),
      cache: {},
      connection: new URL(url).port || '443',
      request: {
        method: request.method,
        url,
        httpVersion: version,
        headers: sent,
        queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
        cookies: named(sent, 'cookie').flatMap(({ value }) => value.split('; ').map(cookie)),
        headersSize: -1,
        bodySize: request.postData?.length ?? 0,
        ...(form ? { postData: form } : {}),
      },
      response: {
        status: response?.status ?? 0,
        statusText: response?.statusText ?? '',
        httpVersion: version,
        headers: got,
        cookies: named(got, 'set-cookie').map(({ value }) => cookie(value)),
        content: {
          size,
          mimeType: response?.mimeType ?? 'x-unknown',
          ...(text ? { text } : {}),
          ...(entry.content?.base64Encoded ? { encoding: 'base64' } : {}),
        },
        redirectURL: named(got, 'location')[0]?.value ?? '',
        headersSize: -1,
        bodySize: -1,
        _transferSize: response?.encodedDataLength ?? 0,
        _error: entry.error ?? null,
        _fetchedViaServiceWorker: false,
      },
      serverIPAddress: response?.remoteIPAddress ?? '',
      startedDateTime: new Date(entry.wallTime * 1000).toISOString(),
      time,
      timings: { blocked: -1, dns: -1, ssl: -1, connect: -1, send: 0, wait: time, receive: 0, _blocked_queueing: -1 },
    };
  }

  async har(version) {
    await Promise.all(this.seen.map((entry) => entry.done));
    const kept = this.seen.filter(({ request }) => request.url.startsWith('http'));
    const entries = kept.map((entry) => this.entry(entry));
    return { log: { version: '1.2', creator: { name: 'WebInspector', version }, pages: [], entries } };
  }
}

/** A window of its own, with its cookies and perhaps a certificate. */
class Tab {
  tools = new DeveloperTools();
  files = 0;

  async begin(browser, id, { certificate, key, origins }) {
    const pem = { cert: Buffer.from(certificate ?? ''), key: Buffer.from(key ?? '') };
    this.context = await browser.newContext({
      ignoreHTTPSErrors: true,
      acceptDownloads: true,
      locale: 'ja',
      recordHar: { path: join(folder, `playwright-${id}.har`), content: 'embed', mode: 'full' },
      ...(certificate ? { clientCertificates: origins.map((origin) => ({ origin, ...pem })) } : {}),
    });
    this.context.setDefaultTimeout(60_000);
    this.page = await this.context.newPage();
    await this.tools.watch(this.context, this.page);
    return this;
  }

  /** Does something that leads to a page or to a file, and answers with what came. */
  async arrive(act) {
    const before = this.tools.seen.length;
    let finish;
    const came = new Promise((resolve) => (finish = resolve));
    let isLoaded = false;
    const look = () => isLoaded && this.tools.document(before) && finish();
    const loaded = () => {
      isLoaded = true;
      look();
    };
    this.tools.notice = look;
    const saved = (download) => finish({ download });
    this.page.on('load', loaded).on('download', saved);
    try {
      await act().catch((error) => {
        // What becomes a file is no page.
        if (!/Download is starting|ERR_ABORTED/.test(error.message)) finish({ failure: error.message.split('\n')[0] });
      });
      const what = await came;
      if (what?.failure) return what;
      const entry = this.tools.document(before);
      await entry.done;
      if (!entry.response) return { failure: entry.error };
      const { status, headers, url } = entry.response;
      const answer = { method: entry.request.method, status, url, headers: this.tools.headers(entry, 'got', headers) };
      answer.headers = answer.headers.filter(({ name }) => !name.startsWith(':')).map(({ name, value }) => [name, value]);
      if (what) {
        const path = free(what.download.suggestedFilename());
        await what.download.saveAs(path);
        return { ...answer, body: readFileSync(path).toString('base64') };
      }
      // Now and then the developer tools have lost it already.
      const { body, base64Encoded } = entry.content ?? { body: await this.page.content() };
      return { ...answer, text: base64Encoded ? Buffer.from(body, 'base64').toString() : body };
    } finally {
      this.page.off('load', loaded).off('download', saved);
    }
  }

  async open(url) {
    const answer = await this.arrive(() => this.page.goto(url));
    // The page before loaded itself anew at this moment.
    return /interrupted by another navigation/.test(answer.failure) ? this.open(url) : answer;
  }

  async press({ url, button, fields }) {
    const named = () => this.page.locator('form', { has: this.page.getByRole('button', { name: button, exact: true }) }).first();
    if (this.page.url() !== url && (await named().count()) === 0) await this.open(url);
    const form = named();
    await form.evaluate((form, fields) => {
      for (const [name, value] of fields) {
        const field = form.elements.namedItem(name);
        if (field) field.value = value;
      }
    }, fields);
    return this.arrive(() => form.getByRole('button', { name: button, exact: true }).click({ noWaitAfter: true }));
  }
}

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--disable-background-networking'],
});
const tabs = new Map();
const acts = {
  tab: async (asked) => {
    tabs.set(asked.tab, await new Tab().begin(browser, asked.tab, asked));
    return {};
  },
  forget: async ({ tab }) => (await tabs.get(tab).context.clearCookies()) ?? {},
  open: ({ tab, url }) => tabs.get(tab).open(url),
  press: ({ tab, ...rest }) => tabs.get(tab).press(rest),
  certificate: async ({ tab, origin }) => {
    const { tableNames } = await tabs.get(tab).tools.session.send('Network.getCertificate', { origin });
    writeFileSync(free('server.crt'), Buffer.from(tableNames[0], 'base64'));
    return {};
  },
  end: async () => {
    for (const [id, { context, tools }] of tabs) {
      writeFileSync(join(folder, `devtools-${id}.har`), JSON.stringify(await tools.har('537.36'), null, 2));
      await context.close();
    }
    await browser.close();
    return {};
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const [[act, asked]] = Object.entries(JSON.parse(line));
  const answer = await acts[act](asked).catch((error) => ({ failure: error.message }));
  console.log(JSON.stringify(answer));
  if (act === 'end') process.exit(0);
}
