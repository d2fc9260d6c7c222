/**
 * Of the devices of a group that hear one wake word, the best answers. Each begins its turn at once, so a device alone
 * waits for nothing; the others are told to cancel theirs.
 *
 * The choice is made a fixed time after the first report. A device that reports later has lost.
 */
import { createScope, type OwnedScope } from '../../src/core/actor/scope.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';

/** What a device has heard. */
export interface WakeReport {
  device: string;
  /** Of devices within earshot of each other. */
  group: string;
  word: string;
  levelDb: number;
  /** How sure its engine is, 0 to 1. */
  score: number;
  /** When the word ended, on the gateway's clock. */
  heardAtMs: number;
}

export interface WakeClaim extends WakeReport {
  /** Whether its turn goes on: one that was cancelled meanwhile answers nothing. */
  isCurrent(): boolean;
  /** Called at most once: another device answers. */
  onLost(): void;
}

export interface WakeWords {
  claim(claim: WakeClaim): void;
  close(): void;
}

export interface WakeWordsOptions {
  clock: Clock;
  log: Log;
  /** Infinity: there is no choice, all devices answer. */
  decisionMs: number;
  /** Between the ends of a word at two devices. */
  windowMs: number;
  /** To and from other gateways: undefined: there are none. */
  elsewhere?: WakeElsewhere | undefined;
}

/** Devices of the same groups at other gateways. */
export interface WakeElsewhere {
  /** Whether devices of this group are elsewhere. */
  isShared(group: string): boolean;
  tell(report: WakeReport): void;
  onReport(listener: (report: WakeReport) => void): void;
}

/** Reports of one spoken word. It crashes alone: then each of its devices answers. */
interface Round {
  scope: OwnedScope;
  group: string;
  word: string;
  heardAtMs: number;
  claims: WakeClaim[];
  isDecided: boolean;
  winner: WakeClaim | undefined;
  /** Devices of its group are at other gateways. */
  isShared: boolean;
}

/** A louder device is nearer. Below this difference microphones differ more than distances, and the surer engine counts. */
const LOUDER_DB = 3;
/** After the choice: how late a report may come that still loses. */
const LATE_MS = 2_000;

export function createWakeWords({ clock, log, decisionMs, windowMs, elsewhere }: WakeWordsOptions): WakeWords {
  const rounds = new Set<Round>();

  function decide(round: Round): void {
    round.isDecided = true;
    const best = round.isShared ? bestInSteps : bestOf;
    round.winner = best(round.claims.filter((claim) => claim.isCurrent()));
    for (const claim of round.claims) if (claim !== round.winner && claim.isCurrent()) lose(claim, round);
    round.claims = [];
    round.scope.clock.setTimeout(() => end(round), windowMs + LATE_MS);
  }

  function begin({ group, word, heardAtMs }: WakeReport): Round {
    const onCrash = (error: unknown) => {
      log.error('the choice of a device crashed: each answers', { error: messageOf(error) });
      rounds.delete(round);
    };
    const scope = createScope('the choice of a device', { clock, log, onCrash });
    const isShared = elsewhere?.isShared(group) ?? false;
    const round: Round = {
      scope,
      group,
      word,
      heardAtMs,
      claims: [],
      isDecided: false,
      winner: undefined,
      isShared,
    };
    rounds.add(round);
    scope.clock.setTimeout(() => decide(round), decisionMs);
    return round;
  }

  function end(round: Round): void {
    rounds.delete(round);
    round.scope.end();
  }

  function lose({ device, onLost, levelDb }: WakeClaim, { winner }: Round): void {
    const by = { answers: winner?.device, answersDb: winner?.levelDb };
    log.info('another device answers to the wake word', { device, levelDb, ...by });
    onLost();
  }

  function roundOf({ group, word, heardAtMs }: WakeReport): Round | undefined {
    const isSame = (round: Round) =>
      round.group === group && round.word === word && Math.abs(round.heardAtMs - heardAtMs) <= windowMs;
    return [...rounds].find(isSame);
  }

  /** Of a device at another gateway, which ends its turn if it has lost. */
  function onElsewhere(report: WakeReport): void {
    if (decisionMs === Number.POSITIVE_INFINITY) return;
    const round = roundOf(report) ?? begin(report);
    const claim = { ...report, isCurrent: () => true, onLost: () => undefined };
    if (!round.isDecided) {
      round.claims.push(claim);
      return;
    }
    // It came after the choice here, but the others may have chosen it.
    const { winner } = round;
    if (winner?.isCurrent() && bestInSteps([winner, claim]) === winner) return;
    round.winner = claim;
    if (winner?.isCurrent()) lose(winner, round);
  }
  elsewhere?.onReport(onElsewhere);

  return {
    claim(claim) {
      if (decisionMs === Number.POSITIVE_INFINITY) return;
      const round = roundOf(claim) ?? begin(claim);
      if (!round.isDecided && round.isShared) elsewhere?.tell(claim);
      // A device that repeats its report, because it has reconnected, does not compete with itself.
      if (!round.winner) round.claims = [...round.claims.filter(({ device }) => device !== claim.device), claim];
      else if (round.winner.device !== claim.device && round.winner.isCurrent()) lose(claim, round);
    },
    close() {
      for (const round of rounds) end(round);
    },
  };
}

/** The surest of the loudest; of equal ones the same, whatever the order. */
export function bestOf<Report extends WakeReport>(reports: readonly Report[]): Report | undefined {
  const loudestDb = Math.max(...reports.map(({ levelDb }) => levelDb));
  return reports
    .filter(({ levelDb }) => levelDb >= loudestDb - LOUDER_DB)
    .sort((a, b) => b.score - a.score || b.levelDb - a.levelDb || (a.device < b.device ? -1 : 1))[0];
}

/**
 * The loudest in steps of 3 dB; of equally loud ones the surest. For a group at several gateways: the best of some reports and of the others is the best
 * of all, so gateways choose the same in whichever order they hear of them. ("Within 3 dB of the loudest" depends on who is the loudest.)
 */
function bestInSteps<Report extends WakeReport>(reports: readonly Report[]): Report | undefined {
  const step = ({ levelDb }: WakeReport) => Math.floor(levelDb / LOUDER_DB);
  return [...reports].sort(
    (a, b) => step(b) - step(a) || b.score - a.score || b.levelDb - a.levelDb || (a.device < b.device ? -1 : 1),
  )[0];
}
