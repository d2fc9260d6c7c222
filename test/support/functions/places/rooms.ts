/** A module in a folder, with a default export. */
import { queryGeneric } from 'convex/server';

export default queryGeneric({ handler: async () => 'the default' });
export const first = queryGeneric({ handler: async () => 'the first' });
