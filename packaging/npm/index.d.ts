/** The path of the program for this platform; OBN_CA names another. */
export function program(): string;

/** Starts the simulator on free ports of this machine. `options` are those of `obn-ca`. */
export function start(...options: string[]): Promise<Simulator>;

/** An issue notice (発行通知書). */
export interface Notice {
  request_id: string;
  reference_id: string;
  issuer: string;
  institution_code: string;
  terminal_name: string;
  /** Days, such as 2026-11-24. */
  issued_on: string;
  valid_from: string;
  valid_until: string;
  download_until: string;
  serial: string;
  [more: string]: unknown;
}

/** The simulator as a process. */
export class Simulator {
  private constructor();
  /** URL of the portal, for the world `default`. */
  readonly portal: string;
  /** URL of the control API. */
  readonly control: string;
  /** A new world, on a port of its own; it takes what `POST /worlds` takes. */
  world(options?: { name?: string; seed?: string; profile?: object; file?: unknown; scene?: string }): Promise<World>;
  /** A call of the control API: what it answers, as JSON or, otherwise, as text. */
  call(method: string, path: string, body?: unknown): Promise<any>;
  stop(): Promise<void>;
}

/** A site with a CA, a clock, notices and faults of its own. */
export class World {
  private constructor();
  readonly name: string;
  /** URL of its portal; append /p/rcd and the like. */
  readonly portal: string;
  /** URL below which control steers it. */
  readonly control: string;
  call(method: string, path: string, body?: unknown): Promise<any>;
  /** The certificate that its TLS is to be trusted by, as PEM. */
  root(): Promise<string>;
  issue(notice?: { institution_code?: string; terminal_name?: string; [more: string]: unknown }): Promise<Notice>;
  /** What its clock shows (RFC 3339). */
  now(): Promise<string>;
  /** Its clock stands at this time (RFC 3339). */
  freeze(now: string): Promise<void>;
  /** So much time goes by, such as `181d`. */
  advance(by: string): Promise<void>;
  delete(): Promise<void>;
}
