/**
 * A server to be measured, in a separate process: the gateway as released (one bundle, without a cloud), or a raw `ws`
 * server with the same input and the same amount of output.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { launchedBy } from '../launcher.ts';
import type { ServerKind } from './results.ts';

export interface Server {
  kind: ServerKind;
  /** The process that listens. */
  pid: number;
  /** With several processes: those that serve devices. */
  workers: number[];
  url: string;
  stop(): Promise<void>;
}

/** The code of the process, by kind; `MODE` is the responder's name. Imports are relative to the root of a clone. */
const PROGRAMS: Record<ServerKind, string> = {
  gateway: `
    import { join } from 'node:path';
    import { createDiskRecorder } from './actors/session/disk-recorder.ts';
    import { startGateway } from './src/gateway/gateway.ts';
    import { responderNamed } from './src/gateway/responders.ts';
    import { withoutCloud } from './test/support/no-cloud.ts';
    const OFF = Number.POSITIVE_INFINITY;
    // All devices come from one address, and at once.
    const raised = { connections: OFF, connectionsPerAddress: OFF, handshakes: OFF, handshakesPerAddress: OFF, reconnects: OFF };
    const folder = process.env.FOLDER;
    // An older clone has these files elsewhere, or has no limits and spools at all.
    let log, limits, spools;
    try {
      log = (await import('./src/core/log/log.ts')).silentLog;
    } catch {}
    try {
      log ??= (await import('./src/log.ts')).silentLog;
    } catch {}
    try {
      limits = { ...(await import('./src/core/limits/limits.ts')).DEFAULT_LIMITS, ...raised };
    } catch {}
    try {
      limits ??= { ...(await import('./src/limits.ts')).DEFAULT_LIMITS, ...raised };
    } catch {}
    try {
      const { openSpoolFolder } = await import('./actors/session/spool-folder.ts');
      spools = openSpoolFolder({ folder: join(folder, 'spool'), memoryBytes: limits.turnMemoryBytes, log });
    } catch {}
    // Not where the spools are: it removes folders with nothing in them.
    const recordings = join(folder, 'recordings');
    const recorder = createDiskRecorder.length === 2 ? createDiskRecorder(recordings, log) : createDiskRecorder({ folder: recordings, limits, log });
    const serve = (more) => startGateway({
      host: '127.0.0.1', port: 0, responder: responderNamed(process.env.MODE), log, limits,
      cloud: { ...withoutCloud(recorder), ...(spools && { spools }) }, ...more,
    });
  `,
  raw: `
    import { createServer } from 'node:http';
    import { WebSocketServer } from 'ws';
    const http = createServer();
    const server = new WebSocketServer({ server: http, perMessageDeflate: false, handleProtocols: () => 'earshot.v1' });
    const MODE = process.env.MODE;
    server.on('connection', (socket) => {
      const kept = [];
      socket.on('message', (data, isBinary) => {
        if (isBinary) {
          if (MODE === 'echo') return socket.send(data);
          kept.push(data);
          if (data[1] & 1) for (const packet of kept.splice(0)) socket.send(packet);
          return;
        }
        const message = JSON.parse(data.toString());
        if (message.type === 'hello') socket.send(JSON.stringify({ type: 'welcome' }));
        if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong', t0: message.t0, t1: Date.now(), t2: Date.now() }));
      });
    });
    http.listen(0, '127.0.0.1', 1024, () => process.send({ url: 'ws://127.0.0.1:' + http.address().port, workers: [] }));
  `,
};

/** After the gateway's code: one process. */
const ONE_PROCESS = 'process.send({ url: (await serve()).url, workers: [] });';

/** Or several, which an older clone does not have. */
const PROCESSES = `
  const workers = Number(process.env.WORKERS);
  if (process.env.EARSHOT_WORKER) {
    const { openPrimaryLink } = await import('./src/gateway/workers/primary-link.ts');
    const fromPrimary = await openPrimaryLink();
    const { url, webUrl } = await serve({ fromPrimary });
    fromPrimary.ready({ url, web: webUrl, responder: process.env.MODE });
    fromPrimary.gone.then(() => process.exit());
  } else if (workers > 1) {
    const { fork } = await import('node:child_process');
    const { startPrimary } = await import('./src/gateway/workers/primary.ts');
    const { NO_PROXIES } = await import('./src/server/client.ts');
    const { systemClock } = await import('./src/core/time/clock.ts');
    let last = 0;
    const forkWorker = () => {
      last += 1;
      return fork(process.argv[1], { env: { ...process.env, EARSHOT_WORKER: '1', FOLDER: join(folder, String(last)) } });
    };
    const primary = await startPrimary({
      host: '127.0.0.1', port: 0, workers, limits, proxies: NO_PROXIES, isTls: false, embedded: undefined,
      fork: forkWorker, clock: systemClock, log,
    });
    process.send({ url: primary.news.url, workers: primary.workers.map(({ pid }) => pid()) });
  } else ${ONE_PROCESS}
`;

/** Builds the program from the clone in `root`; the file is written to `folder`. With `workers`, it can be started with several processes. */
export async function buildServer(kind: ServerKind, root: string, folder: string, workers = 1): Promise<string> {
  // As in a clone: the version is read from the parent folder of the program.
  const outfile = join(folder, root.replaceAll('/', '_'), 'dist', `${kind}.mjs`);
  mkdirSync(join(outfile, '..'), { recursive: true });
  copyFileSync(join(root, 'package.json'), join(outfile, '../../package.json'));
  const end = workers > 1 ? PROCESSES : ONE_PROCESS;
  const { outputFiles } = await build({
    stdin: { contents: kind === 'gateway' ? PROGRAMS.gateway + end : PROGRAMS[kind], resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@discordjs/opus', 'naudiodon', 'bufferutil', 'utf-8-validate'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  writeFileSync(outfile, outputFiles[0]?.contents ?? '');
  return outfile;
}

/** @param root the clone from which the program was built */
export async function startServer(
  kind: ServerKind,
  root: string,
  program: string,
  { mode, workers }: { mode: string; workers: number },
): Promise<Server> {
  // The raw server has Node's defaults.
  const options = kind === 'gateway' ? launchedBy(root, 'gateway', dirname(program)).options : [];
  const folder = mkdtempSync(join(dirname(program), 'state-'));
  const child: ChildProcess = spawn(process.execPath, [...options, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      ...{ FOLDER: folder, MODE: mode === 'idle' ? 'parrot' : mode, MALLOC_ARENA_MAX: '2', WORKERS: String(workers) },
    },
  });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)));
  failed.catch(() => {}); // The caller ends it below.
  const [told] = (await Promise.race([once(child, 'message'), failed])) as [string | Pick<Server, 'url' | 'workers'>];
  return {
    kind,
    pid: child.pid as number,
    // An older clone tells only its address.
    ...(typeof told === 'string' ? { url: told, workers: [] } : told),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
