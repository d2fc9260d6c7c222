/** The figures of Earshot and of the simulated world on which the model of queues is built. */
export const FIGURES = {
  /** machines/link.ts */
  firstRetryMs: 250,
  longestRetryMs: 30_000,
  /** actors/network/keep-alive.ts, of an idle device */
  pingMs: 5_000,
  deadMs: 15_000,
  /** machines/conversation-context.ts */
  offlinePatienceMs: 3_000,
  /** actors/cloud/access.ts */
  verifyPatienceMs: 3_000,
  /** Calls at the same time of one gateway: actors/cloud/delivery.ts */
  lanes: 8,
  /** The record of a session; measured in the simulation. */
  callsPerSession: 1,
  /** Records of the turn as it goes, its recording, two messages; measured in the simulation. */
  callsPerTurn: 7,
  /** Of the simulation: its network, balancer, people and responder. */
  slowEvery: 20,
  slowMs: 350,
  startWithinMs: 20_000,
  packetMs: 120,
  thinkingMs: 300,
  checkEveryMs: 2_000,
  cloudLatencyMs: 10,
  /** Until Convex's client tries again after an outage of half a minute. */
  cloudRetryMs: 12_000,
  /** After the last utterance. */
  settleMs: 30_000,
} as const;
