import { Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { systemClock } from '../../core/time/clock.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import { runningGateway } from '../../gateway/gateway-address.ts';
import { LINK_LIFETIME_MS, openSignInStore, type SignInStore } from '../../gateway/web/sign-in-store.ts';
import { cell } from '../terminal/cell.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { origin } from '../terminal/web-options.ts';

const MINUTE_MS = 60_000;

interface ConsoleOptions extends StateOption {
  viewer?: boolean;
  url?: string;
  list?: boolean;
  revoke?: string;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  addStateOption(command)
    .option('--viewer', 'the link is for somebody who only looks')
    .addOption(new Option('--url <url>', "the gateway's address in the link (default: its own)").argParser(origin))
    .addOption(new Option('--list', 'list who is signed in').conflicts(['viewer', 'url', 'revoke']))
    .addOption(
      new Option('--revoke <session>', 'end a session: all of what is signed in with it').conflicts(['viewer', 'url']),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (options: ConsoleOptions) => {
      const state = stateOf(options);
      const store = openSignInStore(state, systemClock.wallNow);
      if (options.list) return await list(store, options);
      if (options.revoke !== undefined) return await revoke(store, options.revoke, options);
      await printLink(store, state, options);
    });
};

const HELP = `
Run it on the gateway's machine, as the gateway's user, with the gateway's --state. Whoever opens the link first is signed in, for 12 hours.`;

async function printLink(store: SignInStore, state: string, { viewer, url, json }: ConsoleOptions): Promise<void> {
  const role = viewer ? 'viewer' : 'operator';
  const running = runningGateway(state);
  if (running === undefined && url === undefined) {
    const hint = 'Start earshot gateway or earshot start (with the same --state), or give its address with --url.';
    throw new EarshotError('gateway_not_found', 'No gateway runs with this state folder', hint);
  }
  const link = `${url ?? running}/console/#sign-in=${await store.createLink(role)}`;
  const minutes = LINK_LIFETIME_MS / MINUTE_MS;
  if (json) return printJson({ link, role, expiresInMs: LINK_LIFETIME_MS });
  printLine(link);
  printLine(
    `It signs one browser in as ${role === 'viewer' ? 'a viewer' : 'the operator'}, once, within ${minutes} minutes.`,
  );
}

async function list(store: SignInStore, { json }: ConsoleOptions): Promise<void> {
  const sessions = await store.sessions();
  for (const session of sessions) {
    const { id, role, address, createdAt, usedAt, expiresAt } = session;
    if (json) printJson(session);
    else {
      const times = `since ${isoTime(createdAt)}, last used ${isoTime(usedAt)}, until ${isoTime(expiresAt)}`;
      printLine(`${id}  ${role}  ${cell(address)}  ${times}`);
    }
  }
  if (sessions.length === 0 && !json) printLine('nobody is signed in');
}

async function revoke(store: SignInStore, id: string, { json }: ConsoleOptions): Promise<void> {
  if (!(await store.session(id))) {
    throw new EarshotError('usage', 'There is no such session', 'List them with: earshot console --list');
  }
  await store.end(id);
  if (json) printJson({ session: id, revoked: true });
  else printLine(`the session ${id} has ended`);
}

export default define;
