import type { LogPlace } from '../core/origin.ts';

/**
 * What one line of a log says of where it comes from: JSON, logfmt, Docker's json-file, CRI, journald's export, syslog,
 * or an ISO time at its start. Nothing is trusted and nothing is demanded: a line of no known shape says nothing.
 */
export const placeOf = (_line: Uint8Array): LogPlace => ({});
