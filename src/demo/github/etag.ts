import { createHash } from 'node:crypto';
import type { Answer } from '../http.ts';
import type { Asked } from './route.ts';

/** The answer with its ETag, or 304 to who has it already (quotes and `W/` included, as GitHub compares them). */
export const tagged = ({ headers }: Asked, answer: Answer): Answer => {
  const etag = `W/"${createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')}"`;
  const known = headers['if-none-match']?.split(/,\s*/).includes(etag);
  const told = { ...answer.headers, etag };
  return known ? { status: 304, headers: told } : { ...answer, headers: told };
};
