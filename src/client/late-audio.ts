/** The audio of a client, which can be opened, or replaced, after the conversation has started. */
import { type Replaceable, replaceable } from '../../machines/adapter/replaceable-logic.ts';
import type { UplinkPacket } from '../core/actor/data-plane.ts';
import type { ContractTypes } from '../core/contracts/index.ts';
import type { AudioActors } from '../device/device.ts';
import type { ClientAudio } from './client.ts';

export interface LateAudio {
  readonly current: ClientAudio;
  actors(encoded: (packet: UplinkPacket) => void): AudioActors;
  use(audio: ClientAudio): void;
}

export function lateAudio(first: ClientAudio): LateAudio {
  let current = first;
  let replace: (() => void) | undefined;
  return {
    get current() {
      return current;
    },
    actors(encoded) {
      let actors = current.actors(encoded);
      const places: { [Name in keyof AudioActors]?: Replaceable<ContractTypes> } = {};
      const place = <Name extends 'listener' | 'capture' | 'encoder' | 'player'>(name: Name): AudioActors[Name] => {
        const made = replaceable(actors[name] as never);
        places[name] = made as never;
        return made.logic as never;
      };
      replace = () => {
        actors = current.actors(encoded);
        for (const name of ['listener', 'capture', 'encoder', 'player'] as const)
          places[name]?.replace(actors[name] as never);
      };
      return {
        listener: place('listener'),
        capture: place('capture'),
        encoder: place('encoder'),
        player: place('player'),
        downlink: (packet) => actors.downlink(packet),
        onReceiverReport: (report) => actors.onReceiverReport(report),
      };
    },
    use(audio) {
      current = audio;
      replace?.();
    },
  };
}
