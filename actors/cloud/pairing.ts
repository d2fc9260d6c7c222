/**
 * Pairs one device that has no token: shows it a code, waits for the operator, gives it its token, and hangs up. The cloud
 * learns the hash of the token alone.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { describeError, errorFields, errorInfo, infoFields } from '../../src/core/errors.ts';
import type { LogFields } from '../../src/core/log/log.ts';
import {
  CLOSE_NORMAL,
  CLOSE_POLICY,
  CLOSE_TRY_AGAIN_LATER,
  type DeviceMessage,
  type GatewayMessage,
} from '../../src/protocol/control.ts';
import { MAX_FAULTS, type MessageListener } from '../network/message-socket.ts';
import type { DeviceSocket } from '../session/handshake.ts';
import { hashTokenSync } from './access.ts';
import { type Cloud, CloudRefusal, type Unwatch } from './cloud.ts';
import type { PairingPlaces } from './pairing-places.ts';

/** Codes are drawn again when one is in use; with 50 waiting of a million, five times in a row never happens. */
const MAX_DRAWS = 5;
/** As the cloud has it (convex/pairing.ts). */
const CODE_LIFETIME_MS = 10 * 60_000;

export interface PairingOptions {
  cloud: Promise<Cloud>;
  places: PairingPlaces;
  /** Whose connection it is: a key of `places`. */
  address: string;
  /** Warns of what anybody can cause, under as many names as he likes: now and then. */
  warnOccasionally: (message: string, fields: LogFields) => void;
  /** It has been given this token. */
  onPaired: (tokenHash: string, device: string, tokenExpiresAt: number) => void;
  newId: () => string;
}

export function pairDevice(
  { socket, hello, scope }: DeviceSocket,
  { cloud, places, address, warnOccasionally, onPaired, newId }: PairingOptions,
): void {
  const { clock, log } = scope;
  const device = hello.device.name;
  const request = newId();
  const givePlaceBack = places.take(address);
  /** The cloud, once it has been asked for a code. */
  let asked: Cloud | undefined;
  let isPaired = false;
  let unwatch: Unwatch | undefined;
  let expiry: unknown;
  let over = false;
  let claiming = false;

  const tell = (message: GatewayMessage) => socket.send(message);
  const fault = () => socket.fault('not_paired', 'a device without a token may only be paired');

  const listener: MessageListener<DeviceMessage> = {
    maxFaults: MAX_FAULTS,
    onMessage(message) {
      if (message.type === 'ping') {
        const now = clock.now();
        return tell({ type: 'pong', t0: message.t0, t1: now, t2: now });
      }
      if (message.type !== 'bye') fault();
    },
    onUnknown: fault,
    onPacket() {
      fault();
      return undefined;
    },
    onFault({ isLast }) {
      // Whatever was wrong with it: before it is paired a device may say nothing else.
      const message = 'a device without a token may only be paired';
      tell({ type: 'error', code: 'not_paired', message, retryable: true });
      if (isLast) hangUp(CLOSE_POLICY, 'not paired');
    },
    onClose() {},
  };
  socket.listen(listener, scope);
  scope.onEnd(end);
  if (givePlaceBack) scope.run(() => start().catch(fail));
  else fail(new CloudRefusal('too_many_attempts', 'Too many devices of this address want to be paired.'));

  async function start(): Promise<void> {
    const ready = await cloud;
    if (over) return;
    asked = ready;
    const { code, expiresAt } = await requestCode(ready);
    // The code may be younger than the goodbye.
    if (over) return withdraw();
    log.info('a device wants to be paired', { device, pairingCode: code, approve: `earshot pair approve ${code}` });
    tell({ type: 'pair.pending', code, expiresAt });
    // By the cloud's clock. One that is not ours, or ours that was never set, would end it at once, or never.
    const leftMs = expiresAt - clock.wallNow();
    const waitMs = leftMs > 0 && leftMs < CODE_LIFETIME_MS ? leftMs : CODE_LIFETIME_MS;
    expiry = clock.setTimeout(() => hangUp(CLOSE_NORMAL, 'the code has expired'), waitMs);
    const onApproved = () => {
      if (claiming) return;
      claiming = true;
      scope.run(() => claim(ready).catch(fail));
    };
    unwatch = ready.watchPairing(request, scope.guard(onApproved));
  }

  async function requestCode(ready: Cloud): Promise<{ code: string; expiresAt: number }> {
    for (let draw = 1; ; draw++) {
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      try {
        return { code, ...(await ready.requestPairing({ request, code, device })) };
      } catch (error) {
        const isTaken = error instanceof CloudRefusal && error.refusal === 'code_taken';
        if (!isTaken || draw === MAX_DRAWS) throw error;
      }
    }
  }

  async function claim(ready: Cloud): Promise<void> {
    const token = randomBytes(32).toString('base64url');
    const tokenHash = hashTokenSync(token);
    const { tokenExpiresAt } = await ready.claimPairing({ request, tokenHash });
    if (over) {
      log.warn('a device left before it got its token', { device });
      return withdraw(tokenHash);
    }
    isPaired = true;
    onPaired(tokenHash, device, tokenExpiresAt);
    tell({ type: 'pair.approved', token });
    log.info('a device was paired', { device });
    hangUp(CLOSE_NORMAL, 'paired');
  }

  function fail(error: unknown): void {
    if (over) return;
    const info = errorInfo(error);
    warnOccasionally('a device could not be paired', { device, ...infoFields(info) });
    const isTooMany = error instanceof CloudRefusal && error.refusal === 'too_many_attempts';
    tell({
      type: 'error',
      code: isTooMany ? 'too_many_attempts' : info.code,
      message: describeError(info),
      retryable: true,
    });
    hangUp(CLOSE_TRY_AGAIN_LATER, 'cannot be paired now');
  }

  function hangUp(code: number, reason: string): void {
    tell({ type: 'bye', reason });
    socket.close(code, reason);
    end();
  }

  function end(): void {
    if (over) return;
    over = true;
    unwatch?.();
    clock.clearTimeout(expiry);
    givePlaceBack?.(isPaired ? 'paired' : 'left');
    withdraw();
  }

  /** Nobody shows the code any more: it must not be approved, and must not take the place of another. */
  function withdraw(tokenHash?: string): void {
    if (isPaired || !asked) return;
    asked
      .withdrawPairing({ request, ...(tokenHash !== undefined && { tokenHash }) })
      .catch((error: unknown) =>
        warnOccasionally('a pairing code could not be withdrawn', { device, ...errorFields(error) }),
      );
  }
}
