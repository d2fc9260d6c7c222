/**
 * A user's machine in which the commands of the documents are run: a home of its own, the folder of the project, and a gateway on its usual port with a device “kitchen”,
 * which has said something.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeFolder } from '../../support/remove-folder.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const END_MS = 10_000;

export interface Tried {
  ok: boolean;
  output: string;
}

export interface World {
  /** Runs it to its end, in a shell. */
  run(line: string, withinMs: number): Promise<Tried>;
  /** Runs it until it has printed this, and interrupts it. */
  serve(line: string, until: RegExp, withinMs: number): Promise<Tried>;
  /** The gateway that most commands need. @param port 0: any */
  startGateway(port?: number): Promise<void>;
  stopGateway(): Promise<void>;
  close(): Promise<void>;
}

export function createWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-docs-'));
  const project = join(folder, 'earshot');
  mkdirSync(project);
  for (const name of readdirSync(ROOT)) if (name !== '.git') symlinkSync(join(ROOT, name), join(project, name));
  cpSync(join(ROOT, 'assets', 'what-time-is-it.wav'), join(project, 'sorry.wav'));
  const home = join(folder, 'home');
  mkdirSync(home);
  const models = process.env.EARSHOT_MODELS ?? join(homedir(), '.local', 'share', 'earshot', 'models');
  const { CONVEX_URL: _, EARSHOT_STATE: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    HOME: home,
    PATH: `${join(ROOT, 'bin')}:${process.env.PATH}`,
    EARSHOT_MODELS: models,
    EARSHOT_RESPONDER: 'parrot',
    EARSHOT_DRAIN_TIMEOUT: '0',
    EARSHOT_STDOUT: '',
    EARSHOT_STDERR: '',
  };
  let gateway: { child: ChildProcess; text: () => string; ended: Promise<unknown> } | undefined;

  function start(line: string) {
    // A group of its own: an interrupt reaches what the shell has started.
    const child = spawn('bash', ['-c', line], { cwd: project, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, ended, text: () => output };
  }

  function signal(child: ChildProcess, name: NodeJS.Signals): void {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, name);
  }

  async function end({ child, ended }: ReturnType<typeof start>): Promise<void> {
    signal(child, 'SIGINT');
    await Promise.race([ended, sleep(END_MS, undefined, { ref: false }).then(() => signal(child, 'SIGKILL'))]);
    await ended;
  }

  async function printed(of: ReturnType<typeof start>, until: RegExp, withinMs: number): Promise<boolean> {
    const lastAt = performance.now() + withinMs;
    while (!until.test(of.text())) {
      if (performance.now() > lastAt || of.child.exitCode !== null) return false;
      await sleep(50);
    }
    return true;
  }

  const world: World = {
    async run(line, withinMs) {
      const started = start(line);
      const tooLong = setTimeout(() => signal(started.child, 'SIGKILL'), withinMs);
      const code = await started.ended;
      clearTimeout(tooLong);
      return { ok: code === 0, output: started.text() };
    },
    async serve(line, until, withinMs) {
      const started = start(line);
      const ok = await printed(started, until, withinMs);
      await end(started);
      return { ok, output: started.text() };
    },
    async startGateway(port = 4_433) {
      const started = start(`earshot gateway --open --port ${port}`);
      gateway = started;
      if (!(await printed(started, /ws:\/\//, 60_000))) throw new Error(`the gateway did not start\n${started.text()}`);
      const turn = `earshot run --once --gateway ${/ws:[\d./:]+/.exec(started.text())?.[0]} --name kitchen --state device --input sorry.wav --output null`;
      const said = await world.run(turn, 60_000);
      if (!said.ok) throw new Error(`the device said nothing\n${said.output}`);
    },
    async stopGateway() {
      if (gateway) await end(gateway as ReturnType<typeof start>);
      gateway = undefined;
    },
    async close() {
      await world.stopGateway();
      await removeFolder(folder);
    },
  };
  return world;
}
