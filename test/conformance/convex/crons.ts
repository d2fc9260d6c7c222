import { cronJobs } from 'convex/server';
import { internal } from './_generated/api.js';

const crons = cronJobs();

crons.interval('mark every second', { seconds: 1 }, internal.jobs.mark, { label: 'by a cron' });

export default crons;
