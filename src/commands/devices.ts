import type { DefineCommand } from '../command.ts';

const define: DefineCommand = () => {};
export default define;
