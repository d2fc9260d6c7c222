/**
 * The scheduled jobs of the cloud: they delete old rows, per table, after the days in retention.ts, and move what earlier versions stored
 * elsewhere. Each runs first when it is deployed.
 */
import { cronJobs } from 'convex/server';
import { internal } from './_generated/api.js';

const crons = cronJobs();

crons.interval('forget old sessions', { hours: 6 }, internal.retention.sweep, { table: 'sessions' });
crons.interval('forget old turns', { hours: 6 }, internal.retention.sweep, { table: 'turns' });
crons.interval('forget old recordings', { hours: 6 }, internal.retention.sweep, { table: 'recordings' });
crons.interval('forget old reports', { hours: 6 }, internal.retention.sweep, { table: 'reports' });
crons.interval('forget old pairings', { hours: 1 }, internal.retention.sweep, { table: 'pairings' });
crons.interval('forget old attempts', { hours: 1 }, internal.retention.sweep, { table: 'attempts' });
crons.interval('forget old messages', { hours: 6 }, internal.retention.sweep, { table: 'messages' });
crons.interval('forget old summaries', { hours: 6 }, internal.retention.sweep, { table: 'summaries' });
crons.interval('forget old announcements', { hours: 6 }, internal.retention.sweep, { table: 'announcements' });
crons.interval('forget old rings', { hours: 6 }, internal.retention.sweep, { table: 'rings' });
crons.interval('forget removed turns', { hours: 24 }, internal.retention.sweep, { table: 'removedTurns' });
crons.interval('forget removals', { hours: 24 }, internal.retention.sweep, { table: 'removals' });
crons.interval('expire announcements', { minutes: 1 }, internal.announcements.expire, {});
crons.interval('delete orphaned files', { hours: 24 }, internal.retention.sweepFiles, { cursor: null });

crons.interval('move presence out of devices', { hours: 24 }, internal.presence.migrate, { cursor: null });
crons.interval('count turns of earlier versions', { hours: 24 }, internal.turns.migrate, {});

export default crons;
