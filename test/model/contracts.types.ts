/**
 * Tests that are types: each line under `@ts-expect-error` must not compile. `npm run types` runs them; a line that does compile
 * fails there.
 */

import type { Actor } from 'xstate';
import { setup } from 'xstate';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import type { QueuedRecord } from '../../actors/cloud/records.ts';
import type { conversation } from '../../machines/conversation.ts';
import type { ConversationEvent } from '../../machines/turn-progress.ts';
import { childSender, parentSender, placeholder } from '../../machines/wiring.ts';
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import {
  type CaptureContract,
  type Contract,
  captureContract,
  type EncoderContract,
  type LinkContract,
  type NetworkContract,
  type PlayerContract,
  playerContract,
} from '../../src/core/contracts/index.ts';

const tell = childSender<{ capture: CaptureContract; player: PlayerContract }>();
const report = parentSender<LinkContract>();

// ── events from a machine to its actors ────────────────────────────────────────────────────────────────────────────────

tell('capture', { type: 'capture.start', turn: 1 });
// @ts-expect-error an actor that the machine does not have
tell('microphone', { type: 'capture.start', turn: 1 });
// @ts-expect-error an event that no actor receives
tell('capture', { type: 'capture.begin', turn: 1 });
// @ts-expect-error an event that another actor receives
tell('capture', { type: 'player.abort', turn: 1 });
// @ts-expect-error a missing payload
tell('capture', { type: 'capture.start' });
// @ts-expect-error a payload of a wrong type
tell('capture', { type: 'capture.start', turn: '1' });
// @ts-expect-error the event is one that the actor sends, not one that it receives
tell('capture', { type: 'capture.ended', turn: 1 });
// @ts-expect-error the same through an expression
tell('player', () => ({ type: 'player.open', turn: 1 }));
tell.relay('capture', ['capture.stop']);
// @ts-expect-error relaying an event that the actor does not receive
tell.relay('capture', ['player.open']);

// ── events from a machine to its parent ─────────────────────────────────────────────────────────────────────────────

report({ type: 'link.up', session: 's' });
// @ts-expect-error not of the link's contract
report({ type: 'capture.lost', turn: 1, device: 'x' });
// @ts-expect-error a missing payload
report({ type: 'link.up' });
// @ts-expect-error relaying what the contract does not send
report.relay(['capture.lost']);

// ── machines ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const machine = setup({
  types: { events: {} as { type: 'go' } },
  actors: { capture: placeholder(captureContract) },
  guards: { yes: () => true },
});
machine.createMachine({
  invoke: { id: 'capture', src: 'capture' },
  initial: 'idle',
  states: { idle: { on: { go: { guard: 'yes', actions: tell('capture', { type: 'capture.start', turn: 1 }) } } } },
});
// @ts-expect-error an undeclared actor
machine.createMachine({ invoke: { id: 'x', src: 'speaker' } });
// @ts-expect-error an event that the machine does not know
machine.createMachine({ on: { stop: {} } });
// @ts-expect-error an undeclared guard
machine.createMachine({ on: { go: { guard: 'no' } } });

declare const line: Actor<typeof conversation>;
line.send({ type: 'talk.cancelled' });
// @ts-expect-error an event that the conversation does not receive
line.send({ type: 'talk.started' });
// @ts-expect-error a missing payload
line.send({ type: 'talk.pressed' });
// @ts-expect-error the event is one that the link receives, not the conversation
export const command: ConversationEvent = { type: 'turn.start', turn: 1, id: '', trigger: 'key', startedAtMs: 0 };

// ── actors ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const actor: ActorDefinition<EncoderContract> = ({ send }) => {
  // @ts-expect-error an event that the actor's contract does not send
  send({ type: 'capture.lost', turn: 1, device: 'x' });
  return {
    receive(event) {
      // @ts-expect-error an event that the actor's contract does not receive
      return event.type === 'player.open';
    },
    stop() {},
  };
};

// ── contracts ────────────────────────────────────────────────────────────────────────────────────────────────────────

// @ts-expect-error the contract of another actor
export const confused: Contract<NetworkContract> = playerContract;

// ── the cloud ────────────────────────────────────────────────────────────────────────────────────────────────────────

declare const cloud: Cloud;
declare const queued: Extract<QueuedRecord, { kind: 'report' }>;
void cloud.addReport(queued.device, queued.report);
// @ts-expect-error the queue's record: its `kind` is unknown to the cloud, which would refuse it
void cloud.addReport(queued.device, queued);
// @ts-expect-error
void cloud.recordSession(queued.device, {} as Extract<QueuedRecord, { kind: 'session' }>);
// @ts-expect-error
void cloud.recordTurn(queued.device, {} as Extract<QueuedRecord, { kind: 'turn' }>);
