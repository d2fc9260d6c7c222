/**
 * A fake cloud: it records calls and returns the results that the test sets.
 */
import type { Cloud } from '../../actors/cloud/cloud.ts';
import type { TokenVerdict } from '../../convex/devices.ts';
import { FUNCTIONS_VERSION } from '../../src/protocol/functions-version.ts';

export interface FakeCloud extends Cloud {
  calls: { name: string; atMs: number; args: unknown[] }[];
  named(name: string): unknown[][];
  connect(isConnected: boolean): void;
  /** The next call of this function fails with this error. */
  failNext(name: string, error: Error): void;
  verdict: TokenVerdict;
  tellVerdict(verdict: TokenVerdict): void;
  approve(): void;
  tellAnnouncements(list: Parameters<Parameters<Cloud['watchAnnouncements']>[1]>[0]): void;
  tellRecordingChoices(choices: Parameters<Parameters<Cloud['watchRecordingChoices']>[0]>[0]): void;
  tellReminders(list: Parameters<Parameters<Cloud['watchReminders']>[1]>[0]): void;
}

export function fakeCloud(now: () => number = () => 0): FakeCloud {
  const calls: FakeCloud['calls'] = [];
  const failures: { name: string; error: Error }[] = [];
  const connections = new Set<(isConnected: boolean) => void>();
  const verdicts = new Set<(verdict: TokenVerdict) => void>();
  const approvals = new Set<() => void>();
  const announcements = new Set<Parameters<Cloud['watchAnnouncements']>[1]>();
  const choices = new Set<Parameters<Cloud['watchRecordingChoices']>[0]>();
  const reminders = new Set<Parameters<Cloud['watchReminders']>[1]>();
  let isConnected = true;
  let files = 0;

  async function call<T>(name: string, args: unknown[], answer: T): Promise<T> {
    calls.push({ name, atMs: now(), args });
    const at = failures.findIndex((failure) => failure.name === name);
    const failure = at < 0 ? undefined : failures.splice(at, 1)[0];
    if (failure) throw failure.error;
    return answer;
  }

  function watch<T>(set: Set<T>, listener: T): () => void {
    set.add(listener);
    return () => set.delete(listener);
  }

  const cloud: FakeCloud = {
    calls,
    named: (name) => calls.filter((each) => each.name === name).map(({ args }) => args),
    connect(next) {
      isConnected = next;
      for (const listener of connections) listener(next);
    },
    failNext: (name, error) => failures.push({ name, error }),
    verdict: { status: 'unknown' },
    tellVerdict(verdict) {
      for (const listener of verdicts) listener(verdict);
    },
    tellAnnouncements(list) {
      for (const listener of announcements) listener(list);
    },
    tellRecordingChoices(next) {
      for (const listener of choices) listener(next);
    },
    tellReminders(list) {
      for (const listener of reminders) listener(list);
    },
    approve() {
      for (const listener of approvals) listener();
    },
    get isConnected() {
      return isConnected;
    },
    watchConnection: (listener) => watch(connections, listener),
    verifyToken: (...args) => call('verifyToken', args, cloud.verdict),
    watchToken: (_hash, listener) => watch(verdicts, listener),
    watchDevice: () => () => {},
    settings: (...args) => call('settings', args, {}),
    setVolume: (...args) => call('setVolume', args, undefined),
    cachedReplies: (...args) => call('cachedReplies', args, []),
    requestPairing: (...args) => call('requestPairing', args, { expiresAt: now() + 600_000 }),
    watchPairing: (_request, listener) => watch(approvals, listener),
    claimPairing: (...args) =>
      call('claimPairing', args, { device: 'kitchen', tokenExpiresAt: now() + 365 * 86_400_000 }),
    withdrawPairing: (...args) => call('withdrawPairing', args, undefined),
    recordSession: (...args) => call('recordSession', args, now()),
    renewLease: (...args) => call('renewLease', args, FUNCTIONS_VERSION),
    watchWakeWords: () => () => {},
    reportWakeWord: (...args) => call('reportWakeWord', args, now()),
    time: () => call('time', [], now()),
    recordTurn: (...args) => call('recordTurn', args, undefined),
    turnStanding: (...args) => call('turnStanding', args, null),
    watchQuota: () => () => {},
    reportUsed: (...args) => call('reportUsed', args, undefined),
    reportDemand: (...args) => call('reportDemand', args, []),
    addReport: (...args) => call('addReport', args, undefined),
    recordMessage: (...args) => call('recordMessage', args, undefined),
    recallMessages: (...args) => call('recallMessages', args, { messages: [] }),
    summarizeMessages: (...args) => call('summarizeMessages', args, undefined),
    forgetMessages: (...args) => call('forgetMessages', args, 0),
    lists: (...args) => call('lists', args, []),
    addToList: (...args) => call('addToList', args, undefined),
    removeFromList: (...args) => call('removeFromList', args, []),
    watchAnnouncements: (_device, listener) => watch(announcements, listener),
    reportAnnouncement: (...args) => call('reportAnnouncement', args, undefined),
    watchReminders: (_device, listener) => watch(reminders, listener),
    recordReminder: (...args) => call('recordReminder', args, undefined),
    watchRecordingChoices: (listener) => watch(choices, listener),
    uploadUrl: (...args) => call('uploadUrl', args, 'http://upload'),
    upload: (...args) => call('upload', args, `file-${++files}`),
    close: async () => {},
  };
  return cloud;
}
