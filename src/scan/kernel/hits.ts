import type { Hits } from './kernel.ts';

/** What is sure of hits that did not reach `to` for want of room: what begins before `done`. The rest is found again. */
export const hitsBefore = (hits: Hits, to: number): Hits => {
  const { at, what, done } = hits;
  if (done >= to) return hits;
  let count = 0;
  for (let hit = 0; hit < hits.count; hit += 1) {
    const place = at[hit] ?? 0;
    if (place >= done) continue;
    at[count] = place;
    what[count] = what[hit] ?? 0;
    count += 1;
  }
  return { count, at, what, done };
};
