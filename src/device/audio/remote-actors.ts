/**
 * Audio actors of another thread, as the machines of this one invoke them. The other thread answers by serve-actors.ts. How messages
 * cross is up to the caller: a worker's port, or that of an audio worklet.
 */
import { type ContractLogic, contractLogic, type Parent } from '../../../machines/adapter/contract-logic.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../core/actor/data-plane.ts';
import type { ContractTypes } from '../../core/contracts/index.ts';
import type { ErrorInfo } from '../../core/errors.ts';
import { type Log, writeEntry } from '../../core/log/log.ts';
import type { ActorMessage, ActorReport, AudioActorName } from './audio-thread.ts';

export interface RemoteActorsOptions {
  /** Called before an actor is started: the other thread must be there then. */
  onStart(): void;
  /** Sends to the other thread, if there is one. */
  tell(message: ActorMessage, transfer?: ArrayBuffer[]): void;
  uplink: (packet: UplinkPacket) => void;
  log: Log;
}

export interface RemoteActors {
  actor<P extends ContractTypes>(name: AudioActorName): ContractLogic<P>;
  downlink(packet: DownlinkPacket): void;
  onReceiverReport(report: ReceiverReport): void;
  /** A report of the other thread. */
  receive(report: ActorReport): void;
  /** The thread has ended: all its actors count as crashed. */
  crashAll(error: ErrorInfo): void;
}

export function createRemoteActors({ onStart, tell, uplink, log }: RemoteActorsOptions): RemoteActors {
  /** The machines that have started an actor. */
  const parents = new Map<AudioActorName, Parent<ContractTypes>>();
  return {
    actor<P extends ContractTypes>(name: AudioActorName): ContractLogic<P> {
      return contractLogic<P>((parent) => {
        parents.set(name, parent as Parent<ContractTypes>);
        onStart();
        tell({ kind: 'start', actor: name });
        return {
          receive: (event) => tell({ kind: 'command', actor: name, event }),
          stop() {
            if (parents.get(name) !== parent) return;
            parents.delete(name);
            tell({ kind: 'stop', actor: name });
          },
        };
      });
    },
    downlink: (packet) => tell({ kind: 'downlink', packet }, [packet.bytes.buffer as ArrayBuffer]),
    onReceiverReport: (report) => tell({ kind: 'receiver-report', report }),
    receive(report) {
      switch (report.kind) {
        case 'edge':
          return parents.get(report.actor)?.send(report.event);
        case 'crash':
          return parents.get(report.actor)?.crash(report.error);
        case 'uplink':
          return uplink(report.packet);
        case 'log':
          return writeEntry(log, report.entry);
      }
    },
    crashAll(error) {
      for (const parent of [...parents.values()]) parent.crash(error);
    },
  };
}
