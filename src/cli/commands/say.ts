import { InvalidArgumentError, Option } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import { api } from '../../../convex/_generated/api.js';
import type { AnnouncementStatus } from '../../../convex/announcements.ts';
import { EarshotError } from '../../core/errors.ts';
import { type Operator, withCloud } from '../../gateway/operator.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';

interface SayOptions extends StateOption {
  priority: 'normal' | 'urgent';
  expires: number;
  wait?: boolean;
  json?: boolean;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** The cloud finds out that an announcement has expired by its own clock; its report may take a moment. */
const GRACE_MS = 15_000;
/** A long announcement is spoken for a minute. */
const SPOKEN_WITHIN_MS = 120_000;

const HELP = `
The device says it when nobody speaks; in its quiet hours (earshot settings) only what is urgent. With --wait the command
waits until it is known what became of it; its exit code is then 0 if it was said to the end, and 1 if not.`;

const define: DefineCommand = (command) => {
  command
    .argument('<device>', 'name of the device')
    .argument('<text>', 'what it says, up to 1,000 characters')
    .addOption(
      new Option('--priority <priority>', 'urgent ones come first, also in quiet hours')
        .choices(['normal', 'urgent'])
        .default('normal'),
    )
    .addOption(
      new Option('--expires <duration>', 'how long it may wait for the device: 30s, 10m, 2h, 1d')
        .argParser(duration)
        .default(10 * UNIT_MS.m, '10m'),
    )
    .option('--wait', 'wait until it is known what became of it')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  addStateOption(command).action((device: string, text: string, options: SayOptions) =>
    withCloud(options.state, (operator) => say(operator, device, text, options)),
  );
};

function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? 0);
  if (!(ms > 0)) throw new InvalidArgumentError('Write a duration like 30s, 10m, 2h or 1d.');
  return ms;
}

async function say(operator: Operator, device: string, text: string, options: SayOptions): Promise<void> {
  const { priority, expires: expiresInMs, wait, json } = options;
  const id = uuidv7();
  await operator.client.mutation(api.announcements.say, { device, id, text, priority, expiresInMs });
  if (!wait) {
    if (json) printJson({ id, state: 'offered' });
    else printLine(`announced to ${device}: ${id}`);
    return;
  }
  if (!json) printMessage(`waiting for ${device}`);
  const told = await outcome(operator, device, id, expiresInMs);
  if (json) printJson(told);
  if (told.state !== 'played') throw new EarshotError('announcement_failed', ...describe(device, told));
  if (!json) printLine(`${device} has said it`);
}

/** Resolves when nothing more becomes of it. */
function outcome({ client }: Operator, device: string, id: string, expiresInMs: number): Promise<AnnouncementStatus> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => end(() => reject(noReport(device))),
      Math.min(expiresInMs + SPOKEN_WITHIN_MS + GRACE_MS, 2 ** 31 - 1),
    );
    const unwatch = client.onUpdate(
      api.announcements.get,
      { device, id },
      (told) => {
        if (!told) return end(() => reject(new EarshotError('announcement_failed', 'It was deleted', 'Say it again.')));
        if (told.state !== 'offered' && told.state !== 'taken') end(() => resolve(told));
      },
      (error) => end(() => reject(error)),
    );
    function end(then: () => void): void {
      clearTimeout(limit);
      // A subscription must not be ended while it is made.
      queueMicrotask(() => unwatch());
      then();
    }
  });
}

function noReport(device: string): EarshotError {
  const hint = `Is ${device} connected? See earshot turns --device ${device}.`;
  return new EarshotError('announcement_failed', 'It is not known what became of it', hint);
}

const REASONS: Record<string, [message: string, hint: string]> = {
  'not-supported': ['cannot make announcements', 'Update the device.'],
  'no-voice': ['was not told: its gateway has no voice', 'Start the gateway with --responder assistant.'],
  'quiet-hours': ['has quiet hours', 'Use --priority urgent, or a later --expires.'],
  'queue-full': ['has too many announcements waiting', 'Try again later.'],
  'turn-failed': ['could not say it', 'See the log of the gateway.'],
  'no-report': ['began to say it, and was not heard of again', 'See earshot turns.'],
};

function describe(device: string, { state, reason = '' }: AnnouncementStatus): [message: string, hint: string] {
  const known = REASONS[reason];
  if (known) return [`${device} ${known[0]}`, known[1]];
  if (state === 'interrupted') return [`${device} was interrupted before the end`, 'Say it again.'];
  const hint = `Is ${device} connected? A later --expires gives it more time.`;
  return [`${device} did not say it in time`, hint];
}

export default define;
