/**
 * Scheduled functions and crons, also over a restart.
 */
import assert from 'node:assert/strict';
import { type Backend, NotOffered } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { holdsSoon } from '../suite/soon.ts';

interface Job {
  _id: string;
  name: string;
  args: unknown[];
  scheduledTime: number;
  completedTime?: number;
  state: { kind: string; error?: string };
}

const jobOf = (backend: Backend, id: string) => backend.query<Job | null>('read:systemGet', { id });
const countOf = (backend: Backend, label: string) => backend.query<number>('jobs:countOf', { label });

async function ended(backend: Backend, id: string): Promise<Job> {
  let job: Job | null = null;
  await holdsSoon(async () => {
    job = await jobOf(backend, id);
    assert.ok(job && !['pending', 'inProgress'].includes(job.state.kind), `it is ${job?.state.kind}`);
  });
  return job as unknown as Job;
}

function requireCrons(backend: Backend): void {
  if (!backend.hasCrons) throw new NotOffered('crons');
}

/** Later than anything that this suite waits for. */
const HOUR_MS = 3_600_000;

export const jobs: Check[] = [
  {
    id: 'jobs.run-after',
    title: 'a function that is scheduled runs once, not before its time, and then says success',
    async run(backend) {
      const beforeMs = Date.now();
      const id = await backend.mutation<string>('jobs:runAfter', { label: 'later', delayMs: 300 });
      const { state, name, args, scheduledTime } = await ended(backend, id);
      assert.ok(Date.now() - beforeMs >= 300, 'it ran too early');
      assert.deepEqual([state, args], [{ kind: 'success' }, [{ label: 'later' }]]);
      assert.match(name, /^jobs(\.js)?:mark$/);
      assert.ok(Math.abs(scheduledTime - beforeMs - 300) < 30_000, `its time is ${scheduledTime}`);
      assert.equal(await countOf(backend, 'later'), 1);
    },
  },
  {
    id: 'jobs.run-at',
    title: 'runAt, also of a time that is over',
    async run(backend) {
      for (const atMs of [Date.now() - 10_000, Date.now() + 50]) {
        const id = await backend.mutation<string>('jobs:runAt', { label: String(atMs), atMs });
        assert.equal((await ended(backend, id)).state.kind, 'success');
        assert.equal(await countOf(backend, String(atMs)), 1);
      }
    },
  },
  {
    id: 'jobs.pending',
    title: 'until its time it is pending',
    async run(backend) {
      const id = await backend.mutation<string>('jobs:runAfter', { label: 'never', delayMs: HOUR_MS });
      const job = await jobOf(backend, id);
      assert.deepEqual(job?.state, { kind: 'pending' });
      assert.equal(job?.completedTime, undefined);
    },
  },
  {
    id: 'jobs.cancel',
    title: 'what is cancelled does not run, and says so',
    async run(backend) {
      const id = await backend.mutation<string>('jobs:runAfter', { label: 'cancelled', delayMs: 400 });
      await backend.mutation('jobs:cancel', { id });
      assert.deepEqual((await jobOf(backend, id))?.state, { kind: 'canceled' });
      const later = await backend.mutation<string>('jobs:runAfter', { label: 'after it', delayMs: 500 });
      await ended(backend, later);
      assert.equal(await countOf(backend, 'cancelled'), 0);
      assert.deepEqual((await jobOf(backend, id))?.state, { kind: 'canceled' });
    },
  },
  {
    id: 'jobs.failed',
    title: 'a function that throws says failed, has changed nothing, and is not tried again',
    async run(backend) {
      const id = await backend.mutation<string>('jobs:runAfter', { label: 'fails', delayMs: 0, target: 'fails' });
      assert.equal((await ended(backend, id)).state.kind, 'failed');
      await ended(backend, await backend.mutation<string>('jobs:runAfter', { label: 'after it', delayMs: 100 }));
      assert.equal(await countOf(backend, 'fails'), 0);
    },
  },
  {
    id: 'jobs.completed-time',
    title: 'what has ended says when',
    async run(backend) {
      const id = await backend.mutation<string>('jobs:runAfter', { label: 'soon', delayMs: 0 });
      const { completedTime } = await ended(backend, id);
      assert.ok(Math.abs((completedTime ?? 0) - Date.now()) < 60_000, `completedTime is ${completedTime}`);
    },
  },
  {
    id: 'jobs.atomic',
    title: 'a mutation that schedules and throws has scheduled nothing',
    async run(backend) {
      await assert.rejects(backend.mutation('jobs:scheduleAndThrow', { label: 'no' }), { data: 'after scheduling' });
      await ended(backend, await backend.mutation<string>('jobs:runAfter', { label: 'after it', delayMs: 100 }));
      assert.equal(await countOf(backend, 'no'), 0);
    },
  },
  {
    id: 'jobs.actions',
    title: 'actions schedule, and are scheduled',
    async run(backend) {
      const id = await backend.mutation<string>('jobs:runAfter', {
        label: 'action',
        delayMs: 0,
        target: 'markByAction',
      });
      assert.equal((await ended(backend, id)).state.kind, 'success');
      assert.equal(await countOf(backend, 'action'), 1);
      const fromAction = await backend.action<string>('jobs:runAfterFromAction', { label: 'by an action' });
      assert.equal((await ended(backend, fromAction)).state.kind, 'success');
      assert.equal(await countOf(backend, 'by an action'), 1);
    },
  },
  {
    id: 'jobs.chain',
    title: 'a function that schedules itself again runs as often as it says',
    async run(backend) {
      await backend.mutation('jobs:runChain', { label: 'chain', rest: 24 });
      await holdsSoon(async () => assert.equal(await countOf(backend, 'chain'), 25));
    },
  },
  {
    id: 'jobs.without-identity',
    title: 'a scheduled function is called by nobody',
    async run(backend) {
      await ended(backend, await backend.mutation<string>('jobs:runAfter', { label: 'nobody', delayMs: 0 }));
      const [row] = await backend.query<{ identity: unknown }[]>('read:rows', {
        table: 'marks',
        index: 'by_label',
        range: [['eq', 'label', 'nobody']],
      });
      assert.equal(row?.identity, null);
    },
  },
  {
    id: 'jobs.over-a-restart',
    title: 'what is scheduled runs after a restart, also when its time came while the server was down',
    async run(backend) {
      const due = await backend.mutation<string>('jobs:runAfter', { label: 'due', delayMs: 1 });
      const soon = await backend.mutation<string>('jobs:runAfter', { label: 'soon', delayMs: 200 });
      const much = await backend.mutation<string>('jobs:runAfter', { label: 'much later', delayMs: HOUR_MS });
      await backend.restart();
      for (const id of [due, soon]) assert.equal((await ended(backend, id)).state.kind, 'success');
      assert.deepEqual([await countOf(backend, 'due'), await countOf(backend, 'soon')], [1, 1]);
      assert.deepEqual((await jobOf(backend, much))?.state, { kind: 'pending' });
      assert.equal(await countOf(backend, 'much later'), 0);
    },
  },
  {
    id: 'jobs.crons',
    title: 'a cron runs again and again',
    async run(backend) {
      requireCrons(backend);
      await holdsSoon(async () => assert.ok((await countOf(backend, 'by a cron')) >= 2, 'the cron did not run twice'));
    },
  },
  {
    id: 'jobs.crons-over-a-restart',
    title: 'and after a restart',
    async run(backend) {
      requireCrons(backend);
      await backend.restart();
      const before = await countOf(backend, 'by a cron');
      await holdsSoon(async () => {
        assert.ok((await countOf(backend, 'by a cron')) >= before + 2, 'the cron did not run twice');
      });
    },
  },
];
