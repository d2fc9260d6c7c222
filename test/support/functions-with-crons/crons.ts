import { cronJobs, makeFunctionReference } from 'convex/server';

const crons = cronJobs();
const action = makeFunctionReference<'action'>;
const mutation = makeFunctionReference<'mutation'>;

crons.interval('every ten minutes', { minutes: 10 }, mutation('runs:tick'), { name: 'interval' });
crons.daily('at night', { hourUTC: 3, minuteUTC: 30 }, mutation('runs:tick'), { name: 'night' });
crons.interval('an action', { hours: 1 }, action('runs:gated'), { name: 'cron' });

export default crons;
