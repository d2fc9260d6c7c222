/**
 * A wake word server that speaks Wyoming (wyoming-openwakeword, wyoming-microwakeword, …): all sound goes to it, detections come back.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import { connectReason } from '../../src/core/connect-reasons.ts';
import { EarshotError, messageOf, systemCode } from '../../src/core/errors.ts';
import { openWyomingSocket, type WyomingAddress, wyomingAddress } from '../../src/core/wyoming/wyoming-socket.ts';
import { isLoopback } from '../../src/server/addresses.ts';
import type { WakeEngineOptions, WakeEngineProvider } from './provider.ts';
import { createWakeDetector, DEFAULT_RULE } from './wake-detector.ts';
import { WyomingListener } from './wyoming-listener.ts';
import { wakeWordsOf } from './wyoming-wake-info.ts';

/** The port of wyoming-openwakeword. */
const DEFAULT_PORT = 10_400;
/** A description of many words; a detection has some bytes. */
const MAX_EVENT_BYTES = 1_048_576;
const DESCRIBE_MS = 5_000;
/** Servers do not say when a word began. */
const WORD_MS = 800;
const HINT = 'Start the server, or check --wake-word: wyoming:tcp://HOST:PORT[/WORD].';

export const wyomingWake: WakeEngineProvider = {
  async check(options) {
    parse(options);
  },
  open(options) {
    const { rule } = options;
    const { address, url, word } = parse(options);
    return async (onWake, scope) => {
      await checkServer(address, url, word, scope);
      if (!isLoopback(address.host)) {
        scope.log.warn('all sound goes to the wake word server, also before the wake word', { server: url });
      }
      const detector = createWakeDetector({ ...DEFAULT_RULE, ...rule, patience: 1 });
      const listener = new WyomingListener(
        (signal) => openWyomingSocket(address, MAX_EVENT_BYTES, signal),
        { server: url, word },
        (heard, endedAtMs) => {
          if (!detector.push(1, endedAtMs)) return;
          onWake({ word: heard, score: 1, startedAtMs: endedAtMs - WORD_MS, endedAtMs });
        },
        scope,
      );
      scope.onEnd(() => listener.close());
      scope.run(async () => {
        const reason = await listener.keepListening();
        if (reason !== undefined) throw unavailable(url, reason);
      });
      return listener;
    };
  },
};

/** @throws EarshotError `usage` */
function parse({ target, rule }: WakeEngineOptions): {
  address: WyomingAddress;
  url: string;
  word: string | undefined;
} {
  if (rule.threshold !== undefined || rule.patience !== undefined) {
    const hint = 'Set the threshold on the server; here there is only refractoryMs.';
    throw new EarshotError('usage', 'A Wyoming server decides by its own scores', hint);
  }
  const [, url = '', word] = /^(tcp:\/\/[^/]+)(?:\/(.*))?$/s.exec(target) ?? [];
  const address = wyomingAddress(url, DEFAULT_PORT);
  if (!address) throw new EarshotError('usage', `${target} is not the address of a Wyoming server`, HINT);
  return { address, url, word: word ? decode(word) : undefined };
}

/** A percent sign may mean itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws EarshotError `wake_unavailable` */
async function checkServer(address: WyomingAddress, url: string, word: string | undefined, scope: Scope) {
  const controller = new AbortController();
  const socket = openWyomingSocket(address, MAX_EVENT_BYTES, controller.signal);
  const limit = scope.clock.setTimeout(() => socket.close(), DESCRIBE_MS);
  // Its clock stops with it.
  scope.onEnd(() => socket.close());
  try {
    const words = await wakeWordsOf(socket);
    if (!words) throw new Error('it is a Wyoming server, but not for wake words');
    if (word !== undefined && !words.includes(word)) {
      throw new Error(`it has no wake word ${JSON.stringify(word)}; it has ${words.join(', ') || 'none'}`);
    }
  } catch (cause) {
    throw unavailable(url, reasonOf(cause));
  } finally {
    scope.clock.clearTimeout(limit);
    socket.close();
  }
}

function reasonOf(cause: unknown): string {
  return connectReason(systemCode(cause)) ?? messageOf(cause);
}

function unavailable(url: string, reason: string): EarshotError {
  return new EarshotError('wake_unavailable', `The wake word server ${url} cannot be used: ${reason}`, HINT);
}
