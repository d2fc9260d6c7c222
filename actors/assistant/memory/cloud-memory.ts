/**
 * The memory of conversations, and lists, in the cloud behind the gateway.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { within } from '../../../src/core/time/within.ts';
import type { Cloud } from '../../cloud/cloud.ts';
import type { CloudRecorder } from '../../cloud/cloud-recorder.ts';
import type { DialogueMessage, Lists } from '../parts/memory.ts';
import type { DeviceControls } from '../skills/skill.ts';
import type { MessageStore } from './conversation-memory.ts';

/** A person waits for the answer. */
const PATIENCE_MS = 3_000;

export interface CloudMemoryOptions {
  cloud: Promise<Cloud>;
  clock: Clock;
}

export function createCloudStore({
  cloud,
  recorder,
  clock,
}: CloudMemoryOptions & { recorder: Pick<CloudRecorder, 'message'> }): MessageStore {
  const ask = patientCloud({ cloud, clock });
  return {
    async load(device, limit) {
      const { messages, summary } = await ask((ready) => ready.recallMessages(device, limit));
      return {
        messages: messages.map(
          ({ turn: turnId, at: atMs, role, text }): DialogueMessage => ({
            role,
            text,
            turnId,
            atMs,
          }),
        ),
        ...(summary !== undefined && { summary }),
      };
    },
    put: (device, { role, text, turnId: turn, atMs: at }) => recorder.message(device, { turn, role, text, at }),
    summarize: (device, text, until) => ask((ready) => ready.summarizeMessages(device, { text, until })),
    forget: (device, nowMs) => ask((ready) => ready.forgetMessages(device, nowMs)),
  };
}

export function createCloudLists(options: CloudMemoryOptions): Lists {
  const ask = patientCloud(options);
  return {
    async names(device) {
      return (await ask((ready) => ready.lists(device))).map(({ list }) => list);
    },
    async items(device, list) {
      const all = await ask((ready) => ready.lists(device));
      return all.find((each) => each.list === list.trim().toLowerCase())?.items ?? [];
    },
    add: (device, list, items) => ask((ready) => ready.addToList(device, list, items)),
    remove: (device, list, items) => ask((ready) => ready.removeFromList(device, list, items)),
    async clear(device, list) {
      await ask((ready) => ready.removeFromList(device, list));
    },
  };
}

/**
 * The volume of a device is a setting: the cloud passes it on at once. What rings or speaks on the device is ended there, by the press
 * that begins the turn in which the person says so.
 */
export function createCloudControls(options: CloudMemoryOptions): DeviceControls {
  const ask = patientCloud(options);
  return {
    volume: async (device) => (await ask((ready) => ready.settings(device))).volumePercent,
    setVolume: (device, percent) => ask((ready) => ready.setVolume(device, percent)),
    stop: async () => {},
  };
}

/** Rejects with `cloud_unavailable` when the cloud is away or slow, instead of waiting for it. */
function patientCloud({ cloud, clock }: CloudMemoryOptions) {
  return async <Answer>(call: (ready: Cloud) => Promise<Answer>): Promise<Answer> => {
    let answer: { value: Answer } | undefined;
    const asked = async () => {
      const ready = await cloud;
      if (!ready.isConnected) throw unavailable();
      answer = { value: await call(ready) };
    };
    await within(asked(), PATIENCE_MS, clock);
    if (!answer) throw unavailable();
    return answer.value;
  };
}

function unavailable(): EarshotError {
  return new EarshotError('cloud_unavailable', 'The cloud cannot be asked now', 'Try again later.');
}
