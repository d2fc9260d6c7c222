import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { backendLayout } from '../../cloud/backend/layout.ts';
import { startBackend } from '../../cloud/backend/start-backend.ts';
import { EarshotError } from '../../core/errors.ts';
import { lockHolder, lockState, waitUntilFree } from '../../core/files/state-lock.ts';
import { systemClock } from '../../core/time/clock.ts';
import { deploymentVariables } from '../../gateway/cloud-address.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import {
  addLogOptions,
  addStateOption,
  type LogFlags,
  openLog,
  type StateOption,
  stateOf,
  stopSignal,
} from '../terminal/options.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';

/** A backend that closes its database. */
const STOP_PATIENCE_MS = 15_000;

interface StartCommandOptions extends LogFlags, StateOption {
  host: string;
  port: number;
  sitePort: number;
  origin?: string;
  siteOrigin?: string;
  deploy: boolean;
  json?: boolean;
}

const HELP = `
Its data (SQLite, files) and its secrets are in the folder convex-backend of
--state. Each start deploys the functions of this version of Earshot with
Convex's official CLI. It runs until Ctrl-C, or earshot cloud stop.`;

export const defineStart: DefineCommand = (command) => {
  command
    .option('--port <n>', 'port of the API', wholeNumber(1, 65_535), 3210)
    .option('--site-port <n>', 'port of HTTP actions', wholeNumber(1, 65_535), 3211)
    .option('--host <address>', 'address to listen on (IPv4)', '127.0.0.1')
    .option('--origin <url>', 'where clients find the API, if it is behind a proxy', address)
    .option('--site-origin <url>', 'the same for HTTP actions', address)
    .option('--no-deploy', 'leave the functions as they are')
    .option('--json', 'print the addresses as JSON');
  addStateOption(command);
  addLogOptions(command, 'warn').addHelpText('after', HELP).action(start);
};

async function start(options: StartCommandOptions): Promise<void> {
  const { host, port, sitePort, origin, siteOrigin, deploy, json } = options;
  if ((origin === undefined) !== (siteOrigin === undefined)) {
    throw new EarshotError('usage', '--origin and --site-origin belong together', 'Give both, or none.');
  }
  const log = openLog(options);
  const state = stateOf(options);
  const unlock = lockState({ state, roles: ['backend'], command: 'earshot cloud start', clock: systemClock, log });
  const stopping = new AbortController();
  const stopped = stopSignal().then(() => stopping.abort());
  try {
    const layout = backendLayout(state);
    const backend = await startBackend({
      ...{ layout, host, port, sitePort, deploy, log },
      ...(origin !== undefined && siteOrigin !== undefined && { origin, siteOrigin }),
      variables: deploymentVariables,
      onStep: (what) => json || printMessage(`${what} …`),
      signal: stopping.signal,
    });
    try {
      const { url, siteUrl, version } = backend;
      const { gatewayKey: gatewayKeyFile, adminKey: adminKeyFile } = layout;
      if (json) printJson({ url, siteUrl, version, gatewayKeyFile, adminKeyFile });
      else {
        printLine(`Convex backend at ${url}, HTTP actions at ${siteUrl}; Ctrl-C to stop`);
        printLine('Its gateway and the commands of its operator need two variables:');
        printLine(`  export CONVEX_URL=${url}`);
        printLine(`  export EARSHOT_GATEWAY_KEY="$(cat ${quoted(gatewayKeyFile)})"`);
      }
      await stopped;
    } finally {
      await backend.close();
    }
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    unlock();
  }
}

export const defineStop: DefineCommand = (command) => {
  command.option('--json', 'print the result as JSON');
  addStateOption(command).action((options: StateOption & { json?: boolean }) => {
    const state = resolve(stateOf(options));
    const holder = lockHolder(state, 'backend');
    if (!holder) {
      if (options.json) printJson({ stopped: false });
      else printLine('no Convex backend runs here');
      return;
    }
    const { pid, host } = holder;
    const where = `process ${pid} on ${host}`;
    const hint = 'Stop it there with Ctrl-C, or a signal.';
    if (pid === 0 || host !== hostname()) {
      throw new EarshotError('backend_failed', `The backend runs elsewhere: ${where}`, hint);
    }
    process.kill(pid, 'SIGTERM');
    if (!waitUntilFree(state, 'backend', STOP_PATIENCE_MS)) {
      throw new EarshotError('backend_failed', `The backend does not end (${where})`, `End it: kill -9 ${pid}`);
    }
    if (options.json) printJson({ stopped: true, pid });
    else printLine(`stopped (process ${pid})`);
  });
};

function address(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value.replace(/\/$/, '');
  throw new InvalidArgumentError('Write an address like https://convex.example.org.');
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
