/**
 * Whose recordings are kept, as an operator has chosen. The gateway asks for each turn, also while the cloud is away: so the last answer of the cloud
 * lies on the disk. Without one, recordings are kept.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { errorFields, systemCode } from '../../src/core/errors.ts';
import { replacePrivateFile } from '../../src/core/files/private-files.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Cloud } from './cloud.ts';

const choices = v.object({
  keepRecordings: v.boolean(),
  devices: v.array(v.object({ device: v.string(), keepRecordings: v.boolean() })),
});
type Choices = v.InferOutput<typeof choices>;

export interface RecordingPolicy {
  keeps(device: string): boolean;
  close(): void;
}

export interface RecordingChoicesOptions {
  cloud: Promise<Pick<Cloud, 'watchRecordingChoices'>>;
  /** Where the last answer lies. */
  file: string;
  log: Log;
}

export function openRecordingChoices({ cloud, file, log }: RecordingChoicesOptions): RecordingPolicy {
  let current = lastOf(file, log);
  let own = new Map<string, boolean>();
  let unwatch: (() => void) | undefined;
  let isClosed = false;

  function take(next: Choices): void {
    current = next;
    own = new Map(next.devices.map(({ device, keepRecordings }) => [device, keepRecordings]));
  }

  function store(next: Choices): void {
    try {
      replacePrivateFile(file, JSON.stringify(next));
    } catch (error) {
      log.warn(
        'the choice of recordings is not on the disk: after a restart the one before counts',
        errorFields(error),
      );
    }
  }

  take(current);
  cloud.then(
    (ready) => {
      if (isClosed) return;
      unwatch = ready.watchRecordingChoices((next) => {
        take(next);
        store(next);
      });
    },
    // Whoever opened the cloud has told it.
    () => undefined,
  );
  return {
    keeps: (device) => own.get(device) ?? current.keepRecordings,
    close() {
      isClosed = true;
      unwatch?.();
    },
  };
}

function lastOf(file: string, log: Log): Choices {
  try {
    return v.parse(choices, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') log.warn('the choice of recordings cannot be read', errorFields(error));
    return { keepRecordings: true, devices: [] };
  }
}
