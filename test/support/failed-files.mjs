/** A reporter of node:test that writes the path of the file of each test that failed. */
import { relative } from 'node:path';

export default async function* failedFiles(source) {
  for await (const { type, data } of source) {
    if (type === 'test:fail' && data.todo === undefined && data.skip === undefined && data.file) {
      yield `${relative(process.cwd(), data.file)}\n`;
    }
  }
}
