/**
 * All machines of Earshot by their ids, as they are drawn, documented and run again: without the actors that act.
 */
import type { AnyStateMachine } from 'xstate';
import { answerMachine } from '../../../machines/answer.ts';
import { conversation } from '../../../machines/conversation.ts';
import { link } from '../../../machines/link.ts';
import { listening } from '../../../machines/listening.ts';
import { playback } from '../../../machines/playback.ts';
import { provisioning } from '../../../machines/provisioning.ts';
import { session } from '../../../machines/session.ts';
import { createSupervisor } from '../../../machines/supervise.ts';
import { uploader } from '../../../machines/uploader.ts';
import { type ContractTypes, SUPERVISED } from '../../core/contracts/index.ts';

export function createMachines(): Map<string, AnyStateMachine> {
  const supervisors = SUPERVISED.map((contract) => createSupervisor<ContractTypes>(contract));
  const machines: AnyStateMachine[] = [
    conversation,
    listening,
    link,
    playback,
    uploader,
    session,
    answerMachine,
    provisioning,
    ...supervisors,
  ];
  return new Map(machines.map((machine) => [machine.id, machine]));
}
