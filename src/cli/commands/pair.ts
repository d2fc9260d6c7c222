import type { FunctionReturnType } from 'convex/server';
import { CloudRefusal } from '../../../actors/cloud/cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import { EarshotError } from '../../core/errors.ts';
import { isoDay, isoTime } from '../../core/time/iso-time.ts';
import { type Operator, withCloud } from '../../gateway/operator.ts';
import { cell } from '../terminal/cell.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

/** How long a device may take to claim its token after the approval. */
const CLAIM_TIMEOUT_MS = 5_000;

interface PairOptions extends StateOption {
  json?: boolean;
}

const define: DefineCommand = (command) => {
  const subcommand = (usage: string, summary: string) => {
    const added = command.command(usage).description(summary).copyInheritedSettings(command);
    return addStateOption(added).option('--json', 'print JSON');
  };

  subcommand('approve <code>', 'pair the device that shows this code').action(
    async (code: string, { state, json }: PairOptions) => {
      const digits = code.replaceAll(/[\s-]/g, '');
      if (!/^\d{6}$/.test(digits)) throw new EarshotError('usage', 'A code has six digits', 'The device shows it.');
      const approved = await withCloud(state, async ({ client }) => {
        const answer = await client.mutation(api.pairing.approve, { code: digits });
        if (!answer.ok) throw new CloudRefusal(answer.code, answer.message);
        if (await hasItsToken(client, digits)) return answer;
        throw new CloudRefusal('code_withdrawn', `${answer.device} did not claim its token: it is not paired`);
      });
      if (json) printJson({ device: approved.device, replaced: approved.replaced });
      else printLine(`${approved.device} is paired${approved.replaced ? ' again: its old token is invalid now' : ''}`);
    },
  );

  subcommand('list', 'list waiting and known devices').action(async ({ state, json }: PairOptions) => {
    const { waiting, devices } = await withCloud(state, async ({ client }) => ({
      waiting: await client.query(api.pairing.list, {}),
      devices: await client.query(api.devices.list, {}),
    }));
    if (json) return printJson({ waiting, devices });
    for (const { code, device, expiresAt, replaces } of waiting) {
      printLine(
        `${code}  ${cell(device)} waits until ${clockTime(expiresAt)}${replaces ? ' (a device of this name is already paired)' : ''}`,
      );
    }
    for (const { name, paired, revokedAt, tokenExpiresAt, lastSeenAt } of devices) {
      const standing = paired ? `paired until ${day(tokenExpiresAt)}` : revokedAt ? 'revoked' : 'not paired';
      printLine(`${cell(name)}  ${standing}, last seen ${isoTime(lastSeenAt)}`);
    }
    if (waiting.length + devices.length === 0) printLine('no devices');
  });

  subcommand('revoke <device>', "revoke a device's token, effective at once").action(
    async (device: string, { state, json }: PairOptions) => {
      await withCloud(state, ({ client }) => client.mutation(api.devices.revoke, { device }));
      if (json) printJson({ device, revoked: true });
      else printLine(`the token of ${device} is revoked; to pair it again, start it with: earshot run --pair-again`);
    },
  );
};

/** An approval is complete only when the device has claimed its token; a device that disconnected never does. */
async function hasItsToken(client: Operator['client'], code: string) {
  const standing = await new Promise<FunctionReturnType<typeof api.pairing.standing>>((resolve) => {
    let latest: FunctionReturnType<typeof api.pairing.standing> = null;
    const stop = () => {
      unwatch();
      clearTimeout(timer);
      resolve(latest);
    };
    const unwatch = client.onUpdate(api.pairing.standing, { code }, (next) => {
      latest = next;
      if (next?.status !== 'approved') setImmediate(stop);
    });
    const timer = setTimeout(stop, CLAIM_TIMEOUT_MS);
  });
  if (!standing || standing.status === 'withdrawn') return false;
  if (standing.status === 'used') return true;
  return (await client.mutation(api.pairing.withdraw, { request: standing.request })) === 'used';
}

function clockTime(ms: number): string {
  return new Date(ms).toLocaleTimeString();
}

function day(ms: number | undefined): string {
  return ms === undefined ? '–' : isoDay(ms);
}

export default define;
