import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './services.ts';

const DEPLOYED = join(import.meta.dirname, '../../deploy/prometheus');
const READY_WITHIN_MS = 20_000;
const { PROMETHEUS = 'prometheus', PROMTOOL = 'promtool' } = process.env;
const isThere = [PROMETHEUS, PROMTOOL].every(
  (program) => spawnSync(program, ['--version']).status === 0,
);

/**
 * Why there is no Prometheus to test with; `null` when there is one. As for the browser: a
 * developer's machine may lack one, and is told so; in CI its absence is a failure.
 */
export const PROMETHEUS_MISSING: string | null = isThere
  ? null
  : 'no Prometheus: install Debian’s `prometheus`, or name PROMETHEUS and PROMTOOL in variables';
if (PROMETHEUS_MISSING !== null && process.env.CI) throw new Error(PROMETHEUS_MISSING);

/** One series that a query gave, with its value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** An alert that is pending or firing. */
export interface SeenAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** A rule as Prometheus evaluates it. */
export interface SeenRule {
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
}

/** Runs promtool on files of a folder. */
export function promtool(
  args: readonly string[],
  { cwd = DEPLOYED, input = '' } = {},
): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { cwd, input });
  return { status, said: `${stdout}${stderr}` };
}

/** Prometheus as it really runs, with the example's configuration but for places and pace. */
export class Prometheus {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  private constructor(folder: string, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ];
    this.#child = spawn(PROMETHEUS, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    this.#ended = once(this.#child, 'close');
  }

  /** Starts it, scraping control; resolves when it answers. */
  static async start(folder: string, controlUrl: string, token: string): Promise<Prometheus> {
    copyFileSync(join(DEPLOYED, 'falsework.rules.yml'), join(folder, 'falsework.rules.yml'));
    writeFileSync(join(folder, 'falsework.token'), token);
    const example = readFileSync(join(DEPLOYED, 'prometheus.yml'), 'utf8');
    const config = example
      .replace('127.0.0.1:7070', new URL(controlUrl).host)
      // Nobody is to be woken by a test, should an Alertmanager run here.
      .replace('127.0.0.1:9093', `127.0.0.1:${await freePort()}`)
      .replace('scrape_interval: 15s', 'scrape_interval: 500ms')
      .replace('evaluation_interval: 15s', 'evaluation_interval: 1s');
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const prometheus = new Prometheus(folder, await freePort());
    await prometheus.#ready();
    return prometheus;
  }

  /** What an instant query gives. Rejects with Prometheus' words when it cannot be evaluated. */
  async query(expr: string): Promise<Series[]> {
    const { result } = await this.#ask<{ result: Series[] }>(
      `query?query=${encodeURIComponent(expr)}`,
    );
    return result;
  }

  /** Alerts that are pending or firing. */
  async alerts(): Promise<SeenAlert[]> {
    return (await this.#ask<{ alerts: SeenAlert[] }>('alerts')).alerts;
  }

  /** Every rule that it evaluates. */
  async rules(): Promise<SeenRule[]> {
    const { groups } = await this.#ask<{ groups: { rules: SeenRule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  async #ask<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as {
      status: string;
      data: Data;
      error?: string;
    };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }

  async #ready(): Promise<void> {
    const until = performance.now() + READY_WITHIN_MS;
    while (performance.now() < until) {
      const response = await fetch(`${this.url}/-/ready`).catch(() => null);
      if (response?.ok) return;
      if (this.#child.exitCode !== null) break;
      await pause(50);
    }
    await this.stop();
    throw new Error(`Prometheus does not get ready: ${this.#said}`);
  }
}
