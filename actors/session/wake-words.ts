/**
 * Of the devices of a group that hear one wake word, the best answers. Each begins its turn at once, so a device alone
 * waits for nothing; the others are told to cancel theirs.
 *
 * The choice is made a fixed time after the first report. A device that reports later has lost.
 */
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
}

/** Reports of one spoken word. */
interface Round {
  group: string;
  word: string;
  heardAtMs: number;
  claims: WakeClaim[];
  winner: WakeClaim | undefined;
}

/** A louder device is nearer. Below this difference microphones differ more than distances, and the surer engine counts. */
const LOUDER_DB = 3;
/** After the choice: how late a report may come that still loses. */
const LATE_MS = 2_000;

export function createWakeWords({ clock, log, decisionMs, windowMs }: WakeWordsOptions): WakeWords {
  const rounds = new Map<Round, unknown>();

  function decide(round: Round): void {
    round.winner = bestOf(round.claims.filter((claim) => claim.isCurrent()));
    for (const claim of round.claims) if (claim !== round.winner && claim.isCurrent()) lose(claim, round);
    round.claims = [];
    rounds.set(
      round,
      clock.setTimeout(() => rounds.delete(round), windowMs + LATE_MS),
    );
  }

  function lose({ device, onLost, levelDb }: WakeClaim, { winner }: Round): void {
    const by = { answers: winner?.device, answersDb: winner?.levelDb };
    log.info('another device answers to the wake word', { device, levelDb, ...by });
    onLost();
  }

  function roundOf({ group, word, heardAtMs }: WakeReport): Round | undefined {
    const isSame = (round: Round) =>
      round.group === group && round.word === word && Math.abs(round.heardAtMs - heardAtMs) <= windowMs;
    return [...rounds.keys()].find(isSame);
  }

  return {
    claim(claim) {
      if (decisionMs === Number.POSITIVE_INFINITY) return;
      const round = roundOf(claim);
      if (!round) {
        const { group, word, heardAtMs } = claim;
        const first: Round = { group, word, heardAtMs, claims: [claim], winner: undefined };
        rounds.set(
          first,
          clock.setTimeout(() => decide(first), decisionMs),
        );
        return;
      }
      // A device that repeats its report, because it has reconnected, does not compete with itself.
      if (!round.winner) round.claims = [...round.claims.filter(({ device }) => device !== claim.device), claim];
      else if (round.winner.device !== claim.device && round.winner.isCurrent()) lose(claim, round);
    },
    close() {
      for (const timer of rounds.values()) clock.clearTimeout(timer);
      rounds.clear();
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
