/**
 * Serves the metrics to programs of the same user: a JSON line twice a second to each client of a Unix socket. Without a client no
 * timer runs.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Scope } from '../../core/actor/scope.ts';
import { EarshotError } from '../../core/errors.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { isRunning } from '../../core/process/is-running.ts';
import { pidIn, socketName } from './folder.ts';
import type { MonitorMetrics } from './metrics.ts';

const INTERVAL_MS = 500;
const MAX_CLIENTS = 8;
/** Longest path of a Unix socket (sun_path, without its final NUL). */
const MAX_PATH_BYTES = 107;
/** A client that reads too slowly misses metrics: newer ones follow. */
const MAX_UNREAD_BYTES = 64 * 1_024;

export interface MonitorServerOptions {
  folder: string;
  /** Called when the first client connects, so that rates start then. */
  createCollector: () => { collect(): Promise<MonitorMetrics> };
}

export interface MonitorServer {
  readonly path: string;
  stats(): { clients: number; refused: number; missed: number };
}

/** Runs until the end of its scope. @throws EarshotError (by rejection) `monitor_unavailable` */
export async function startMonitorServer(options: MonitorServerOptions, scope: Scope): Promise<MonitorServer> {
  const { folder, createCollector } = options;
  const { clock, log, guard, run, onEnd } = scope;
  const path = join(folder, socketName(process.pid));
  // The system truncates a longer path, and the socket would be elsewhere.
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw unavailable(folder, new Error('its path is too long for a socket'));
  const clients = new Set<Socket>();
  let collector: ReturnType<typeof createCollector> | undefined;
  let timer: unknown;
  let refused = 0;
  let missed = 0;

  prepare(folder);
  /** False: it is refused. */
  const onClient = (client: Socket): boolean => {
    if (clients.size >= MAX_CLIENTS) {
      refused += 1;
      return false;
    }
    clients.add(client);
    client.on('error', guard(onBroken));
    client.on(
      'close',
      guard(() => leave(client)),
    );
    client.resume();
    if (collector) return true;
    collector = createCollector();
    later();
    return true;
  };
  const takeViewer = guard(onClient);
  const server = createServer((client) => {
    if (!takeViewer(client)) client.destroy();
  });

  function onBroken(error: Error): void {
    log.debug('a client of the monitor disconnected', { error: error.message });
  }

  function later(): void {
    timer = clock.setTimeout(() => run(show), INTERVAL_MS);
  }

  async function show(): Promise<void> {
    const current = collector;
    try {
      const metrics = await current?.collect();
      const line = `${JSON.stringify(metrics)}\n`;
      for (const client of clients) {
        if (client.writableLength > MAX_UNREAD_BYTES) missed += 1;
        else client.write(line);
      }
    } catch (error) {
      log.warn('the metrics could not be collected', { error: error instanceof Error ? error.message : String(error) });
    }
    if (collector && collector === current) later();
  }

  function leave(client: Socket): void {
    clients.delete(client);
    if (clients.size > 0) return;
    clock.clearTimeout(timer);
    collector = undefined;
  }

  onEnd(() => {
    server.close();
    for (const client of clients) client.destroy();
    rmSync(path, { force: true });
  });
  await new Promise<void>((resolve, reject) => {
    let isOpen = false;
    const onError = (cause: Error) => {
      if (isOpen) log.warn('the monitor cannot accept a client', { error: cause.message });
      else reject(unavailable(folder, cause));
    };
    server.on('error', guard(onError));
    server.listen(path, () => {
      isOpen = true;
      resolve();
    });
  });
  chmodSync(path, 0o600);
  return {
    path,
    stats: () => ({ clients: clients.size, refused, missed }),
  };
}

/** Creates the private folder, and deletes the sockets of processes that have ended. */
function prepare(folder: string): void {
  try {
    openPrivateFolder(folder);
    for (const name of readdirSync(folder)) {
      const pid = pidIn(name);
      if (pid === process.pid || (pid > 0 && !isRunning(pid))) rmSync(join(folder, name), { force: true });
    }
  } catch (cause) {
    throw unavailable(folder, cause);
  }
}

function unavailable(folder: string, cause: unknown): EarshotError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = 'earshot monitor will not see this daemon; name another folder in EARSHOT_MONITOR.';
  return new EarshotError('monitor_unavailable', `No socket can be made in ${folder}: ${reason}`, hint, { cause });
}
