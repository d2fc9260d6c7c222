/**
 * A parrot with a fault in the turn whose id contains the fault; otherwise it is the parrot.
 */
import { readFile } from 'node:fs';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Answer, Listener, Responder } from '../../actors/responder/responder.ts';

type Fault = (answer: Answer) => unknown;

const fail = (): never => {
  throw new Error('it broke');
};
const listener = (hear: Listener['hear'], abort: Listener['abort'] = () => {}): Listener => ({ hear, abort });
/** In `hear`, where most responders start their work. */
const hearing = (fault: Fault): Fault => {
  return (answer) => listener((packet) => void (packet.sequence === 0 && fault(answer)));
};

/** By name: the replacement of a listener's work. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'throws when it is called': fail,
  'returns no listener': () => undefined,
  'is asynchronous and fails': async () => fail(),
  'throws when it receives a packet': hearing(fail),
  'throws a value that can not be described': hearing(() => {
    throw Object.create(null);
  }),
  'rejects when it receives a packet': () => listener(async () => fail()),
  'throws in a timer of its scope': hearing(({ scope }) => scope.clock.setTimeout(fail, 1)),
  'throws in a guarded callback': hearing(({ scope }) => setTimeout(scope.guard(fail), 1)),
  'fails in a promise of its scope': hearing(({ scope }) => scope.run(async () => fail())),
  'throws in a raw timer': hearing(() => setTimeout(fail, 1)),
  'throws in a raw immediate': hearing(() => setImmediate(fail)),
  'throws in a raw tick': hearing(() => process.nextTick(fail)),
  'leaves a raw promise': hearing(() => Promise.reject(new Error('it broke'))),
  'throws when the disk answers': hearing(() => readFile('/', fail)),
  'says a frame that is empty': hearing((answer) => answer.say([new Uint8Array(0)])),
  'says a frame that is too long': hearing((answer) => answer.say([new Uint8Array(1_276)])),
  'says what is not a frame': hearing((answer) => answer.say(['hello'] as unknown as Uint8Array[])),
  'says a gap that is not a number': hearing((answer) => answer.say([new Uint8Array(3)], Number.NaN)),
  'fails with a very long message': hearing((answer) => answer.fail(new Error('x'.repeat(100_000)))),
};

const NAMES = Object.keys(FAULTS);
const MARK = '-8bad-';

/** The id of a turn with this fault. `serial` makes ids unique. */
export function faultyId(name: string, serial: number): string {
  const place = (NAMES.indexOf(name) * 4_096 + serial).toString(16).padStart(12, '0');
  return `01890a5d-ac96-774b${MARK}${place}`;
}

export const faulty: Responder = (turn, answer) => {
  if (!turn.id.includes(MARK)) return parrot(turn, answer);
  const name = NAMES[Math.floor(Number.parseInt(turn.id.slice(-12), 16) / 4_096)] ?? '';
  return FAULTS[name]?.(answer) as Listener;
};
