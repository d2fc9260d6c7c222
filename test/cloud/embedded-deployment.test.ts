import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { testDeployment } from './deployment.ts';

testDeployment(startEmbeddedProcess);
