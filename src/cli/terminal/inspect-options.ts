/**
 * The inspector's options, for every command that runs state machines. src/observability/inspect/ is loaded only when one of them is given.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { FlightRecords } from '../../observability/inspect/flight-recorder.ts';
import type { Inspector } from '../../observability/inspect/inspector.ts';
import { isLoopback } from '../../server/addresses.ts';
import { printMessage } from './output.ts';

export interface InspectOptions {
  inspect?: number | true;
  inspectHost: string;
  inspectToken?: string;
  record?: boolean;
  recordAudio?: boolean;
  stately?: string | true;
}

const MIN_TOKEN_LENGTH = 16;
const STATELY_RELAY = 'ws://localhost:8080';

export function addInspectOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--inspect [port]', 'serve a page that shows the machines as they run (default port: 7337)').argParser(
        parsePort,
      ),
    )
    .addOption(
      new Option('--inspect-host <address>', 'address of the page; any other address needs a token').default(
        '127.0.0.1',
      ),
    )
    .addOption(
      new Option('--inspect-token <token>', 'token that the page must send (default: a new one at each start)').env(
        'EARSHOT_INSPECT_TOKEN',
      ),
    )
    .option('--record', 'keep a flight recording of the last minutes in the state folder; --inspect does this, too')
    .option('--record-audio', 'include the audio in the flight recording')
    .option('--stately [url]', `send events to Stately's inspector through a relay (default: ${STATELY_RELAY})`);
}

/** Returns undefined when no option was given. @throws EarshotError */
export async function inspectorFor(
  options: InspectOptions,
  flight: FlightRecords,
  log: Log,
): Promise<Inspector | undefined> {
  const { inspect, inspectHost, inspectToken, record, recordAudio = false, stately } = options;
  if (inspect === undefined && stately === undefined && !record && !recordAudio) return undefined;
  if (inspect !== undefined && !isLoopback(inspectHost)) requireToken(inspectHost, inspectToken);
  const { openInspector } = await import('../../observability/inspect/inspector.ts');
  const inspector = await openInspector({
    ...(inspect === undefined
      ? {}
      : { page: { host: inspectHost, port: inspect === true ? undefined : inspect, token: inspectToken } }),
    ...(inspect !== undefined || record || recordAudio ? { recordTo: flight } : {}),
    recordAudio,
    ...(stately === undefined ? {} : { stately: stately === true ? STATELY_RELAY : stately }),
    log,
  });
  if (inspector.url !== undefined) printMessage(`inspector at ${inspector.url}`);
  return inspector;
}

/** Anyone who can open the page can listen and start turns. */
function requireToken(host: string, token: string | undefined): void {
  if (token !== undefined && token.length >= MIN_TOKEN_LENGTH && /^[\w-]+$/.test(token)) return;
  throw new EarshotError(
    'usage',
    `The inspector may be opened from other machines (--inspect-host ${host}) only with a token`,
    `Use at least ${MIN_TOKEN_LENGTH} letters, digits, - and _: --inspect-token "$(openssl rand -hex 16)"`,
  );
}

/** An argument parser for a port; 0 is any. */
export function parsePort(value: string): number {
  const port = Number(value);
  if (value.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Write a port from 0 to 65535.');
}
