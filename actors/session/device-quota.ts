/**
 * What one device may use of the gateway, in all of its connections: connections, turns, reports, audio ahead of real time, and
 * lines in the log. What it uses counts for its address and for its tenant, too, and at the gateway to which it goes.
 */

import type { Limits } from '../../src/core/limits/limits.ts';
import { createTokenBucket, type TokenBucket } from '../../src/core/limits/token-bucket.ts';
import { createLimitedLog, type LimitedLog } from '../../src/core/log/limited-log.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { type AddressLimits, AddressQuota } from './address-quota.ts';
import type { TenantQuota } from './tenant-quota.ts';

const MINUTE_MS = 60_000;
/** Minimum number of devices whose use is remembered, before those with little use are forgotten. */
const REMEMBERED_DEVICES = 1_000;

export type QuotaLimits = Pick<
  Limits,
  'reconnects' | 'turns' | 'audioAheadMs' | 'reports' | 'deviceLogLines' | 'logLines'
> &
  AddressLimits;

/** What a device has used of its limits and has not got back yet; limits by name. */
export type UsedAllowance = Record<'reconnects' | 'turns' | 'audioAheadMs' | 'reports', number>;

/** A share of a limit that is worth telling to other gateways. */
const WORTH_TELLING = 0.1;

export interface DeviceQuota {
  /** For lines that the device causes. */
  readonly log: Log;
  /**
   * Counts a connection. False: it exceeds the limit, and is not counted.
   *
   * @param address where it comes from: what the device uses from now on counts for it, too. Undefined: no address is limited
   */
  takeConnection(address?: string): boolean;
  /** Counts a turn. Undefined: it may begin; otherwise the reason, for people, and the turn is not counted. */
  takeTurn(): string | undefined;
  /** Counts a report of metrics. False: it is one too many, and is not counted. */
  takeReport(): boolean;
  /** Audio has arrived. A turn that has begun may end: an excess delays the next turn. */
  takeAudio(ms: number, bytes: number): void;
  /** Undefined: next to nothing. */
  used(): UsedAllowance | undefined;
  /** What it had used when it left another gateway, so long ago; what it had used here before is in it. */
  usedElsewhere(used: UsedAllowance, agoMs: number): void;
}

export interface DeviceQuotas {
  of(device: string): DeviceQuota;
  /** Logs how many lines were suppressed. */
  close(): void;
}

interface Known extends DeviceQuota {
  readonly log: LimitedLog;
  readonly allowances: readonly TokenBucket[];
}

/** @param tenant whose devices they are */
export function createDeviceQuotas(
  limits: QuotaLimits,
  tenant: Pick<TenantQuota, 'takeTurn' | 'takeSpeech'>,
  clock: Clock,
  log: Log,
): DeviceQuotas {
  const known = new Map<string, Known>();
  const addresses = new AddressQuota(limits, clock);
  let sweepAt = REMEMBERED_DEVICES;
  const all = createLimitedLog({ log, linesPerMinute: limits.logLines, clock });

  function create(device: string): Known {
    const connections = createTokenBucket(limits.reconnects, MINUTE_MS);
    const turns = createTokenBucket(limits.turns, MINUTE_MS);
    const reports = createTokenBucket(limits.reports, MINUTE_MS);
    // The allowance grows in real time: live speech never exceeds it.
    const audio = createTokenBucket(limits.audioAheadMs, limits.audioAheadMs);
    const buckets: Record<keyof UsedAllowance, TokenBucket> = {
      reconnects: connections,
      turns,
      audioAheadMs: audio,
      reports,
    };
    let from: string | undefined;
    return {
      log: createLimitedLog({ log: all, linesPerMinute: limits.deviceLogLines, clock, fields: { device } }),
      allowances: Object.values(buckets),
      takeConnection(address) {
        from = address;
        return connections.takeOne(clock.now());
      },
      takeTurn() {
        const waitMs = audio.waitMs(clock.now());
        if (waitMs > 0) return `The device has sent its audio too fast: wait ${Math.ceil(waitMs / 1_000)} s`;
        if (!turns.takeOne(clock.now())) return `The device begins more than ${limits.turns} turns a minute`;
        const refusal = from === undefined ? undefined : addresses.takeTurn(from);
        return refusal ?? tenant.takeTurn();
      },
      takeReport: () => reports.takeOne(clock.now()),
      takeAudio(ms, bytes) {
        audio.take(ms, clock.now());
        if (from !== undefined) addresses.takeSpeech(from, ms, bytes);
        tenant.takeSpeech(ms, bytes);
      },
      used() {
        const missing = (name: keyof UsedAllowance) => buckets[name].missing(clock.now());
        const names = Object.keys(buckets) as (keyof UsedAllowance)[];
        if (!names.some((name) => missing(name) > WORTH_TELLING * limits[name])) return undefined;
        return Object.fromEntries(names.map((name) => [name, Math.round(missing(name))])) as UsedAllowance;
      },
      usedElsewhere(used, agoMs) {
        for (const [name, bucket] of Object.entries(buckets)) {
          bucket.wereMissing(used[name as keyof UsedAllowance], agoMs, clock.now());
        }
      },
    };
  }

  /** Rare enough: only when the number of devices has doubled. */
  function forgetRested(): void {
    const nowMs = clock.now();
    for (const [device, { allowances, log: own }] of known) {
      if (own.isRested() && allowances.every((each) => each.isFull(nowMs))) known.delete(device);
    }
    sweepAt = Math.max(REMEMBERED_DEVICES, 2 * known.size);
  }

  return {
    of(device) {
      const found = known.get(device);
      if (found) return found;
      if (known.size >= sweepAt) forgetRested();
      const created = create(device);
      known.set(device, created);
      return created;
    },
    close() {
      for (const { log: own } of known.values()) own.close();
      all.close();
    },
  };
}
