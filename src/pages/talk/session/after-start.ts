/** What the page loads when it can be used: one file. */
export { EXPLANATIONS } from '../model/explanations.ts';
export { prepareOfflineStart } from './offline-start.ts';
