import { sourceContract } from './source.contract.ts';
import { subjects } from './support/benches.ts';

for (const subject of subjects) sourceContract(subject);
