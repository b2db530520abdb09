/** The real server, started for one test on a free port with a data directory of its own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The program under test; `PW_TEST_PROGRAM` is what `scripts/test.sh` sets. */
const PROGRAM = resolve(
  process.env['PIXELWARS_BIN'] ?? process.env['PW_TEST_PROGRAM'] ?? '../target/debug/pixelwars',
);

const START_DEADLINE_MS = 30_000;
const START_ATTEMPTS = 3;
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 50;

/** Settings as environment variables, such as `PIXELWARS_CANVAS__REGAIN_MS`. */
export type Settings = Readonly<Record<string, string>>;

/** A server that can be stopped and started again on the same port and data. */
export class GameServer {
  private process: ChildProcess | null = null;
  private output = '';

  private constructor(
    private readonly port: number,
    private readonly dataDir: string,
    private readonly settings: Settings,
  ) {}

  /** Starts a server and waits until it is ready. */
  static async start(settings: Settings): Promise<GameServer> {
    if (!existsSync(PROGRAM)) {
      throw new Error(`there is no ${PROGRAM}: build it, or name another with PIXELWARS_BIN`);
    }
    for (let attempt = 1; ; attempt += 1) {
      const dataDir = await mkdtemp(join(tmpdir(), 'pixelwars-e2e-'));
      const server = new GameServer(await freePort(), dataDir, settings);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.dispose();
        // Another program may have taken the free port in the meantime.
        if (attempt === START_ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the stopped server again and waits until it is ready. */
  async restart(): Promise<void> {
    const listen = `127.0.0.1:${this.port}`;
    const env = { ...process.env, ...this.settings };
    // Not a setting of the server, although it looks like one.
    delete env['PIXELWARS_BIN'];
    const child = spawn(PROGRAM, ['serve', '--listen', listen, '--data-dir', this.dataDir], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    child.stdout.on('data', (chunk: Buffer) => { this.output += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { this.output += chunk.toString(); });
    await this.untilReady(child);
  }

  /** Runs a command of the program on the server's data, and returns what it prints. */
  run(args: readonly string[]): string {
    const env = { ...process.env, ...this.settings };
    delete env['PIXELWARS_BIN'];
    const options = { env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    return execFileSync(PROGRAM, [...args, '--data-dir', this.dataDir], options).toString();
  }

  /** Stops the server as an operator would; its data stays. */
  async stop(): Promise<void> {
    const { process: child } = this;
    this.process = null;
    if (child === null || child.exitCode !== null) {
      return;
    }
    const exited = new Promise<void>((done) => child.once('exit', () => { done(); }));
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(deadline);
  }

  /** Stops the server and deletes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_MS;
    while (Date.now() < deadline && child.exitCode === null) {
      const isReady = await fetch(`${this.url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (isReady) {
        return;
      }
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
    await this.stop();
    throw new Error(`the server did not become ready; it said:\n${this.output}`);
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => { probe.listen(0, '127.0.0.1', done); });
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === 'string') {
    throw new Error('the system gave no port');
  }
  return address.port;
}
