/**
 * The process of the embedded cloud (beside this file). Its parent starts it with its settings as an argument, is told
 * where it listens, and takes it along when it ends.
 */
import { rmSync, writeSync } from 'node:fs';
import { messageOf } from '../core/errors.ts';
import { lockState } from '../core/files/state-lock.ts';
import { relayLog } from '../core/log/log.ts';
import { printable } from '../core/log/printable.ts';
import { handleUncaught } from '../core/process/uncaught.ts';
import { systemClock } from '../core/time/clock.ts';
import { adminKeyOf } from './admin-key.ts';
import type { EmbeddedSettings, ToParent } from './messages.ts';
import { functionVariables } from './server/environment.ts';
import { type EmbeddedServer, serveEmbeddedCloud } from './server/serve.ts';

const fromSource = import.meta.url.endsWith('.ts');
/** Bundled, the functions lie beside this file; from source they are in convex/. */
const source = new URL(fromSource ? '../../convex/' : './convex/', import.meta.url);

/** A parent that has ended meanwhile needs to be told nothing: without it, this process ends as well. */
const tell = (message: ToParent) => process.send?.(message, (error: Error | null) => error && leave());
const log = relayLog((entry) => tell({ kind: 'log', entry }));
/** For what ends this process: nothing is sent any more. */
const report = (what: string, error: unknown) => writeSync(2, `${printable(`embedded cloud: ${what}: ${error}`)}\n`);

/** The cloud of a gateway that was killed still ends. On a busy machine that takes seconds. */
const LOCK_PATIENCE_MS = 15_000;

const exit = process.exit.bind(process);
// In one line: what was thrown may hold what came from outside.
handleUncaught((error) => {
  report('it failed', error);
  exit(1);
});
const settings: EmbeddedSettings = JSON.parse(process.argv[2] ?? '');
let server: EmbeddedServer | undefined;
let isLeaving = false;
process.on('disconnect', leave);
process.on('SIGTERM', leave);
// It may have ended before anybody listened for that.
if (!process.connected) leave();

/** What lasts is closed in order: the write in progress is finished. */
function leave(): void {
  if (isLeaving) return;
  isLeaving = true;
  if (settings.isEphemeral) rmSync(settings.folder, { recursive: true, force: true });
  if (settings.isEphemeral || !server) exit(0);
  server?.close().then(
    () => exit(0),
    (error: unknown) => {
      report('it was not closed in order', error);
      exit(1);
    },
  );
}

// The terminal's Ctrl-C reaches the whole group; the gateway still has something to say to its cloud then.
process.on('SIGINT', () => undefined);
try {
  lockState({
    ...{ state: settings.folder, roles: ['cloud'], command: 'the cloud of an earshot gateway' },
    ...{ patienceMs: settings.lockPatienceMs ?? LOCK_PATIENCE_MS, clock: systemClock },
    log,
  });
  const gatewayKey = process.env.EARSHOT_GATEWAY_KEY ?? '';
  const own = { gatewayKey, adminKey: adminKeyOf(gatewayKey), variables: functionVariables(process.env) };
  server = await serveEmbeddedCloud(settings, source, own, log);
  const { url, port } = server;
  tell({ kind: 'ready', url, port });
} catch (error) {
  tell({ kind: 'failed', reason: messageOf(error) });
  exit(1);
}
