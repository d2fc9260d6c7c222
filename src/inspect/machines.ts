/**
 * All machines of Earshot by their ids, as they are drawn, documented and run again: without the actors that act.
 */
import type { AnyStateMachine } from 'xstate';
import { archive } from '../../machines/archive.ts';
import { conversation } from '../../machines/conversation.ts';
import { link } from '../../machines/link.ts';
import { playback } from '../../machines/playback.ts';
import {
  capturePort,
  encoderPort,
  networkPort,
  offlinePort,
  playerPort,
  responderPort,
  triggerPort,
} from '../../machines/ports.ts';
import { session } from '../../machines/session.ts';
import { createSupervisor } from '../../machines/supervise.ts';

export function createMachines(): Map<string, AnyStateMachine> {
  const machines: AnyStateMachine[] = [
    conversation,
    link,
    playback,
    archive,
    session,
    createSupervisor(triggerPort),
    createSupervisor(capturePort),
    createSupervisor(encoderPort),
    createSupervisor(playerPort),
    createSupervisor(networkPort),
    createSupervisor(offlinePort),
    createSupervisor(responderPort),
  ];
  return new Map(machines.map((machine) => [machine.id, machine]));
}
