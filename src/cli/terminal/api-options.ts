/**
 * The options of the local API (docs/local-api.md).
 */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { apiSocketFile } from '../../core/files/paths.ts';
import { apiToken } from '../../device/local-api/access.ts';
import { type Hook, parseHook } from '../../device/local-api/hooks.ts';
import type { LocalApiOptions } from '../../device/local-api/local-api-server.ts';
import { parsePort } from './inspect-options.ts';

export interface ApiFlags {
  api?: number | true;
  /** `false`: no socket. */
  apiSocket?: string | boolean;
  apiGroup?: string;
  on?: Hook[];
}

const DEFAULT_PORT = 7338;

export function addApiOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--api [port]',
        `the local API on a port of 127.0.0.1, too, with a token (default port: ${DEFAULT_PORT})`,
      )
        .argParser(parsePort)
        .env('EARSHOT_API'),
    )
    .addOption(
      new Option('--api-socket <path>', 'the Unix socket of the local API')
        .default(undefined, 'api.sock in the state folder')
        .env('EARSHOT_API_SOCKET'),
    )
    .option('--no-api-socket', 'no Unix socket')
    .addOption(
      new Option('--api-group <group>', 'a group whose members may use the Unix socket, too').env('EARSHOT_API_GROUP'),
    )
    .addOption(
      new Option(
        '--on <event=command>',
        'run a command on an event, like state:recording=COMMAND; may be repeated (env: EARSHOT_ON, one a line)',
      ).argParser((written, before: Hook[] = []) => [...before, parseHook(written)]),
    );
}

/** Of the command line, or else of the environment. @throws EarshotError `usage` */
export function hooksOf({ on }: ApiFlags, { EARSHOT_ON = '' } = process.env): Hook[] {
  return (
    on ??
    EARSHOT_ON.split('\n')
      .filter((line) => line.trim() !== '')
      .map(parseHook)
  );
}

/** Where the local API listens; for one turn (`--once`) only where an option names. @throws EarshotError `usage`, `store_failed`, `store_full` */
export function apiPlacesOf(
  { api, apiSocket, apiGroup, once }: ApiFlags & { once?: boolean },
  state: string,
): Pick<LocalApiOptions, 'socket' | 'tcp'> {
  const path = typeof apiSocket === 'string' ? apiSocket : apiSocketFile(state);
  const hasSocket = apiSocket !== false && (!once || typeof apiSocket === 'string');
  return {
    ...(hasSocket && { socket: { path, ...(apiGroup !== undefined && { groupId: groupIdOf(apiGroup) }) } }),
    ...(api !== undefined && { tcp: { port: api === true ? DEFAULT_PORT : api, token: apiToken(state) } }),
  };
}

function groupIdOf(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  // Node has no function for it. Groups of a directory service can be given by their number.
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group && id !== undefined) return Number(id);
  }
  throw new EarshotError(
    'usage',
    `There is no group “${group}” in /etc/group`,
    'Check --api-group, or give its number.',
  );
}
