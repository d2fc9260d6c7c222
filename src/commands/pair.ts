import { CloudRefusal } from '../../actors/cloud/cloud.ts';
import { api } from '../../convex/_generated/api.js';
import { withCloud } from '../gateway/operator.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

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
      const approved = await withCloud(state, async ({ client, gatewayKey }) => {
        const answer = await client.mutation(api.pairing.approve, { gatewayKey, code: code.replaceAll(/\D/g, '') });
        if (!answer.ok) throw new CloudRefusal(answer.code, answer.message);
        return answer;
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
        `${code}  ${device} waits until ${clockTime(expiresAt)}${replaces ? ' (a device of this name is paired)' : ''}`,
      );
    }
    for (const { name, paired, revokedAt, tokenExpiresAt, lastSeenAt } of devices) {
      const standing = paired ? `paired until ${day(tokenExpiresAt)}` : revokedAt ? 'revoked' : 'not paired';
      printLine(`${name}  ${standing}, last seen ${new Date(lastSeenAt).toISOString()}`);
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

function clockTime(ms: number): string {
  return new Date(ms).toLocaleTimeString();
}

function day(ms: number | undefined): string {
  return ms === undefined ? '–' : new Date(ms).toISOString().slice(0, 10);
}

export default define;
