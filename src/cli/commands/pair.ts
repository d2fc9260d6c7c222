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

/** How long a device whose code was approved may take to come for its token. */
const CLAIM_PATIENCE_MS = 5_000;

interface PairOptions extends StateOption {
  json?: boolean;
}

const define: DefineCommand = (command) => {
  const subcommand = (usage: string, summary: string) => {
    const added = command.command(usage).description(summary).copyInheritedSettings(command);
    return addStateOption(added).option('--json', 'print JSON');
  };

  subcommand('approve <code>', 'let the device in that shows this code').action(
    async (code: string, { state, json }: PairOptions) => {
      const digits = code.replaceAll(/[\s-]/g, '');
      if (!/^\d{6}$/.test(digits)) throw new EarshotError('usage', 'A code has six digits', 'The device shows it.');
      const approved = await withCloud(state, async ({ client, gatewayKey }) => {
        const answer = await client.mutation(api.pairing.approve, { gatewayKey, code: digits });
        if (!answer.ok) throw new CloudRefusal(answer.code, answer.message);
        if (await hasItsToken({ client, gatewayKey }, digits)) return answer;
        throw new CloudRefusal('code_withdrawn', `${answer.device} did not come for its token: it is not paired`);
      });
      if (json) printJson({ device: approved.device, replaced: approved.replaced });
      else
        printLine(
          `${approved.device} is paired${approved.replaced ? ' again: its old token is worth nothing now' : ''}`,
        );
    },
  );

  subcommand('list', 'the devices that wait, and those that are known').action(async ({ state, json }: PairOptions) => {
    const { waiting, devices } = await withCloud(state, async ({ client, gatewayKey }) => ({
      waiting: await client.query(api.pairing.list, { gatewayKey }),
      devices: await client.query(api.devices.list, { gatewayKey }),
    }));
    if (json) return printJson({ waiting, devices });
    for (const { code, device, expiresAt, replaces } of waiting) {
      printLine(
        `${code}  ${cell(device)} waits until ${clockTime(expiresAt)}${replaces ? ' (a device of this name is paired)' : ''}`,
      );
    }
    for (const { name, paired, revokedAt, tokenExpiresAt, lastSeenAt } of devices) {
      const standing = paired ? `paired until ${day(tokenExpiresAt)}` : revokedAt ? 'revoked' : 'not paired';
      printLine(`${cell(name)}  ${standing}, last seen ${isoTime(lastSeenAt)}`);
    }
    if (waiting.length + devices.length === 0) printLine('no devices');
  });

  subcommand('revoke <device>', "make a device's token worth nothing, at once").action(
    async (device: string, { state, json }: PairOptions) => {
      await withCloud(state, ({ client, gatewayKey }) => client.mutation(api.devices.revoke, { gatewayKey, device }));
      if (json) printJson({ device, revoked: true });
      else printLine(`the token of ${device} is revoked`);
    },
  );
};

/** An approval is worth something once the device has its token; one that is gone does not come for it. */
async function hasItsToken({ client, gatewayKey }: Pick<Operator, 'client' | 'gatewayKey'>, code: string) {
  const standing = await new Promise<FunctionReturnType<typeof api.pairing.standing>>((resolve) => {
    let latest: FunctionReturnType<typeof api.pairing.standing> = null;
    const stop = () => {
      unwatch();
      clearTimeout(patience);
      resolve(latest);
    };
    const unwatch = client.onUpdate(api.pairing.standing, { gatewayKey, code }, (next) => {
      latest = next;
      if (next?.status !== 'approved') setImmediate(stop);
    });
    const patience = setTimeout(stop, CLAIM_PATIENCE_MS);
  });
  if (!standing || standing.status === 'withdrawn') return false;
  if (standing.status === 'used') return true;
  return (await client.mutation(api.pairing.withdraw, { gatewayKey, request: standing.request })) === 'used';
}

function clockTime(ms: number): string {
  return new Date(ms).toLocaleTimeString();
}

function day(ms: number | undefined): string {
  return ms === undefined ? '–' : isoDay(ms);
}

export default define;
