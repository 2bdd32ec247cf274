// A simulator of cert.obn.managedpki.ne.jp for tests: one process, and a world of its own for each test.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export function program() {
  if (process.env.OBN_CA) return process.env.OBN_CA;
  const name = `obn-ca-${process.platform}-${process.arch}`;
  let manifest;
  try {
    manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch {
    throw new Error(`the package ${name} is not installed: there is none for this platform, or optional dependencies were left out`);
  }
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'obn-ca.exe' : 'obn-ca');
}

export async function start(...options) {
  const usual = ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--no-sample'];
  const child = spawn(program(), [...usual, ...options], { stdio: ['ignore', 'pipe', 'inherit'], argv0: 'obn-ca' });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  // The line says that it is ready.
  const line = new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const ready = await Promise.race([line, ended]);
  if (typeof ready !== 'string') throw new Error(`obn-ca ended with status ${ready}`);
  return new Simulator(JSON.parse(ready), child, ended);
}

export class Simulator {
  #child;
  #ended;

  constructor({ portal, control }, child, ended) {
    this.portal = portal;
    this.control = control;
    this.#child = child;
    this.#ended = ended;
  }

  async world({ name = `t${randomUUID().slice(0, 8)}`, ...more } = {}) {
    const made = await this.call('POST', '/worlds', { name, listen: '127.0.0.1:0', ...more });
    return new World(this, name, made.portal);
  }

  async call(method, path, body) {
    const request = { method };
    if (body !== undefined) {
      request.body = JSON.stringify(body);
      request.headers = { 'Content-Type': 'application/json' };
    }
    const answer = await fetch(`${this.control}/api/v1${path}`, request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return /json$/.test(answer.headers.get('Content-Type') ?? '') && text ? JSON.parse(text) : text;
  }

  async stop() {
    this.#child.kill();
    await this.#ended;
  }
}

export class World {
  #simulator;

  constructor(simulator, name, portal) {
    this.#simulator = simulator;
    this.name = name;
    this.portal = portal;
    this.control = `${simulator.control}/api/v1/worlds/${name}`;
  }

  call(method, path, body) {
    return this.#simulator.call(method, `/worlds/${this.name}${path}`, body);
  }

  root() {
    return this.call('GET', '/root.pem');
  }

  issue({ institution_code = '0110119153', terminal_name = '受付1号機', ...more } = {}) {
    return this.call('POST', '/notices', { institution_code, terminal_name, ...more });
  }

  async now() {
    return (await this.call('GET', '/clock')).now;
  }

  async freeze(now) {
    await this.call('PUT', '/clock', { now, mode: 'frozen' });
  }

  async advance(by) {
    await this.call('POST', '/clock/advance', { by });
  }

  async delete() {
    await this.#simulator.call('DELETE', `/worlds/${this.name}`);
  }
}
