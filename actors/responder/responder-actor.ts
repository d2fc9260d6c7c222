/**
 * The actor around a responder: passes it the turn's packets, sends its answer to the device connection, and lets its faults fail its turn
 * only.
 */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { ReceivedPacket, ReplyFrames } from '../../src/core/actor/data-plane.ts';
import { createScope, type OwnedScope } from '../../src/core/actor/scope.ts';
import type { ResponderContract } from '../../src/core/contracts/index.ts';
import type { DeviceProfile } from '../../src/core/device-profile.ts';
import { EarshotError, type ErrorInfo, messageOf } from '../../src/core/errors.ts';
import { runOwned, runUnowned } from '../../src/core/process/uncaught.ts';
import type { PlaybackReport } from '../../src/protocol/control.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { type AnswerOptions, createAnswer, wireText } from './answer.ts';
import type { Announcement, Listener, Responder } from './responder.ts';

export interface ResponderOptions {
  responder: Responder;
  /** The device now: asked when a turn begins. */
  device: () => DeviceProfile;
  /** An announcement that this device was offered and that was not made yet; asked once for each. */
  takeAnnouncement?: (id: string, turn: { number: number; id: string }) => Announcement | undefined;
  received: Channel<ReceivedPacket>;
  /** Of a channel: without a closure for each session in the way of a packet. */
  reply: Pick<Channel<ReplyFrames>, 'send'>;
}

/** Runs the responder's code, and the code of the gateway that it calls. */
type Owned = <Argument, Result>(
  owner: OwnedScope['crash'],
  work: (argument: Argument) => Result,
  argument: Argument,
) => Result;

// For a responder that starts nothing. With one or two arguments instead of any number: both are called for each packet.
const directly: Owned = (_owner, work, argument) => work(argument);
const directlyUnowned: AnswerOptions['unowned'] = (work, first, second) => work(first, second);

type BeginCommand = Extract<ResponderContract['receives'], { type: 'responder.begin' }>;

interface Turn {
  number: number;
  scope: OwnedScope;
  /** Undefined until the responder has returned it. */
  listener?: Listener | undefined;
}

/** A turn whose responder wants to know of its playback. The reports come after the end of the turn's own scope, too. */
interface PlayedTurn {
  number: number;
  scope: OwnedScope;
  played(report: PlaybackReport): void;
}

/** The device reports of its last two turns. */
const PLAYED_TURNS = 2;

export function defineResponder({
  responder,
  device,
  takeAnnouncement,
  received,
  reply,
}: ResponderOptions): ActorDefinition<ResponderContract> {
  const owned: Owned = responder.startsNothing ? directly : runOwned;
  const unowned: AnswerOptions['unowned'] = responder.startsNothing ? directlyUnowned : runUnowned;
  return ({ send, receive, clock, log }) => {
    let current: Turn | undefined;
    /** Oldest first. */
    const playedTurns: PlayedTurn[] = [];

    function begin({ turn: number, id, announcement: asked, patience, wakeWord }: BeginCommand): void {
      const onCrash = (thrown: unknown) => {
        const error = failureCode(thrown);
        log.error('the responder failed', { turn: id, error: error.message });
        send({ type: 'responder.failed', turn: number, error });
      };
      const scope = createScope('a turn of the responder', { clock, log, onCrash });
      const turn: Turn = { number, scope };
      current = turn;
      const answer = createAnswer({ turn: number, scope, send, reply, unowned });
      const announcement = asked === undefined ? undefined : takeAnnouncement?.(asked, { number, id });
      // It was made already, or was never offered: there is nothing to say.
      const answers = asked !== undefined && !announcement ? silent : responder;
      const start = (): void => {
        const about = {
          number,
          id,
          device: device(),
          ...(announcement && { announcement }),
          ...(patience && { patience }),
          ...(wakeWord !== undefined && { wakeWord }),
        };
        const listener: Partial<Listener> | undefined = answers(about, answer);
        if (typeof listener?.hear !== 'function') throw new TypeError('it returned no listener');
        turn.listener = listener as Listener;
        if (listener.played) remember(number, id, (report) => listener.played?.(report));
      };
      callResponder(turn, start, undefined);
    }

    function remember(number: number, id: string, listener: PlayedTurn['played']): void {
      const onCrash = (thrown: unknown) =>
        log.error('the responder failed at a report of the playback', { turn: id, error: messageOf(thrown) });
      const scope = createScope('the playback of an answer', { clock, log, onCrash });
      playedTurns.push({ number, scope, played: listener });
      if (playedTurns.length > PLAYED_TURNS) playedTurns.shift()?.scope.end();
    }

    /**
     * Calls the responder's code, guarded as by the scope of its turn, so that work started there belongs to the turn. No closure for it:
     * each packet comes through here.
     */
    function callResponder<Argument>(
      { scope }: { scope: OwnedScope },
      work: (argument: Argument) => unknown,
      argument: Argument,
    ): void {
      if (scope.isOver()) return;
      try {
        const outcome = owned(scope.crash, work, argument);
        if (outcome instanceof Promise) scope.run(() => outcome);
      } catch (error) {
        scope.crash(error);
      }
    }

    /** The packet of the call: what `callResponder` calls needs no closure of its own. */
    const hear = (packet: AudioPacket): unknown => current?.listener?.hear(packet);

    function played({
      type: _,
      ...report
    }: Extract<ResponderContract['receives'], { type: 'responder.played' }>): void {
      const turn = playedTurns.find(({ number }) => number === report.turn);
      if (turn) callResponder(turn, turn.played, report);
    }

    function abandon(): void {
      const turn = current;
      current = undefined;
      if (!turn) return;
      turn.scope.onEnd(() => owned(turn.scope.crash, () => turn.listener?.abort(), undefined));
      turn.scope.end();
    }

    receive(received, ({ turn, packet }) => {
      if (current?.number === turn) callResponder(current, hear, packet);
    });
    return {
      receive(event) {
        if (event.type === 'responder.played') return played(event);
        abandon();
        if (event.type === 'responder.begin') begin(event);
      },
      stop() {
        abandon();
        for (const { scope } of playedTurns) scope.end();
      },
    };
  };
}

const silent: Responder = (_turn, answer) => ({
  hear({ final }) {
    if (final) answer.finish();
  },
  abort() {},
});

function failureCode(thrown: unknown): ErrorInfo {
  if (thrown instanceof EarshotError) return { ...thrown.info, message: wireText(thrown.message) };
  const hint = 'The turn may be repeated; see the log of the gateway.';
  return { code: 'responder_failed', message: wireText(`The responder failed: ${messageOf(thrown)}`), hint };
}
