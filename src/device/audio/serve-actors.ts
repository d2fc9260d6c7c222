/** The audio actors of a pipeline, run by the messages of another thread (remote-actors.ts). */
import type { ActorDefinition, RunningActor } from '../../core/actor/actor.ts';
import { type HostOptions, runActor } from '../../core/actor/run-actor.ts';
import type { ContractTypes } from '../../core/contracts/index.ts';
import { errorInfo } from '../../core/errors.ts';
import type { AudioPipeline } from './audio-pipeline.ts';
import type { ActorMessage, ActorReport, AudioActorName } from './audio-thread.ts';

export interface ServedActors {
  handle(message: ActorMessage): void;
  stopAll(): void;
}

export function serveActors(
  pipeline: AudioPipeline,
  hosting: HostOptions,
  report: (report: ActorReport) => void,
): ServedActors {
  const running = new Map<AudioActorName, RunningActor<ContractTypes>>();

  function start(actor: AudioActorName): void {
    const definition = pipeline.actors[actor] as unknown as ActorDefinition<ContractTypes>;
    const crash = (error: unknown) => report({ kind: 'crash', actor, error: errorInfo(error) });
    running.set(
      actor,
      runActor(actor, definition, hosting, (event) => report({ kind: 'edge', actor, event }), crash),
    );
  }

  function stop(actor: AudioActorName): void {
    running.get(actor)?.stop();
    running.delete(actor);
  }

  return {
    handle(message) {
      switch (message.kind) {
        case 'start':
          return start(message.actor);
        case 'command':
          return running.get(message.actor)?.receive(message.event);
        case 'stop':
          return stop(message.actor);
        case 'downlink':
          return pipeline.downlink(message.packet);
        case 'receiver-report':
          return pipeline.onReceiverReport(message.report);
      }
    },
    stopAll() {
      for (const actor of running.keys()) stop(actor);
    },
  };
}
